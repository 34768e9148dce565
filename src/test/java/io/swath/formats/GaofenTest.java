package io.swath.formats;

import static io.swath.formats.ProductFiles.TIFF;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GaofenTest {
    private static final String SCENE = "GF1_PMS2_E113.6_N34.8_20240512_L1A1234567890";

    @TempDir
    Path folder;

    private static String metadata(String satellite, String sensor, String bands, String time) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <ProductMetaData><SatelliteID>%s</SatelliteID><SensorID>%s</SensorID><SceneID>812345</SceneID>
                <ProductLevel>LEVEL1A</ProductLevel><Bands>%s</Bands><CenterTime>%s</CenterTime>
                <ImageGSD>8.0</ImageGSD><CloudPercent>3</CloudPercent><RollViewingAngle>-12.5</RollViewingAngle>
                <SolarAzimuth>129.5</SolarAzimuth><SolarZenith>22.0</SolarZenith>
                <TopLeftLatitude>34.81</TopLeftLatitude><TopLeftLongitude>113.59</TopLeftLongitude>
                <TopRightLatitude>34.80</TopRightLatitude><TopRightLongitude>113.62</TopRightLongitude>
                <BottomRightLatitude>34.78</BottomRightLatitude><BottomRightLongitude>113.61</BottomRightLongitude>
                <BottomLeftLatitude>34.79</BottomLeftLatitude><BottomLeftLongitude>113.58</BottomLeftLongitude>
                </ProductMetaData>
                """.formatted(satellite, sensor, bands, time);
    }

    private ProductFiles image(ProductFiles product, String image, String bands) throws IOException {
        String stem = SCENE + "-" + image;
        return product.file(stem + ".xml", metadata("GF1", "PMS2", bands, "2024-05-12 11:23:45"))
                .file(stem + ".tiff", TIFF)
                .file(stem + ".rpb", "satId = \"XXX\";")
                .file(stem + ".jpg", "picture");
    }

    private ProductFiles pair() throws IOException {
        return image(image(new ProductFiles(folder), "MSS2", "1,2,3,4"), "PAN2", "5");
    }

    @Test
    void a_pair_is_one_scene_whose_numbers_begin_with_the_colours() throws IOException {
        ProductFiles product = pair();
        assertThat(product.missing("red", "nir", "pan")).isEmpty();
        JsonNode item = product.item("red", "nir", "pan");
        assertThat(item.path("id").asText()).isEqualTo(SCENE);
        assertThat(item.path("properties").path("platform").asText()).isEqualTo("gaofen-1");
        assertThat(item.path("properties").path("instruments").toString()).isEqualTo("[\"pms2\"]");
        assertThat(item.path("properties").path("view:off_nadir").asDouble()).isEqualTo(12.5);
        assertThat(item.path("properties").path("view:sun_elevation").asDouble())
                .isEqualTo(68.0);
        assertThat(item.path("bbox").toString()).isEqualTo("[113.58,34.78,113.62,34.81]");
        JsonNode colours = item.path("assets").path("mss");
        assertThat(colours.path("bands").findValuesAsText("eo:common_name"))
                .containsExactly("blue", "green", "red", "nir");
        assertThat(colours.path("bands").path(0).path("nodata").asInt(-1)).isZero();
        assertThat(colours.path("swath:rpc").asText()).isEqualTo("./" + SCENE + "-MSS2.rpb");
        assertThat(item.path("assets").fieldNames())
                .toIterable()
                .containsExactly("mss", "mss-rpc", "mss-metadata", "pan", "pan-rpc", "pan-metadata");
        assertThat(product.read().needed(ProductFiles.bands("4")))
                .extracting(ProductAsset::key)
                .containsExactly("mss", "mss-rpc", "mss-metadata");
    }

    @Test
    void two_colour_images_are_two_scenes() throws IOException {
        ProductFiles product = image(pair(), "MSS1", "1,2,3,4");
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("several scenes of the kind gaofen: " + SCENE + "-MSS1.xml and ")
                .hasMessageContaining(SCENE + "-MSS2.xml");
    }

    @Test
    void an_image_needs_its_rpc_and_its_metadata() throws IOException {
        ProductFiles product = pair();
        product.delete(SCENE + "-MSS2.rpb");
        assertThat(product.missing("red")).isEqualTo(SCENE + "-MSS2.rpb");
        assertThat(product.missing("pan")).isEmpty();
        product.file(SCENE + "-MSS2_rpc.txt", "LINE_OFF: 149");
        assertThat(product.missing("red")).isEmpty();
        product.delete(SCENE + "-MSS2.tiff");
        assertThat(product.missing("red")).startsWith(SCENE + "-MSS2.tiff");
    }

    @Test
    void half_a_pair_waits_for_the_other_image_when_the_recipe_needs_it() throws IOException {
        ProductFiles panAlone = image(new ProductFiles(folder), "PAN2", "5");
        assertThat(panAlone.missing("red", "nir"))
                .contains(SCENE + "-MSS2.tiff", SCENE + "-MSS2.rpb", SCENE + "-MSS2.xml");
        assertThat(panAlone.missing("pan")).doesNotContain("PAN2");
        assertThat(panAlone.read().has(ProductFiles.bands("red", "nir"))).isTrue();
    }

    @Test
    void of_gf_6_the_wide_camera_has_eight_bands_in_three_parts() throws IOException {
        String stem = "GF6_WFV_E101.4_N34.8_20240512_L1A1420000000";
        ProductFiles product = new ProductFiles(folder)
                .file(stem + ".xml", metadata("GF6", "WFV", "1,2,3,4,5,6,7,8", "2024-05-12 11:23:45"));
        for (String part : new String[] {"-1", "-2", "-3"}) {
            product.file(stem + part + ".tiff", TIFF).file(stem + part + ".rpb", "satId");
        }
        assertThat(product.missing("red", "nir")).isEmpty();
        assertThat(product.item("red")
                        .path("assets")
                        .path("wfv-2")
                        .path("bands")
                        .findValuesAsText("eo:common_name"))
                .containsExactly("blue", "green", "red", "nir", "rededge071", "rededge075", "coastal", "yellow");
        product.delete(stem + "-3.rpb");
        assertThat(product.missing("red")).isEqualTo(stem + "-3.rpb");
    }

    @Test
    void the_zone_of_the_time_is_that_in_which_the_sun_stands_where_the_metadata_say() throws IOException {
        // 11:23:45 in Beijing: the sun is at a zenith distance of about 21 degrees.
        assertThat(pair().item("red").path("properties").path("datetime").asText())
                .isEqualTo("2024-05-12T03:23:45Z");
        ProductFiles product =
                pair().file(SCENE + "-MSS2.xml", metadata("GF1", "PMS2", "1,2,3,4", "2024-05-12 03:23:45"));
        assertThat(product.item("red").path("properties").path("datetime").asText())
                .isEqualTo("2024-05-12T03:23:45Z");
        product.file(SCENE + "-MSS2.xml", metadata("GF1", "PMS2", "1,2,3,4", "2024-05-12 18:00:00"));
        assertThat(product.item("red").path("properties").path("datetime").isNull())
                .isTrue();
    }

    @Test
    void the_sun_stands_where_an_almanac_says() {
        // On the day of the solstice the declination is 23.44 degrees and the equation of time -1 min 50 s, so at 40 N
        // 105 W the sun stands in the south at 19:01:50, 40 - 23.44 degrees from the zenith.
        OffsetDateTime noon = OffsetDateTime.parse("2024-06-21T19:01:50Z");
        assertThat(SunPosition.distance(noon, -105, 40, 40 - 23.44, 180)).isCloseTo(0, within(0.1));
        // At an equinox, the sun is near the zenith of the equator at noon.
        OffsetDateTime equinox = OffsetDateTime.parse("2024-03-20T12:07:00Z");
        assertThat(SunPosition.distance(equinox, 0, 0, 0, 0)).isCloseTo(0, within(0.5));
    }
}
