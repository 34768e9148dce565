package io.swath.formats;

import static io.swath.formats.ProductFiles.JP2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sentinel2Test {
    private static final String GRANULE = "GRANULE/L1C_T31TDH_A013204_20180101T105435";
    private static final String IMAGE = GRANULE + "/IMG_DATA/T31TDH_20180101T105441_";
    private static final List<String> BANDS =
            List.of("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12");

    @TempDir
    Path folder;

    private static String level1(String images, String offsets) {
        return """
                <n1:Level-1C_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-1C.xsd">
                 <n1:General_Info><Product_Info>
                  <PRODUCT_START_TIME>2018-01-01T10:54:41.026Z</PRODUCT_START_TIME>
                  <PRODUCT_URI>S2A_MSIL1C_20180101T105441_N0206_R051_T31TDH_20180101T124911.SAFE</PRODUCT_URI>
                  <PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL><PROCESSING_BASELINE>02.06</PROCESSING_BASELINE>
                  <Datatake><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME></Datatake>
                  <Product_Organisation><Granule_List>
                   <Granule granuleIdentifier="S2A_OPER_MSI_L1C_TL_SGS" imageFormat="JPEG2000">%s</Granule>
                  </Granule_List></Product_Organisation></Product_Info>
                 <Product_Image_Characteristics><QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>%s
                 </Product_Image_Characteristics></n1:General_Info>
                 <Quality><Cloud_Coverage_Assessment>12.5</Cloud_Coverage_Assessment></Quality>
                </n1:Level-1C_User_Product>
                """.formatted(images, offsets);
    }

    private static String images() {
        StringBuilder images = new StringBuilder();
        BANDS.forEach(band -> images.append("<IMAGE_FILE>" + IMAGE + band + "</IMAGE_FILE>"));
        return images + "<IMAGE_FILE>" + IMAGE + "TCI</IMAGE_FILE>";
    }

    private static final String TILE = """
            <n1:Level-1C_Tile_ID xmlns:n1="urn:tile"><n1:General_Info>
             <SENSING_TIME>2018-01-01T10:54:35.900Z</SENSING_TIME></n1:General_Info>
             <n1:Geometric_Info><Tile_Geocoding><HORIZONTAL_CS_CODE>EPSG:32631</HORIZONTAL_CS_CODE>
              <Size resolution="10"><NROWS>10980</NROWS><NCOLS>10980</NCOLS></Size>
              <Size resolution="60"><NROWS>1830</NROWS><NCOLS>1830</NCOLS></Size>
              <Geoposition resolution="10"><ULX>399960</ULX><ULY>4700040</ULY><XDIM>10</XDIM><YDIM>-10</YDIM></Geoposition>
              <Geoposition resolution="60"><ULX>399960</ULX><ULY>4700040</ULY><XDIM>60</XDIM><YDIM>-60</YDIM></Geoposition>
             </Tile_Geocoding><Tile_Angles>
              <Mean_Sun_Angle><ZENITH_ANGLE>66.5</ZENITH_ANGLE><AZIMUTH_ANGLE>165.25</AZIMUTH_ANGLE></Mean_Sun_Angle>
             </Tile_Angles></n1:Geometric_Info></n1:Level-1C_Tile_ID>
            """;

    /** A product without a manifest, as some archives pack it: all bands are there. */
    private ProductFiles product() throws IOException {
        ProductFiles product = new ProductFiles(folder)
                .file("MTD_MSIL1C.xml", level1(images(), ""))
                .file(GRANULE + "/MTD_TL.xml", TILE);
        for (String band : BANDS) {
            product.file(IMAGE + band + ".jp2", JP2);
        }
        return product;
    }

    @Test
    void the_item_has_what_the_metadata_say() throws IOException {
        JsonNode item = product().item("red", "nir");
        assertThat(item.path("id").asText()).isEqualTo("S2A_MSIL1C_20180101T105441_N0206_R051_T31TDH_20180101T124911");
        JsonNode properties = item.path("properties");
        assertThat(properties.path("swath:kind").asText()).isEqualTo("sentinel-2");
        assertThat(properties.path("datetime").asText()).isEqualTo("2018-01-01T10:54:35.900Z");
        assertThat(properties.path("platform").asText()).isEqualTo("sentinel-2a");
        assertThat(properties.path("eo:cloud_cover").asDouble()).isEqualTo(12.5);
        assertThat(properties.path("view:sun_elevation").asDouble()).isEqualTo(23.5);
        assertThat(properties.path("view:sun_azimuth").asDouble()).isEqualTo(165.25);
        assertThat(properties.path("proj:code").asText()).isEqualTo("EPSG:32631");
        JsonNode red = item.path("assets").path("B04");
        assertThat(red.path("href").asText()).isEqualTo("./" + IMAGE + "B04.jp2");
        assertThat(red.path("type").asText()).isEqualTo("image/jp2");
        assertThat(red.path("proj:shape").toString()).isEqualTo("[10980,10980]");
        assertThat(red.path("proj:transform").toString()).isEqualTo("[10.0,0.0,399960.0,0.0,-10.0,4700040.0]");
        assertThat(red.path("bands").path(0).path("eo:common_name").asText()).isEqualTo("red");
        assertThat(red.path("bands").path(0).path("nodata").asInt(-1)).isZero();
        assertThat(item.path("assets").path("B01").path("proj:transform").toString())
                .isEqualTo("[60.0,0.0,399960.0,0.0,-60.0,4700040.0]");
    }

    @Test
    void only_an_offset_in_the_metadata_is_an_offset() throws IOException {
        ProductFiles product = product();
        assertThat(product.band("B04").path("raster:scale").asDouble()).isCloseTo(1e-4, within(1e-18));
        assertThat(product.band("B04").path("raster:offset").asDouble()).isZero();

        product.file("MTD_MSIL1C.xml", level1(images(), """
                <Radiometric_Offset_List><RADIO_ADD_OFFSET band_id="3">-1000</RADIO_ADD_OFFSET>
                <RADIO_ADD_OFFSET band_id="8">-500</RADIO_ADD_OFFSET></Radiometric_Offset_List>"""));
        assertThat(product.band("B04").path("raster:offset").asDouble()).isCloseTo(-0.1, within(1e-15));
        assertThat(product.band("B8A").path("raster:offset").asDouble()).isCloseTo(-0.05, within(1e-15));
        assertThat(product.band("B08").path("raster:offset").asDouble()).isZero();
    }

    @Test
    void only_the_images_that_the_recipe_needs_must_be_there() throws IOException {
        ProductFiles product = product();
        assertThat(product.missing("red", "nir")).isEmpty();
        product.delete(IMAGE + "B02.jp2");
        assertThat(product.missing("red", "nir")).isEmpty();
        assertThat(product.item("red", "nir").path("assets").has("B02")).isFalse();
        assertThat(product.missing("blue")).isEqualTo(IMAGE + "B02.jp2");
        product.delete(IMAGE + "B08.jp2");
        assertThat(product.missing("red", "nir")).isEqualTo(IMAGE + "B08.jp2 (missing too, but not needed: B02)");
        product.file(IMAGE + "B08.jp2", "");
        assertThat(product.missing("nir")).contains("B08.jp2 (it is empty)");
    }

    @Test
    void numbers_count_through_all_images_so_none_before_is_left_out() throws IOException {
        ProductFiles product = product();
        product.delete(IMAGE + "B02.jp2");
        assertThat(product.missing("4")).contains("B02.jp2");
        assertThat(product.missing("1")).isEmpty();
    }

    @Test
    void a_product_without_its_metadata_waits_for_them() throws IOException {
        ProductFiles product = new ProductFiles(folder).file(GRANULE + "/MTD_TL.xml", TILE);
        assertThat(product.missing("red")).contains("MTD_MSI");
        product.file("MTD_MSIL1C.xml", level1(images(), ""));
        product.delete(GRANULE + "/MTD_TL.xml");
        assertThat(product.missing()).startsWith(GRANULE + "/MTD_TL.xml (missing too");
    }

    private static String manifest(String checksum, String... files) {
        StringBuilder objects = new StringBuilder();
        for (int index = 0; index < files.length; index += 2) {
            objects.append("""
                    <dataObject ID="o%d"><byteStream mimeType="x" size="%d"><fileLocation href="./%s"/>
                    <checksum checksumName="%s">%s</checksum></byteStream></dataObject>
                    """.formatted(
                            index,
                            files[index + 1].length(),
                            files[index],
                            checksum,
                            ProductFiles.digest(checksum, files[index + 1])));
        }
        return """
                <xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"
                 version="esa/safe/sentinel/1.1/sentinel-2/msi/archive_l1c_user_product">
                <dataObjectSection>%s</dataObjectSection></xfdu:XFDU>
                """.formatted(objects);
    }

    @Test
    void the_manifest_says_sizes_and_checksums() throws IOException {
        String metadata = level1(images(), "");
        ProductFiles product = product()
                .file("manifest.safe", manifest("SHA3-256", IMAGE + "B04.jp2", JP2, "MTD_MSIL1C.xml", metadata));
        assertThat(product.missing("red")).isEmpty();
        JsonNode red = product.item("red").path("assets").path("B04");
        assertThat(red.path("file:size").asInt()).isEqualTo(JP2.length());
        assertThat(red.path("file:checksum").asText())
                .isEqualTo("1620" + ProductFiles.digest("SHA3-256", JP2)); // multihash's table

        product.file(IMAGE + "B04.jp2", JP2 + "more");
        assertThat(product.missing("red"))
                .isEqualTo(IMAGE + "B04.jp2 (it has " + (JP2.length() + 4) + " bytes instead of " + JP2.length() + ")");
        product.file(IMAGE + "B04.jp2", JP2)
                .file("manifest.safe", manifest("MD5", IMAGE + "B04.jp2", JP2, "MTD_MSIL1C.xml", "other metadata"));
        assertThat(product.missing("red")).startsWith("MTD_MSIL1C.xml (it has");
        assertThat(product.item("red")
                        .path("assets")
                        .path("B04")
                        .path("file:checksum")
                        .asText())
                .isEqualTo("d50110" + ProductFiles.digest("MD5", JP2));
    }

    @Test
    void level_2_has_each_band_in_its_finest_resolution_and_its_own_factors() throws IOException {
        String images = "";
        for (String image :
                List.of("R20m/x_B04_20m", "R10m/x_B04_10m", "R60m/x_B04_60m", "R20m/x_SCL_20m", "R10m/x_AOT_10m")) {
            images += "<IMAGE_FILE>" + GRANULE + "/IMG_DATA/" + image + "</IMAGE_FILE>";
        }
        String metadata = level1(images, """
                <QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE>20000</BOA_QUANTIFICATION_VALUE>
                <AOT_QUANTIFICATION_VALUE>1000.0</AOT_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>
                <BOA_ADD_OFFSET_VALUES_LIST><BOA_ADD_OFFSET band_id="3">-1000</BOA_ADD_OFFSET></BOA_ADD_OFFSET_VALUES_LIST>
                """).replace("Level-1C_User", "Level-2A_User");
        ProductFiles product =
                new ProductFiles(folder).file("MTD_MSIL2A.xml", metadata).file(GRANULE + "/MTD_TL.xml", TILE);
        assertThat(product.missing("red")).contains("R10m/x_B04_10m.jp2");
        product.file(GRANULE + "/IMG_DATA/R10m/x_B04_10m.jp2", JP2).file(GRANULE + "/IMG_DATA/R20m/x_SCL_20m.jp2", JP2);
        assertThat(product.missing("red", "scl")).isEmpty();
        assertThat(product.band("B04").path("raster:scale").asDouble()).isEqualTo(1 / 20000.0);
        assertThat(product.band("B04").path("raster:offset").asDouble()).isCloseTo(-0.05, within(1e-15));
        assertThat(product.band("SCL").has("raster:scale")).isFalse();
    }

    @Test
    void before_2016_images_are_listed_without_folders_and_products_have_several_granules() throws IOException {
        String images = "<IMAGE_ID>S2A_OPER_MSI_L1C_TL_X_T32TQM_B04</IMAGE_ID>";
        String old = level1(images, "").replace("<Granule ", "<Granules ").replace("</Granule>", "</Granules>");
        ProductFiles product = new ProductFiles(folder)
                .file("S2A_OPER_MTD_SAFL1C.xml", old)
                .file("GRANULE/S2A_OPER_MSI_L1C_TL_SGS/S2A_OPER_MTD_L1C_TL.xml", TILE)
                .file("GRANULE/S2A_OPER_MSI_L1C_TL_SGS/IMG_DATA/S2A_OPER_MSI_L1C_TL_X_T32TQM_B04.jp2", JP2);
        assertThat(product.missing("red")).isEmpty();
        product.file(
                "S2A_OPER_MTD_SAFL1C.xml",
                old.replace(
                        "</Granules>", "</Granules><Granules granuleIdentifier=\"second\">" + images + "</Granules>"));
        assertThatThrownBy(product::read)
                .isInstanceOfSatisfying(
                        FormatException.class, bad -> assertThat(bad.rule()).isEqualTo("product-has-one-granule"));
    }

    @Test
    void the_product_is_found_below_another_folder_and_after_its_names_lost_their_case() throws IOException {
        ProductFiles product = product();
        Path deep = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-2"))
                .resolve("renamed");
        Files.move(folder, deep);
        Files.createDirectories(folder);
        Files.move(deep.resolve("GRANULE"), deep.resolve("granule"));
        ProductFiles moved = new ProductFiles(deep.getParent());
        assertThat(moved.missing("red", "nir")).isEmpty();
        assertThat(moved.item("red").path("assets").path("B04").path("href").asText())
                .startsWith("./renamed/granule/");
        assertThat(product.folder).isEmptyDirectory();
    }

    @Test
    void a_path_in_the_metadata_that_leads_out_of_the_product_is_rejected() throws IOException {
        ProductFiles product = new ProductFiles(folder)
                .file("MTD_MSIL1C.xml", level1("<IMAGE_FILE>../../secret_B04</IMAGE_FILE>", ""));
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class);
    }
}
