package io.swath.formats;

import static io.swath.formats.ProductFiles.TIFF;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CBERS, PlanetScope, DIMAP, Sentinel-1, and folders of bands. */
class OtherFormatsTest {
    @TempDir
    Path folder;

    private ProductFiles product;

    @BeforeEach
    void begin() {
        product = new ProductFiles(folder);
    }

    @Test
    void cbers_needs_the_bands_and_one_description() throws IOException {
        product.file("CBERS_4A_WPM_L4_BAND2.xml", """
                <prdf xmlns="http://www.gisplan.com.br/xmlsat"><satellite><name>CBERS</name><number>4A</number>
                <instrument channel="1">WPM</instrument></satellite>
                <viewing><center>2020-07-30T13:51:24.147</center></viewing>
                <image><level>4</level><horizontalPixelSize>8.0</horizontalPixelSize>
                <sunPosition><elevation>44.33</elevation><sunAzimuth>32.98</sunAzimuth></sunPosition></image></prdf>
                """).file("CBERS_4A_WPM_L4_BAND3.tif", TIFF);
        assertThat(product.missing("red", "nir"))
                .isEqualTo("CBERS_4A_WPM_L4_BAND4.tif (missing too, but not needed: BAND0 BAND1 BAND2)");
        product.file("CBERS_4A_WPM_L4_BAND4.tif", TIFF);
        assertThat(product.missing("red", "nir")).isEmpty();
        JsonNode item = product.item("red", "nir");
        assertThat(item.path("id").asText()).isEqualTo("CBERS_4A_WPM_L4");
        assertThat(item.path("properties").path("platform").asText()).isEqualTo("cbers-4a");
        assertThat(item.path("properties").path("datetime").asText()).isEqualTo("2020-07-30T13:51:24.147Z");
        assertThat(product.band("BAND3").path("eo:common_name").asText()).isEqualTo("red");
    }

    private static String planet(String corrected, String... coefficients) {
        StringBuilder bands = new StringBuilder();
        for (int number = 1; number <= coefficients.length; number++) {
            bands.append("<ps:bandSpecificMetadata><ps:bandNumber>" + number + "</ps:bandNumber>"
                    + "<ps:reflectanceCoefficient>" + coefficients[number - 1]
                    + "</ps:reflectanceCoefficient></ps:bandSpecificMetadata>");
        }
        return """
                <ps:EarthObservation xmlns:ps="urn:ps" xmlns:eop="urn:eop" xmlns:opt="urn:opt">
                <ps:EarthObservationMetaData><eop:identifier>20170831_172754_101c_3B_AnalyticMS</eop:identifier>
                </ps:EarthObservationMetaData><eop:Platform><eop:shortName>PlanetScope</eop:shortName>
                <eop:serialIdentifier>101c</eop:serialIdentifier></eop:Platform>
                <eop:Instrument><eop:shortName>PS2</eop:shortName></eop:Instrument>
                <ps:acquisitionDateTime>2017-08-31T17:27:54+00:00</ps:acquisitionDateTime>
                <opt:cloudCoverPercentage uom="percentage">0.02</opt:cloudCoverPercentage>
                <ps:ProductInformation><eop:fileName>scene.tif</eop:fileName><ps:rowGsd>3.0</ps:rowGsd>
                <ps:atmosphericCorrectionApplied>%s</ps:atmosphericCorrectionApplied></ps:ProductInformation>
                %s</ps:EarthObservation>
                """.formatted(corrected, bands);
    }

