package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.storage.NotRegularException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductFactsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private ProductFacts read(String text) throws Exception {
        return ProductFacts.read(folder, Files.writeString(folder.resolve("product.json"), text));
    }

    @Test
    void all_facts_are_read() throws Exception {
        ProductFacts facts = read("""
                {"epsg": 32633, "wkt2": "PROJCRS[]", "transform": [10.0, 0.0, 5.5, 0.0, -10.0, 7.5, 0.0, 0.0, 1.0], "shape": [80, 100],
                 "bbox": [13.6, 48.3, 14.2, 48.7], "geometry": {"type": "Polygon", "coordinates": [[[13.6, 48.3], [14.2, 48.3], [14.2, 48.7], [13.6, 48.3]]],
                              "evil": [[]]}, "outside_range": {"pixels": 3, "valid": 12},
                 "tiles": 4, "empty": 1, "software": {"gdal": "3.6.2"},
                 "bands": [{"name": "ndvi", "data_type": "Int16", "nodata": -32768.0, "scale": 0.0001, "offset": null,
                            "statistics": {"mean": 0.5, "approximate": false}}]}
                """);

        assertThat(facts.epsg()).contains(32633);
        assertThat(facts.transform()).containsExactly(10.0, 0.0, 5.5, 0.0, -10.0, 7.5, 0.0, 0.0, 1.0);
        assertThat(facts.shape()).containsExactly(80, 100);
        assertThat(facts.bbox()).containsExactly(13.6, 48.3, 14.2, 48.7);
        assertThat(facts.geometry())
                .contains(JSON.readTree("{\"type\": \"Polygon\", \"coordinates\":"
                        + " [[[13.6, 48.3], [14.2, 48.3], [14.2, 48.7], [13.6, 48.3]]]}"));
        assertThat(facts.outsideRange()).contains(0.25);
        assertThat(facts.emptyTiles()).isOne();
        assertThat(facts.software()).isEqualTo(Map.of("gdal", "3.6.2"));
        ProductFacts.Band band = facts.bands().get(0);
        assertThat(band.nodata()).contains(JSON.readTree("-32768.0"));
        assertThat(band.scale()).contains(0.0001);
        assertThat(band.offset()).isEmpty();
        assertThat(band.statistics()).isEqualTo(Map.of("mean", 0.5));
    }

    @Test
    void a_fact_that_is_null_or_missing_is_empty() throws Exception {
        for (String text : List.of(
                "{}",
                "{\"epsg\": null, \"wkt2\": null, \"transform\": null, \"bbox\": null, \"geometry\": null,"
                        + " \"outside_range\": null, \"bands\": []}")) {
            ProductFacts facts = read(text);
            assertThat(facts.epsg()).isEmpty();
            assertThat(facts.wkt2()).isEmpty();
            assertThat(facts.transform()).isEmpty();
            assertThat(facts.bbox()).isEmpty();
            assertThat(facts.geometry()).isEmpty();
            assertThat(facts.outsideRange()).isEmpty();
            assertThat(facts.bands()).isEmpty();
            assertThat(facts.software()).isEmpty();
        }
    }

    @Test
    void nodata_that_is_no_number_in_json_stays_a_text() throws Exception {
        assertThat(read("{\"bands\": [{\"name\": \"a\", \"data_type\": \"Byte\", \"nodata\": \"nan\"}]}")
                        .bands()
                        .get(0)
                        .nodata())
                .contains(JSON.readTree("\"nan\""));
    }

    @Test
    void a_damaged_file_is_an_error() {
        assertThatThrownBy(() -> read("{\"epsg\": ")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read("{} {}")).isInstanceOf(IOException.class);
    }

    @Test
    void a_file_of_very_many_or_deep_parts_is_refused_before_it_fills_the_memory() {
        assertThatThrownBy(() -> read("{\"bands\":[{}" + ",{}".repeat(1_390_000) + "]}"))
                .isInstanceOf(NotRegularException.class)
                .hasMessageContaining("more than 2097152 bytes");
        for (String many : List.of(
                "{\"bands\":[{}" + ",{}".repeat(600_000) + "]}",
                "{\"x\":[0" + ",0".repeat(300_000) + "]}",
                "{\"geometry\":" + "[".repeat(900) + "]".repeat(900) + "}",
                "{\"epsg\":" + "1".repeat(1000) + "}")) {
            assertThatThrownBy(() -> read(many))
                    .as(many.substring(0, 20))
                    .isInstanceOf(StreamConstraintsException.class);
        }
        assertThatThrownBy(() -> read("{\"bands\":[{}" + ",{}".repeat(5000) + "]}"))
                .isInstanceOf(BadProductException.class)
                .hasMessageContaining("product.json: bands must be a list of at most 5000 objects");
    }

    @Test
    void a_fact_of_another_type_or_out_of_its_range_is_refused_by_name() {
        String ring = "[[0,0],[1,0],[1,1],[0,0]]";
        Map<String, List<String>> wrong = Map.of(
                "epsg", List.of("2147483647", "0", "\"32633\"", "1.5"),
                "wkt2", List.of("5", "{}"),
                "transform", List.of("[1]", "[1,0,0,0,1,0,0,0,1e999]", "\"x\""),
                "shape", List.of("[0,5]", "[5]", "[1,2,3]"),
                "bbox", List.of("[5]", "[0,5,1,4]", "[0,0,0,1e300]", "{}"),
                "geometry",
                        List.of(
                                "{\"type\":\"Evil\"}",
                                "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1]]]}",
                                "{\"type\":\"Polygon\",\"coordinates\":[[[0,95],[1,0],[1,1],[0,0]]]}",
                                "{\"type\":\"MultiPolygon\",\"coordinates\":[" + ring + "]}",
                                "[]"),
                "outside_range", List.of("7", "{\"pixels\": \"3\", \"valid\": 12}"),
                "empty", List.of("-1", "\"1\""),
                "bands",
                        List.of(
                                "{}",
                                "[1]",
                                "[{}]",
                                "[{\"name\":\"a\",\"data_type\":\"Evil\"}]",
                                "[{\"name\":\"a\",\"data_type\":\"Byte\",\"nodata\":\"x\"}]",
                                "[{\"name\":\"a\",\"data_type\":\"Byte\",\"scale\":\"x\"}]",
                                "[{\"name\":\"a\",\"data_type\":\"Byte\",\"classes\":[{\"value\":256,\"name\":\"a\",\"color\":\"\"}]}]",
                                "[{\"name\":\"a\",\"data_type\":\"Byte\",\"classes\":[{\"name\":\"a\",\"color\":\"\"}]}]",
                                "[{\"name\":\"a\",\"data_type\":\"Byte\",\"statistics\":{\"mean\":{}}}]"),
                "software", List.of("[]", "{\"gdal\":5}"));
        wrong.forEach((fact, values) ->
                values.forEach(value -> assertThatThrownBy(() -> read("{\"" + fact + "\":" + value + "}"))
                        .as(fact + " " + value)
                        .isInstanceOf(BadProductException.class)
                        .hasMessageContaining("product.json: " + fact)
                        .message()
                        .doesNotContain("\u001b")));
        for (String text : List.of("null", "[]", "5", "")) {
            assertThatThrownBy(() -> read(text)).as(text).isInstanceOf(BadProductException.class);
        }
    }

    @Test
    void texts_are_fit_for_a_log_and_a_terminal() throws Exception {
        ProductFacts facts = read("{\"wkt2\": \"A[\\n\\u001b]\", \"software\": {\"a\\n\": \"b\\u001b\"},"
                + " \"bands\": [{\"name\": \"a\\n" + "x".repeat(500) + "\", \"data_type\": \"Byte\"}]}");
        assertThat(facts.wkt2()).contains("A[\n\ufffd]");
        assertThat(facts.software()).isEqualTo(Map.of("a\ufffd", "b\ufffd"));
        assertThat(facts.bands().get(0).name()).isEqualTo("a\ufffd" + "x".repeat(198) + "…");
    }
}
