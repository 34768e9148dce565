package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
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

    private ProductFacts read(String text) throws IOException {
        return ProductFacts.read(folder, Files.writeString(folder.resolve("product.json"), text), JSON);
    }

    @Test
    void all_facts_are_read() throws IOException {
        ProductFacts facts = read("""
                {"epsg": 32633, "wkt2": "PROJCRS[]", "transform": [10.0, 0.0, 5.5], "shape": [80, 100],
                 "bbox": [13.6, 48.3, 14.2, 48.7], "geometry": {"type": "Point"}, "outside_range": {"pixels": 3, "valid": 12},
                 "tiles": 4, "empty": 1, "software": {"gdal": "3.6.2"},
                 "bands": [{"name": "ndvi", "data_type": "Int16", "nodata": -32768.0, "scale": 0.0001, "offset": null,
                            "statistics": {"mean": 0.5, "approximate": false}}]}
                """);

        assertThat(facts.epsg()).contains(32633);
        assertThat(facts.transform()).containsExactly(10.0, 0.0, 5.5);
        assertThat(facts.shape()).containsExactly(80, 100);
        assertThat(facts.bbox()).containsExactly(13.6, 48.3, 14.2, 48.7);
        assertThat(facts.geometry()).contains(JSON.readTree("{\"type\": \"Point\"}"));
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
    void a_fact_that_is_null_or_missing_is_empty() throws IOException {
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
    void nodata_that_is_no_number_in_json_stays_a_text() throws IOException {
        assertThat(read("{\"bands\": [{\"nodata\": \"nan\"}]}").bands().get(0).nodata())
                .contains(JSON.readTree("\"nan\""));
    }

    @Test
    void a_damaged_file_is_an_error() {
        assertThatThrownBy(() -> read("{\"epsg\": ")).isInstanceOf(IOException.class);
    }
}