    @Test
    void planetscope_has_its_bands_and_factors_from_the_xml() throws IOException {
        product.file("scene_metadata.xml", planet("false", "1.8e-5", "1.9e-5", "2.1e-5", "3.2e-5"))
                .file("scene.tif", TIFF);
        assertThat(product.missing("red", "nir")).isEmpty();
        JsonNode bands = product.item("red").path("assets").path("analytic").path("bands");
        assertThat(bands.findValuesAsText("eo:common_name")).containsExactly("blue", "green", "red", "nir");
        assertThat(bands.path(2).path("raster:scale").asDouble()).isEqualTo(2.1e-5);
        assertThat(product.item("red").path("properties").path("datetime").asText())
                .isEqualTo("2017-08-31T17:27:54Z");
        assertThat(product.item("red").path("properties").path("eo:cloud_cover").asDouble())
                .isEqualTo(2);

        product.file("scene_metadata.xml", planet("true", "1", "1", "1", "1", "1", "1", "1", "1"));
        bands = product.item("red").path("assets").path("analytic").path("bands");
        assertThat(bands.path(5).path("eo:common_name").asText()).isEqualTo("red");
        assertThat(bands.path(5).path("raster:scale").asDouble()).isEqualTo(1e-4);
    }

    @Test
    void planetscope_compares_with_the_order_s_list() throws IOException {
        product.file("order/scene_metadata.xml", planet("false", "1.8e-5", "1.9e-5", "2.1e-5", "3.2e-5"))
                .file("order/scene.tif", TIFF)
                .file("manifest.json", """
                        {"name": "", "files": [{"path": "order/scene.tif", "size": %d,
                          "digests": {"md5": "%s", "sha256": "%s"}}]}
                        """.formatted(
                        TIFF.length() + 5, ProductFiles.digest("MD5", TIFF), ProductFiles.digest("SHA-256", TIFF)));
        assertThat(product.missing("red")).isEqualTo("order/scene.tif (it has 11 bytes instead of 16)");
        assertThat(product.item("red")
                        .path("assets")
                        .path("analytic")
                        .path("file:checksum")
                        .asText())
                .isEqualTo("1220" + ProductFiles.digest("SHA-256", TIFF));
    }

    @Test
    void planetscope_waits_for_the_mask_and_the_rpc_that_the_order_lists() throws IOException {
        String name = "20170831_172754_101c_1B_AnalyticMS";
        String entry = "{\"path\": \"%s\", \"size\": 11, \"digests\": {}}";
        product.file(
                        name + "_metadata.xml",
                        planet("false", "1.8e-5", "1.9e-5", "2.1e-5", "3.2e-5").replace("scene.tif", name + ".tif"))
                .file(name + ".tif", TIFF);
        assertThat(product.read().has(ProductFiles.bands("cloud"))).isFalse();
        assertThat(product.missing("red")).isEmpty();
        product.file(
                "manifest.json",
                "{\"files\": ["
                        + String.join(
                                ", ",
                                entry.formatted("20170831_172754_101c_1B_udm2.tif"),
                                entry.formatted("20180101_000000_101c_1B_udm2.tif"),
                                entry.formatted(name + "_RPC.TXT"))
                        + "]}");
        assertThat(product.missing("red")).startsWith(name + "_RPC.TXT");
        assertThat(product.missing("cloud")).contains("20170831_172754_101c_1B_udm2.tif", name + "_RPC.TXT");
        product.file("20170831_172754_101c_1B_udm2.tif", TIFF).file(name + "_RPC.TXT", "LINE_OFF:0");
        product.delete("manifest.json");
        assertThat(product.missing("red", "cloud")).isEmpty();
        for (String asset : List.of("analytic", "udm2")) {
            JsonNode file = product.item("red", "cloud").path("assets").path(asset);
            assertThat(file.path("swath:rpc").asText()).isEqualTo("./" + name + "_RPC.TXT");
        }
    }

