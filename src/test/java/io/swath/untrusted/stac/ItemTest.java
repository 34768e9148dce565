package io.swath.untrusted.stac;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ItemTest {
    private static final String HEAD = "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"a\", ";

    private static Item read(String json) {
        return ItemReader.read(json.getBytes(UTF_8));
    }

    /** With single quotes for double ones. */
    private static Item assets(String assets) {
        return read((HEAD + "'assets': {" + assets + "}}").replace('\'', '"'));
    }

    private static void assertRefused(String json, String rule, String field) {
        assertThatThrownBy(() -> read(json)).isInstanceOfSatisfying(ItemException.class, bad -> {
            assertThat(bad.rule()).isEqualTo(rule);
            assertThat(bad.field()).isEqualTo(field);
            assertThat(bad.what()).isNotBlank().hasSizeLessThan(600);
            assertThat(bad.remedy()).endsWith(".");
        });
    }

    private static List<String> rasters(Item item) {
        return item.rasters().stream().map(Asset::key).toList();
    }

    @Test
    void assets_with_pixels_are_separated_from_pictures_and_texts() {
        Item item = assets("""
                'red': {'href': 'a.TIF'},
                'nir': {'href': 'b.tif', 'type': 'image/tiff; application=geotiff; profile=cloud-optimized'},
                'qa': {'href': 'c.tiff', 'type': 'image/vnd.stac.geotiff', 'roles': ['cloud']},
                'red-jp2': {'href': 'a.jp2', 'type': 'image/jp2', 'eo:bands': [{'common_name': 'red'}]},
                'visual': {'href': 'v.tif', 'roles': ['visual'], 'eo:bands': [{'common_name': 'red'}]},
                'thumbnail': {'href': 't.jpg', 'roles': ['thumbnail'], 'eo:bands': [{'common_name': 'red'}]},
                'mtl': {'href': 'https://example.org/m.txt'}
                """);
        assertThat(rasters(item)).containsExactly("red", "nir", "qa");
        assertThat(item.assets()).hasSize(7);
    }

    @Test
    void values_are_inherited_from_the_asset_and_the_properties() {
        Item item = read((HEAD + """
                'properties': {'datetime': null, 'start_datetime': '2020-01-01T00:00:00Z', 'nodata': 0, 'unit': 'm'},
                'assets': {'x': {'href': 'x.tif', 'nodata': 1.0, 'raster:scale': 2,
                                 'bands': [{'name': 'b1', 'nodata': -9999.0}, {'name': 'b2', 'raster:scale': 3},
                                           {'name': 'b3', 'nodata': '-inf'}, {'name': 'b4', 'nodata': null}]},
                           'y': {'href': 'y.tif'}}}
                """).replace('\'', '"'));
        assertThat(item.datetime()).isEqualTo("2020-01-01T00:00:00Z");
        List<ItemBand> bands = item.assets().get(0).bands();
        assertThat(bands).extracting(ItemBand::nodata).containsExactly("-9999", "1", "-inf", "");
        assertThat(bands).extracting(band -> band.scale().orElseThrow()).containsExactly(2.0, 3.0, 2.0, 2.0);
        assertThat(bands).extracting(ItemBand::unit).containsOnly("m");
        assertThat(item.assets().get(1).every().nodata()).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|item-is-json|''",
                "nothing|item-is-json|''",
                "[]|item-is-json|''",
                "{} {}|item-is-json|''",
                "{\"type\": \"Feature\", \"type\": \"Feature\"}|item-is-json|''",
                "{\"type\": NaN}|item-is-json|''",
                "{}|item-is-stac|type",
                "{\"type\": \"FeatureCollection\", \"stac_version\": \"1.0.0\"}|item-is-stac|type",
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\"}|item-has-an-id|id",
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": 7}|item-has-an-id|id",
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"a\"}|item-has-assets|assets",
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"a\", \"assets\": []}|item-has-assets|assets",
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"a\", \"assets\": {}}|item-has-rasters|assets",
            })
    void an_invalid_item_is_rejected_with_its_rule_and_field(String json, String rule, String field) {
        assertRefused(json, rule, field);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|asset-has-href|href",
                "7|asset-has-href|href",
                "{'href': 7}|asset-has-href|href",
                "{'href': ' '}|asset-has-href|href",
                "{'href': 'a.vrt', 'bands': [{'name': 'red'}]}|asset-is-a-geotiff|href",
                "{'href': 'a.vrt', 'roles': ['data']}|asset-is-a-geotiff|href",
                "{'href': 'a.vrt', 'type': 'image/tiff; application=geotiff'}|asset-is-a-geotiff|href",
                "{'href': 'a.tif', 'bands': {'name': 'red'}}|bands-are-described|bands",
                "{'href': 'a.tif', 'bands': ['red']}|bands-are-described|bands[0]",
                "{'href': 'a.tif', 'eo:bands': [4]}|bands-are-described|eo:bands[0]",
                "{'href': 'a.tif', 'eo:bands': [{}, {}], 'raster:bands': [{}]}|bands-are-described|raster:bands",
                "{'href': 'a.tif', 'bands': [{'nodata': 'none'}]}|bands-are-described|bands[0].nodata",
                "{'href': 'a.tif', 'bands': [{'nodata': [0]}]}|bands-are-described|bands[0].nodata",
                "{'href': 'a.tif', 'bands': [{}, {'raster:scale': 'NaN'}]}|bands-are-described|bands[1].scale",
                "{'href': 'a.tif', 'bands': [{'raster:scale': 1e999}]}|bands-are-described|bands[0].scale",
                "{'href': 'a.tif', 'raster:bands': [{'scale': 0}]}|bands-are-described|raster:bands[0].scale",
                "{'href': 'a.tif', 'raster:bands': [{'offset': true}]}|bands-are-described|raster:bands[0].offset",
                "{'href': 'a.tif', 'raster:offset': '1'}|bands-are-described|raster:offset",
                "{'href': 'a.tif', 'file:checksum': 'abc'}|checksum-can-be-checked|file:checksum",
            })
    void an_invalid_asset_is_rejected_with_its_field(String asset, String rule, String field) {
        assertRefused((HEAD + "'assets': {'red': " + asset + "}}").replace('\'', '"'), rule, "assets.red." + field);
    }

    @Test
    void an_item_that_is_too_long_or_too_deep_or_has_too_many_assets_is_rejected() {
        assertRefused(" ".repeat(ItemReader.MOST_BYTES + 1), "item-is-small", "");
        String deep = HEAD + "\"x\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertRefused(deep, "item-is-json", "");
        assertRefused(HEAD + "\"x\": " + "9".repeat(500_000) + "}", "item-is-json", "");
        StringBuilder many = new StringBuilder("'a': {'href': 'a.tif'}");
        for (int number = 0; number < 1000; number++) {
            many.append(", 'a").append(number).append("': {'href': 'a.tif'}");
        }
        assertThatThrownBy(() -> assets(many.toString())).hasMessageContaining("there are 1001, more than 1000");
    }

    @Test
    void an_error_quotes_the_item_on_one_line_and_shortened() {
        String key = "k\\n" + "x".repeat(1000);
        assertThatThrownBy(
                        () -> assets("'" + key + "': {'href': 'a\\nb" + "y".repeat(1000) + ".vrt', 'roles': ['data']}"))
                .isInstanceOfSatisfying(
                        ItemException.class,
                        bad -> assertThat(bad.getMessage()).hasSizeLessThan(600).doesNotContain("\n"));
    }

    @Test
    void a_relative_href_is_resolved_from_the_items_folder() {
        Item item = assets(
                "'a': {'href': './x/a.tif'}, 'b': {'href': '/data/b.tif'}, 'c': {'href': 'FILE:///data/c%20d.tif'}");
        assertThat(item.rasters())
                .extracting(asset -> Item.locate(asset, Path.of("/base")))
                .containsExactly(Path.of("/base/x/a.tif"), Path.of("/data/b.tif"), Path.of("/data/c d.tif"));
        for (String href : List.of("../a.tif", "/data/../a.tif", "x/../../a.tif", "file:///data/%2e%2e/a.tif")) {
            assertThatThrownBy(() -> Item.locate(
                            assets("'a': {'href': '" + href + "'}").assets().get(0), Path.of("/base")))
                    .isInstanceOfSatisfying(
                            ItemException.class, bad -> assertThat(bad.rule()).isEqualTo("href-goes-down"));
        }
        assertThatThrownBy(() -> Item.locate(
                        assets("'a': {'href': 'a\\u0000.tif'}").assets().get(0), Path.of("/base")))
                .hasMessageContaining("it is not a valid path");
    }

    /** {@code -Dseed} repeats a run. */
    @Test
    void a_damaged_item_is_read_or_rejected_and_never_fails_otherwise() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] good = (HEAD + """
                'properties': {'datetime': '2020-01-01', 'eo:bands': [{'name': 'x'}]},
                'assets': {'a': {'href': './a.tif', 'file:size': 12, 'roles': ['data'], 'eo:bands': [0],
                                 'raster:bands': [{'nodata': -1.5, 'scale': 1e-4, 'offset': 0}]},
                           'b': {'href': 'file:///b.tif', 'bands': [{'name': 'y', 'eo:common_name': 'red'}]}}}
                """).replace('\'', '"').getBytes(UTF_8);
        List<String> pieces =
                List.of("null", "NaN", "-1", "1e999", "[]", "{}", "\"\"", "\\u0000", "\u00e9", "[[", "..");
        int rejected = 0;
        for (int round = 0; round < 20_000; round++) {
            List<Byte> bytes = new ArrayList<>();
            for (byte one : good) {
                bytes.add(one);
            }
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(bytes.size());
                int length = Math.min(random.nextInt(12), bytes.size() - at);
                bytes.subList(at, at + length).clear();
                for (byte one : pieces.get(random.nextInt(pieces.size())).getBytes(UTF_8)) {
                    bytes.add(at, one);
                }
            }
            byte[] spoiled = new byte[bytes.size()];
            for (int index = 0; index < spoiled.length; index++) {
                spoiled[index] = bytes.get(index);
            }
            try {
                ItemReader.read(spoiled).rasters().forEach(asset -> Item.locate(asset, Path.of("/base")));
            } catch (ItemException bad) {
                rejected++;
            } catch (RuntimeException other) {
                throw new AssertionError("-Dseed=" + seed + ": " + new String(spoiled, UTF_8), other);
            }
        }
        assertThat(rejected).as("-Dseed=" + seed).isGreaterThan(10_000);
    }
}
