package io.swath.formats;

import static io.swath.formats.ProductFiles.TIFF;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.testing.SmallProduct;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MosaicTest {
    @TempDir
    Path folder;

    private ProductFiles mosaic;

    @BeforeEach
    void begin() throws IOException {
        mosaic = new ProductFiles(folder).file("mosaic.yaml", "id: pass\nparts: [west.tif, east]\n");
    }

    @Test
    void it_names_each_file_that_a_part_still_lacks() throws IOException {
        assertThat(mosaic.missing("red", "nir")).isEqualTo("west.tif, east");
        mosaic.file("west.tif", TIFF).file("east/LC08_B4.TIF", TIFF);
        assertThat(mosaic.missing("red", "nir")).isEqualTo("east/(the metadata of a known product)");
        new SmallProduct().without("LC08_B5.TIF").without("LC08_B2.TIF").writeTo(folder.resolve("east"));
        assertThat(mosaic.missing("red", "nir")).isEqualTo("east/LC08_B5.TIF (missing too, but not needed: 2/B2)");
        mosaic.file("east/LC08_B5.TIF", "");
        assertThat(mosaic.missing("red", "nir")).startsWith("east/LC08_B5.TIF (it is empty)");
        mosaic.file("east/LC08_B5.TIF", TIFF);
        assertThat(mosaic.missing("red", "nir")).isEmpty();
    }

    @Test
    void its_item_has_the_files_and_the_properties_of_each_part() throws IOException {
        new SmallProduct().writeTo(folder.resolve("east"));
        mosaic.file("west.tif", TIFF).file("west.tfw", "10\n0\n0\n-10\n5\n5\n").file("other.tif", TIFF);
        JsonNode item = mosaic.item("red", "nir");
        assertThat(item.path("id").asText()).isEqualTo("pass");
        JsonNode properties = item.path("properties");
        assertThat(properties.path("swath:kind").asText()).isEqualTo("mosaic");
        assertThat(properties.path("swath:parts").findValuesAsText("id"))
                .containsExactly("west.tif", SmallProduct.NAME);
        assertThat(properties.path("swath:parts").findValuesAsText("swath:kind"))
                .containsExactly("geotiff", "landsat");
        assertThat(item.path("assets").path("2/B4").path("href").asText()).isEqualTo("./east/LC08_B4.TIF");
        assertThat(item.path("assets").findValuesAsText("href"))
                .contains("./mosaic.yaml", "./west.tif", "./west.tfw", "./east/LC08_MTL.txt")
                .doesNotContain("./other.tif");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "parts: [west.tif]|parts-are-several",
                "parts: []|",
                "parts: [west.tif, ../east]|part-is-beside-the-list",
                "parts: [west.tif, /etc]|part-is-beside-the-list",
                "parts: [west.tif, .]|part-is-beside-the-list",
                "parts: [west.tif, 7]|part-is-beside-the-list",
                "parts: [west.tif, ./west.tif]|parts-are-different",
                "parts: [east, east/b]|parts-are-different",
                "parts: [west.tif, archive.zip]|part-is-a-scene",
                "parts: [masked.tif, west.tif]|masks-are-nodata",
                "{ parts: [west.tif, east], feather: 3 }|",
                "- west.tif|rule-is-yaml"
            })
    void a_list_that_cannot_be_used_is_rejected_with_the_field(String list, String rule) throws IOException {
        mosaic.file("west.tif", TIFF).file("archive.zip", "PK\3\4 zip").file("masked.tif", TIFF);
        mosaic.file("masked.tif.msk", TIFF).file("mosaic.yaml", list + "\n");
        assertThatThrownBy(mosaic::read).isInstanceOfSatisfying(FormatException.class, bad -> {
            assertThat(bad.field()).startsWith("mosaic.yaml");
            assertThat(bad.rule()).contains(rule == null ? "" : rule);
        });
    }

    @Test
    void a_fault_in_a_part_names_the_part() throws IOException {
        mosaic.file("west.tif", TIFF).file("east/scene.yaml", "bands: red.tif\n");
        assertThatThrownBy(mosaic::read)
                .isInstanceOfSatisfying(
                        FormatException.class, bad -> assertThat(bad.field()).isEqualTo("east, scene.yaml, bands"));
    }
}