    private static String dimap(String files) {
        return """
                <Dimap_Document><Metadata_Identification><METADATA_PROFILE>PHR_SENSOR</METADATA_PROFILE>
                </Metadata_Identification><Dataset_Identification><DATASET_NAME>DS_PHR</DATASET_NAME></Dataset_Identification>
                <Geoposition><Geoposition_Models><Rational_Function_Model><Component><COMPONENT_PATH href="RPC_a.XML"/>
                </Component></Rational_Function_Model></Geoposition_Models></Geoposition>
                <Raster_Data><Data_Access><Data_Files>%s</Data_Files></Data_Access>
                <Raster_Display><Band_Display_Order><RED_CHANNEL>B2</RED_CHANNEL><GREEN_CHANNEL>B1</GREEN_CHANNEL>
                <BLUE_CHANNEL>B0</BLUE_CHANNEL><ALPHA_CHANNEL>B3</ALPHA_CHANNEL></Band_Display_Order>
                <Special_Value><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_COUNT>0</SPECIAL_VALUE_COUNT>
                </Special_Value></Raster_Display></Raster_Data>
                <Radiometric_Data><Band_Radiance><BAND_ID>B2</BAND_ID></Band_Radiance><Band_Radiance><BAND_ID>B1</BAND_ID>
                </Band_Radiance><Band_Radiance><BAND_ID>B0</BAND_ID></Band_Radiance><Band_Radiance><BAND_ID>B3</BAND_ID>
                </Band_Radiance></Radiometric_Data>
                <Dataset_Sources><Strip_Source><MISSION>PHR</MISSION><MISSION_INDEX>1A</MISSION_INDEX>
                <INSTRUMENT>PHR</INSTRUMENT><IMAGING_DATE>2015-01-01</IMAGING_DATE><IMAGING_TIME>10:20:30.0Z</IMAGING_TIME>
                </Strip_Source></Dataset_Sources></Dimap_Document>
                """.formatted(files);
    }

    @Test
    void dimap_lists_bands_in_the_file_s_order_and_its_alpha_is_near_infrared() throws IOException {
        product.file("DIM_a.XML", dimap("<Data_File><DATA_FILE_PATH href=\"IMG_a_R1C1.TIF\"/></Data_File>"));
        assertThat(product.missing("nir")).isEqualTo("IMG_a_R1C1.TIF, RPC_a.XML");
        product.file("IMG_a_R1C1.TIF", TIFF).file("RPC_a.XML", "<Dimap_Document/>");
        assertThat(product.missing("nir")).isEmpty();
        JsonNode image = product.item("nir").path("assets").path("image");
        assertThat(image.path("bands").findValuesAsText("eo:common_name"))
                .containsExactly("red", "green", "blue", "nir");
        assertThat(image.path("swath:rpc").asText()).isEqualTo("./RPC_a.XML");
        assertThat(product.item("nir").path("properties").path("datetime").asText())
                .isEqualTo("2015-01-01T10:20:30Z");
    }

    @Test
    void dimap_s_nodata_may_have_a_fraction() throws IOException {
        product.file("DIM_a.XML", dimap("<DATA_FILE_PATH href=\"A.TIF\"/>").replace("COUNT>0<", "COUNT>-32768.5<"))
                .file("A.TIF", TIFF);
        assertThat(product.band("image").path("nodata").toString()).isEqualTo("-32768.5");
    }

    @Test
    void dimap_in_tiles_is_rejected_with_a_way_out() throws IOException {
        product.file("DIM_a.XML", dimap("<DATA_FILE_PATH href=\"A_R1C1.TIF\"/><DATA_FILE_PATH href=\"A_R2C1.TIF\"/>"));
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("has 2 tiles")
                .hasMessageContaining("gdal_translate -a_nodata 0 DIM_a.XML scene.tif && python3 -c ")
                .hasMessageContaining("enumerate(['red', 'green', 'blue', 'nir'])");
    }

    @Test
    void the_command_that_joins_tiles_of_dimap_holds_nothing_of_the_product_that_a_shell_reads() throws IOException {
        product.file(
                "DIM $(a).XML",
                dimap("<DATA_FILE_PATH href=\"A_R1C1.TIF\"/><DATA_FILE_PATH href=\"A_R2C1.TIF\"/>")
                        .replace(">B3<", ">`b`\" 'c<"));
        assertThatThrownBy(product::read)
                .hasMessageContaining("gdal_translate -a_nodata 0 DIM_….XML scene.tif")
                .hasMessageContaining("enumerate(['red', 'green', 'blue', 'nir'])");
    }

