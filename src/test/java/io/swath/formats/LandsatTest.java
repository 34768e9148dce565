package io.swath.formats;

import static io.swath.formats.ProductFiles.TIFF;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LandsatTest {
    @TempDir
    Path folder;

    /** Level 1 of Collection 1 as text. */
    private static final String COLLECTION_1 = """
            GROUP = L1_METADATA_FILE
              GROUP = METADATA_FILE_INFO
                LANDSAT_PRODUCT_ID = "LC08_L1TP_016037_20170813_20170814_01_RT"
              END_GROUP = METADATA_FILE_INFO
              GROUP = PRODUCT_METADATA
                DATA_TYPE = "L1TP"
                SPACECRAFT_ID = "LANDSAT_8"
                SENSOR_ID = "OLI_TIRS"
                DATE_ACQUIRED = 2017-08-13
                SCENE_CENTER_TIME = "15:54:15.7884640Z"
                FILE_NAME_BAND_4 = "LC08_B4.TIF"
                FILE_NAME_BAND_5 = "LC08_B5.TIF"
                FILE_NAME_BAND_10 = "LC08_B10.TIF"
                FILE_NAME_BAND_QUALITY = "LC08_BQA.TIF"
                ANGLE_COEFFICIENT_FILE_NAME = "LC08_ANG.txt"
              END_GROUP = PRODUCT_METADATA
              GROUP = IMAGE_ATTRIBUTES
                CLOUD_COVER = 26.70
                SUN_AZIMUTH = 126.8
                SUN_ELEVATION = 30.0
              END_GROUP = IMAGE_ATTRIBUTES
              GROUP = RADIOMETRIC_RESCALING
                RADIANCE_MULT_BAND_4 = 9.8E-03
                RADIANCE_ADD_BAND_4 = -49.0
                RADIANCE_MULT_BAND_10 = 3.3420E-04
                RADIANCE_ADD_BAND_10 = 0.10000
                REFLECTANCE_MULT_BAND_4 = 2.0000E-05
                REFLECTANCE_MULT_BAND_5 = 2.0000E-05
                REFLECTANCE_ADD_BAND_4 = -0.100000
                REFLECTANCE_ADD_BAND_5 = -0.100000
              END_GROUP = RADIOMETRIC_RESCALING
            END_GROUP = L1_METADATA_FILE
            END
            """;

    private ProductFiles collection1() throws IOException {
        return new ProductFiles(folder)
                .file("LC08_MTL.txt", COLLECTION_1)
                .file("LC08_B4.TIF", TIFF)
                .file("LC08_B5.TIF", TIFF)
                .file("LC08_B10.TIF", TIFF)
                .file("LC08_BQA.TIF", TIFF);
    }

    @Test
    void an_mtl_file_that_an_editor_of_windows_has_saved_is_read() throws IOException {
        String saved = "\u00ef\u00bb\u00bf" + COLLECTION_1.replace("\n", "\r\n");
        JsonNode red = collection1().file("LC08_MTL.txt", saved).band("B4");
        assertThat(red.path("raster:scale").asDouble()).isCloseTo(4e-5, within(1e-12)); // 2e-5 / sin 30°
        assertThat(red.path("raster:offset").asDouble()).isCloseTo(-0.2, within(1e-12));
    }

    @Test
    void level_1_is_reflectance_at_the_top_of_the_atmosphere() throws IOException {
        ProductFiles product = collection1();
        JsonNode properties = product.item("red", "nir").path("properties");
        assertThat(product.missing("red", "nir")).isEmpty();
        assertThat(properties.path("swath:kind").asText()).isEqualTo("landsat");
        assertThat(properties.path("datetime").asText()).isEqualTo("2017-08-13T15:54:15.788464Z");
        assertThat(properties.path("platform").asText()).isEqualTo("landsat-8");
        assertThat(properties.path("instruments").toString()).isEqualTo("[\"oli\",\"tirs\"]");
        assertThat(properties.path("eo:cloud_cover").asDouble()).isEqualTo(26.7);
        // 2e-5 and -0.1, divided by sin 30 degrees
        assertThat(product.band("B4").path("raster:scale").asDouble()).isCloseTo(4e-5, within(1e-18));
        assertThat(product.band("B4").path("raster:offset").asDouble()).isCloseTo(-0.2, within(1e-15));
        assertThat(product.band("B4").path("eo:common_name").asText()).isEqualTo("red");
        assertThat(product.band("B5").path("eo:common_name").asText()).isEqualTo("nir08");
        assertThat(product.band("B4").path("nodata").asInt(-1)).isZero();
        assertThat(product.band("B10").path("raster:scale").asDouble()).isEqualTo(3.342e-4);
        assertThat(product.band("B10").path("unit").asText()).isEqualTo("W m-2 sr-1 um-1");
        assertThat(product.band("qa_pixel").has("nodata")).isFalse();
    }

    @Test
    void only_the_bands_of_the_recipe_must_be_there() throws IOException {
        ProductFiles product = collection1();
        product.delete("LC08_B10.TIF");
        product.delete("LC08_BQA.TIF");
        assertThat(product.missing("red", "nir")).isEmpty();
        product.delete("LC08_B5.TIF");
        assertThat(product.missing("red", "nir")).isEqualTo("LC08_B5.TIF (missing too, but not needed: B10 bqa)");
    }

    @Test
    void a_night_scene_is_radiance_because_the_sun_is_below_the_horizon() throws IOException {
        ProductFiles product = collection1()
                .file(
                        "LC08_MTL.txt",
                        COLLECTION_1
                                .replace("SUN_ELEVATION = 30.0", "SUN_ELEVATION = -5")
                                .replace("    FILE_NAME_BAND_5 = \"LC08_B5.TIF\"\n", ""));
        assertThat(product.band("B4").path("raster:scale").asDouble()).isEqualTo(9.8e-3);
        assertThat(product.band("B4").path("raster:offset").asDouble()).isEqualTo(-49.0);
    }

    /** Level 2 of Collection 2, which repeats names in its Level-1 groups. */
    private static final String COLLECTION_2 = """
            <LANDSAT_METADATA_FILE><PRODUCT_CONTENTS>
              <LANDSAT_PRODUCT_ID>LE07_L2SP</LANDSAT_PRODUCT_ID><PROCESSING_LEVEL>L2SP</PROCESSING_LEVEL>
              <FILE_NAME_BAND_3>LE07_L2SP_SR_B3.TIF</FILE_NAME_BAND_3>
              <FILE_NAME_BAND_4>LE07_L2SP_SR_B4.TIF</FILE_NAME_BAND_4>
              <FILE_NAME_BAND_ST_B6>LE07_L2SP_ST_B6.TIF</FILE_NAME_BAND_ST_B6>
              <FILE_NAME_QUALITY_L1_PIXEL>LE07_L2SP_QA_PIXEL.TIF</FILE_NAME_QUALITY_L1_PIXEL>
            </PRODUCT_CONTENTS><IMAGE_ATTRIBUTES>
              <SPACECRAFT_ID>LANDSAT_7</SPACECRAFT_ID><SENSOR_ID>ETM</SENSOR_ID><CLOUD_COVER>-1</CLOUD_COVER>
              <DATE_ACQUIRED>2010-01-09</DATE_ACQUIRED><SCENE_CENTER_TIME>16:13:46Z</SCENE_CENTER_TIME>
            </IMAGE_ATTRIBUTES><LEVEL2_SURFACE_REFLECTANCE_PARAMETERS>
              <REFLECTANCE_MULT_BAND_3>2.75e-05</REFLECTANCE_MULT_BAND_3><REFLECTANCE_ADD_BAND_3>-0.2</REFLECTANCE_ADD_BAND_3>
              <REFLECTANCE_MULT_BAND_4>2.75e-05</REFLECTANCE_MULT_BAND_4><REFLECTANCE_ADD_BAND_4>-0.2</REFLECTANCE_ADD_BAND_4>
            </LEVEL2_SURFACE_REFLECTANCE_PARAMETERS><LEVEL2_SURFACE_TEMPERATURE_PARAMETERS>
              <TEMPERATURE_MULT_BAND_ST_B6>0.00341802</TEMPERATURE_MULT_BAND_ST_B6>
              <TEMPERATURE_ADD_BAND_ST_B6>149.0</TEMPERATURE_ADD_BAND_ST_B6>
            </LEVEL2_SURFACE_TEMPERATURE_PARAMETERS><LEVEL1_PROCESSING_RECORD>
              <FILE_NAME_BAND_3>LE07_L1TP_B3.TIF</FILE_NAME_BAND_3>
              <FILE_NAME_BAND_8>LE07_L1TP_B8.TIF</FILE_NAME_BAND_8>
            </LEVEL1_PROCESSING_RECORD><LEVEL1_RADIOMETRIC_RESCALING>
              <REFLECTANCE_MULT_BAND_4>1.8148E-03</REFLECTANCE_MULT_BAND_4>
              <REFLECTANCE_ADD_BAND_4>-0.016282</REFLECTANCE_ADD_BAND_4>
            </LEVEL1_RADIOMETRIC_RESCALING></LANDSAT_METADATA_FILE>
            """;

    private ProductFiles collection2() throws IOException {
        return new ProductFiles(folder)
                .file("LE07_MTL.xml", COLLECTION_2)
                .file("LE07_L2SP_SR_B3.TIF", TIFF)
                .file("LE07_L2SP_SR_B4.TIF", TIFF)
                .file("LE07_L2SP_ST_B6.TIF", TIFF);
    }

    @Test
    void level_2_does_not_take_the_factors_and_files_of_its_level_1_groups() throws IOException {
        ProductFiles product = collection2();
        assertThat(product.missing("red", "nir")).isEmpty();
        assertThat(product.band("B4").path("raster:scale").asDouble()).isEqualTo(2.75e-5);
        assertThat(product.band("B4").path("raster:offset").asDouble()).isEqualTo(-0.2);
        assertThat(product.band("B4").path("eo:common_name").asText()).isEqualTo("nir08");
        assertThat(product.band("B6").path("raster:scale").asDouble()).isEqualTo(0.00341802);
        assertThat(product.band("B6").path("unit").asText()).isEqualTo("kelvin");
        assertThat(product.item().path("assets").has("B8")).isFalse();
        assertThat(product.item().path("properties").has("eo:cloud_cover")).isFalse();
        assertThat(product.item().path("properties").path("instruments").toString())
                .isEqualTo("[\"etm+\"]");
    }

    @Test
    void all_forms_of_the_metadata_say_the_same_and_count_as_one_scene() throws IOException {
        JsonNode ofXml = collection2().item("red").path("properties");
        String json = """
                {"LANDSAT_METADATA_FILE": {"PRODUCT_CONTENTS": {"LANDSAT_PRODUCT_ID": "LE07_L2SP",
                 "PROCESSING_LEVEL": "L2SP", "FILE_NAME_BAND_3": "LE07_L2SP_SR_B3.TIF"},
                 "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": "LANDSAT_7", "SENSOR_ID": "ETM", "CLOUD_COVER": "-1",
                  "DATE_ACQUIRED": "2010-01-09", "SCENE_CENTER_TIME": "16:13:46Z"},
                 "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": {"REFLECTANCE_MULT_BAND_3": "2.75e-05",
                  "REFLECTANCE_ADD_BAND_3": "-0.2"}}}
                """;
        ProductFiles product = collection2().file("LE07_MTL.json", json);
        assertThat(product.item("red").path("properties")).isEqualTo(ofXml);
        product.delete("LE07_MTL.xml");
        assertThat(product.item("red").path("properties")).isEqualTo(ofXml);
        assertThat(product.band("B3").path("raster:scale").asDouble()).isEqualTo(2.75e-5);

        product.file("other_MTL.xml", COLLECTION_2.replace("LE07_L2SP<", "LE07_other<"));
        assertThatThrownBy(product::read)
                .isInstanceOfSatisfying(
                        FormatException.class, bad -> assertThat(bad.rule()).isEqualTo("folder-has-one-scene"));
    }

    @Test
    void files_that_were_renamed_are_found_by_their_band() throws IOException {
        ProductFiles product = collection2().file("renamed_SR_B4.tif", TIFF);
        product.delete("LE07_L2SP_SR_B4.TIF");
        assertThat(product.missing("nir")).isEmpty();
        product.file("second_SR_B4.tif", TIFF);
        assertThat(product.missing("nir")).startsWith("LE07_L2SP_SR_B4.TIF");
    }

    @Test
    void the_multispectral_scanner_has_its_own_bands() throws IOException {
        String mss = COLLECTION_1
                .replace("LANDSAT_8", "LANDSAT_1")
                .replace("OLI_TIRS", "MSS")
                .replace("FILE_NAME_BAND_10 = \"LC08_B10.TIF\"", "FILE_NAME_BAND_6 = \"LC08_B6.TIF\"")
                .replace("BAND_10 =", "BAND_6 =");
        ProductFiles product = collection1().file("LC08_MTL.txt", mss).file("LC08_B6.TIF", TIFF);
        assertThat(product.band("B4").path("eo:common_name").asText()).isEqualTo("green");
        assertThat(product.band("B5").path("eo:common_name").asText()).isEqualTo("red");
        assertThat(product.band("B6").path("eo:common_name").asText()).isEqualTo("nir08");
        assertThat(product.missing("red", "nir")).isEmpty();
    }

    @Test
    void metadata_without_the_factors_are_rejected() throws IOException {
        ProductFiles product =
                collection1().file("LC08_MTL.txt", COLLECTION_1.replace("_MULT_BAND_5", "_MULT_BAND_50"));
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("LC08_MTL.txt: it has no RADIANCE_MULT_BAND_5");
    }
}