    @Test
    void a_dim_file_that_names_no_image_is_incomplete() throws IOException {
        product.file("DIM_a.XML", """
                <Dimap_Document><Metadata_Identification><METADATA_SUBPROFILE>PRODUCT</METADATA_SUBPROFILE>
                </Metadata_Identification></Dimap_Document>
                """);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("DIM_a.XML: it has no Data_Files");
    }

    @Test
    void sentinel_1_needs_the_polarisation_that_the_recipe_asks_for() throws IOException {
        String vv = "measurement/s1a-iw-grd-vv-20230809t020729-001.tiff";
        String vh = "measurement/s1a-iw-grd-vh-20230809t020729-002.tiff";
        product.file("S1A.SAFE/manifest.safe", """
                <xfdu:XFDU xmlns:xfdu="urn:x" xmlns:safe="urn:s" version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd">
                <safe:platform><safe:familyName>SENTINEL-1</safe:familyName><safe:number>A</safe:number></safe:platform>
                <productType>GRD</productType><safe:acquisitionPeriod><safe:startTime>2023-08-09T02:07:29.1</safe:startTime>
                <safe:stopTime>2023-08-09T02:07:54.2</safe:stopTime></safe:acquisitionPeriod>
                <dataObject><byteStream size="%d"><fileLocation href="./%s"/><checksum checksumName="MD5">%s</checksum>
                </byteStream></dataObject><dataObject><byteStream size="5"><fileLocation href="./%s"/></byteStream>
                </dataObject></xfdu:XFDU>
                """.formatted(TIFF.length(), vh, ProductFiles.digest("MD5", TIFF), vv))
                .file("S1A.SAFE/" + vh, TIFF);
        assertThat(product.missing("vh")).isEmpty();
        assertThat(product.missing("vv")).isEqualTo("S1A.SAFE/" + vv);
        JsonNode properties = product.item("vh").path("properties");
        assertThat(properties.path("start_datetime").asText()).isEqualTo("2023-08-09T02:07:29.100Z");
        assertThat(properties.path("end_datetime").asText()).isEqualTo("2023-08-09T02:07:54.200Z");
        assertThat(properties.path("platform").asText()).isEqualTo("sentinel-1a");
    }

    @Test
    void a_rule_of_a_person_names_bands_by_files_or_patterns() throws IOException {
        product.file("scene.yaml", """
                id: camp-4
                datetime: 2024-05-12T03:23:45Z
                platform: drone-7
                bands:
                  red: "*_R.tif"
                  nir: { file: deep/nir.tif, nodata: -9999, scale: 0.0001, offset: -0.1 }
                """).file("flight_R.tif", TIFF);
        assertThat(product.missing("red")).isEmpty();
        assertThat(product.missing("red", "nir")).isEqualTo("deep/nir.tif");
        product.file("deep/nir.tif", TIFF);
        JsonNode item = product.item("red", "nir");
        assertThat(item.path("id").asText()).isEqualTo("camp-4");
        assertThat(item.path("properties").path("datetime").asText()).isEqualTo("2024-05-12T03:23:45Z");
        assertThat(item.path("assets").path("red").path("href").asText()).isEqualTo("./flight_R.tif");
        assertThat(product.band("nir").path("nodata").asInt()).isEqualTo(-9999);
        assertThat(product.band("nir").path("raster:scale").asDouble()).isEqualTo(1e-4);
        assertThat(product.band("nir").path("raster:offset").asDouble()).isEqualTo(-0.1);

        product.file("second_R.tif", TIFF);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("scene.yaml, bands.red")
                .hasMessageContaining("flight_R.tif and second_R.tif");
    }

    @ParameterizedTest
    @CsvSource({
        ".nan, '\"nan\"'",
        "NaN, '\"nan\"'",
        "-.inf, '\"-inf\"'",
        "-9999.5, -9999.5",
        "-3.4028235e38, -3.4028235E+38",
        "1e20, 1E+20",
        "18446744073709551615, 18446744073709551615",
        "'\"0\"', 0"
    })
    void nodata_is_the_number_that_a_person_wrote(String written, String inItem) throws IOException {
        product.file("scene.yaml", "bands: { red: { file: r.tif, nodata: " + written + " } }")
                .file("r.tif", TIFF);
        assertThat(product.band("red").path("nodata").toString()).isEqualTo(inItem);
    }

    @Test
    void nodata_that_is_no_number_is_an_error() throws IOException {
        for (String written : new String[] {"none", "1e999", "[0]", "0x", "true"}) {
            product.file("scene.yaml", "bands: { red: { file: r.tif, nodata: " + written + " } }");
            assertThatThrownBy(product::read).as(written).hasMessageContaining("scene.yaml, bands.red.nodata");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "*_R.tif, flight_R.tif, true",
        "flight*R*.tif, flight_R.tif, true",
        "f*f*.tif, flight_R.tif, false",
        "flight_R.tif*flight_R.tif, flight_R.tif, false",
        "*/x.tif, deep/x.tif, true",
        "*.tif, deep/x.tif, false",
        "[f]light_R.tif, flight_R.tif, false"
    })
    void a_star_in_a_pattern_stands_for_letters_of_one_name(String pattern, String file, boolean there)
            throws IOException {
        product.file("scene.yaml", "bands: { red: '" + pattern + "' }").file(file, TIFF);
        assertThat(product.missing("red").isEmpty()).isEqualTo(there);
    }

    @Test
    @Timeout(30)
    void a_pattern_of_many_stars_is_matched_at_once() throws IOException {
        product.file("scene.yaml", "bands: { red: '" + "*a".repeat(100) + "b' }")
                .file("a".repeat(250), TIFF);
        assertThat(product.missing("red")).isNotEmpty();
    }

    @Test
    void a_pattern_that_is_no_path_is_an_error() throws IOException {
        for (String pattern : new String[] {"/", "a//b", "", "x\\0y"}) {
            product.file("scene.yaml", "bands: { red: \"" + pattern + "\" }");
            assertThatThrownBy(product::read).as(pattern).isInstanceOf(FormatException.class);
        }
    }

    @Test
    void a_misspelt_rule_is_an_error_that_names_the_field() throws IOException {
        product.file("scene.yaml", "bands: { red: r.tif }\ndatum: 2024-05-12");
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class).hasMessageContaining("datum");
        product.file("scene.yaml", "bands: { red: r.tif }\ndatetime: yesterday");
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class).hasMessageContaining("datetime");
        product.file("scene.yaml", "bands: [");
        assertThatThrownBy(product::read)
                .isInstanceOfSatisfying(
                        FormatException.class, bad -> assertThat(bad.rule()).isEqualTo("rule-is-yaml"));
    }

    @Test
    void a_folder_of_other_files_is_of_no_kind() throws IOException {
        product.file("a.xml", "<html/>")
                .file("b.json", "{}")
                .file("c.tif", TIFF)
                .file("empty.xml", "");
        assertThat(SceneFormats.recognise(folder)).isEmpty();
    }

    @Test
    void two_kinds_in_one_folder_are_no_scene() throws IOException {
        product.file("DIM_a.XML", dimap("<DATA_FILE_PATH href=\"A_R1C1.TIF\"/>"))
                .file("scene_metadata.xml", planet("false", "1.8e-5", "1.9e-5", "2.1e-5", "3.2e-5"));
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("scenes of several kinds: planetscope and dimap");
    }
}
