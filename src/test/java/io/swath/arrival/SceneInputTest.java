package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Recipe.BandChoices;
import io.swath.model.Recipe.BandSelector;
import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SceneInputTest {
    /** The SHA-256 of the text "red". */
    private static final String RED = "b1f51a511f1da0cd348b8f8598db32e61cb963e5fc69e2b41485bf99590ed75a";

    @TempDir
    Path folder;

    private Path station;
    private Roots roots;

    @BeforeEach
    void open() throws IOException {
        station = Files.createDirectories(folder.resolve("station"));
        roots = Roots.of(station);
        Files.writeString(station.resolve("red.tif"), "red");
        Files.writeString(station.resolve("nir.tif"), "near");
    }

    private static String item(String red, String nir) {
        return """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2/a scene",
                 "properties": {"datetime": "2022-10-05T11:54:11Z"},
                 "assets": {"B04": {%s, "bands": [{"name": "B04", "eo:common_name": "red"}]},
                            "B08": {%s, "bands": [{"name": "B08", "eo:common_name": "nir"}]},
                            "thumbnail": {"href": "https://example.org/t.jpg", "type": "image/jpeg"}}}
                """.formatted(red, nir);
    }

    private static String item() {
        return item("\"href\": \"./red.tif\"", "\"href\": \"nir.tif\"");
    }

    private SceneInput written(String item) throws IOException {
        return SceneInput.at(Files.writeString(station.resolve("a.json"), item), Optional.empty(), roots);
    }

    private SceneInput described(String item) {
        return SceneInput.described(item, station, roots);
    }

    private RejectedSceneException rejection(String item) {
        return catchThrowableOfType(
                RejectedSceneException.class, () -> written(item).check());
    }

    @Test
    @Timeout(30)
    void nobody_waits_for_a_pipe_whose_bands_are_to_be_counted() throws Exception {
        Files.delete(station.resolve("red.tif"));
        assertThat(new ProcessBuilder("mkfifo", station.resolve("red.tif").toString())
                        .start()
                        .waitFor())
                .isZero();
        NeededBands second =
                new NeededBands(Optional.of(List.of(new BandChoices(List.of(List.of(new BandSelector("", 2)))))));
        String item = """
                {"type": "Feature", "stac_version": "1.1.0", "id": "a", "properties": {},
                 "assets": {"red": {"href": "./red.tif"}, "nir": {"href": "./nir.tif"}}}
                """;
        SceneInput input =
                SceneInput.at(Files.writeString(station.resolve("a.json"), item), Optional.empty(), roots, second);
        assertThatThrownBy(() -> input.contentKey("ndvi")).hasMessageContaining("it is not a file");
    }

    @Test
    void a_geotiff_has_the_same_key_as_in_an_inbox() throws IOException {
        Path file = station.resolve("red.tif");
        SceneInput input = SceneInput.at(file, Optional.empty(), roots);
        assertThat(input.name()).isEqualTo("red.tif");
        assertThat(input.files()).containsExactly(file);
        assertThat(input.contentKey("ndvi")).isEqualTo(ContentKey.of("ndvi", file));
    }

    @Test
    void a_file_that_is_not_there_yet_is_missing_and_not_rejected() throws IOException {
        Path late = station.resolve("late.tif");
        SceneInput tiff = SceneInput.at(late, Optional.empty(), roots);
        tiff.check();
        assertThat(tiff.missing()).containsExactly(late);

        SceneInput unread = SceneInput.at(station.resolve("late.json"), Optional.empty(), roots);
        unread.check();
        assertThat(unread.name()).isEqualTo("late.json");
        assertThat(unread.missing()).containsExactly(station.resolve("late.json"));

        Files.delete(station.resolve("nir.tif"));
        SceneInput item = written(item());
        item.check();
        assertThat(item.missing()).containsExactly(station.resolve("nir.tif"));
        assertThatThrownBy(() -> item.contentKey("ndvi")).isInstanceOf(IOException.class);
    }

    @Test
    void a_file_that_is_still_shorter_than_its_item_says_is_missing() throws IOException {
        SceneInput item = written(item("\"href\": \"red.tif\", \"file:size\": 4", "\"href\": \"nir.tif\""));
        assertThat(item.missing()).containsExactly(station.resolve("red.tif"));
        Files.writeString(station.resolve("red.tif"), "redd");
        assertThat(item.missing()).isEmpty();
        Files.writeString(station.resolve("red.tif"), "reddd");
        assertThatThrownBy(() -> item.contentKey("ndvi"))
                .isInstanceOf(RejectedSceneException.class)
                .hasMessageContainingAll("size-is-right: assets.B04.file:size", "5 bytes instead of 4");
    }

    @Test
    void an_item_has_its_id_as_name_and_only_the_files_of_its_bands() throws IOException {
        SceneInput input = written(item());
        assertThat(input.name()).isEqualTo("S2/a scene");
        assertThat(input.files())
                .containsExactly(station.resolve("a.json"), station.resolve("red.tif"), station.resolve("nir.tif"));
        assertThat(described(item()).files()).hasSize(2);
    }

    @Test
    void hrefs_may_be_relative_or_absolute_or_file_addresses() throws IOException {
        Files.move(station.resolve("nir.tif"), station.resolve("n i r.tif"));
        String address = "file://" + station.toString() + "/n%20i%20r.tif";
        SceneInput input = written(item("\"href\": \"" + station + "/red.tif\"", "\"href\": \"" + address + "\""));
        input.check();
        assertThat(input.missing()).isEmpty();
        assertThat(input.files()).contains(station.resolve("red.tif"), station.resolve("n i r.tif"));
    }

    /** The key that Swath 0.1 makes of {@link #item()}: it must find the scenes that it accepted then. */
    private static final String KEY = "670a652b338c2d7b01050d172f4826e9612ffb49db33c6b67cfc760c053f3f32";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "eo:cloud_cover": 12.5 | "eo:cloud_cover": 2.5
            "platform": "sentinel-2a" | "platform": "sentinel-2b"
            "instruments": ["msi"] | "instruments": ["oli"]
            "proj:code": "EPSG:32633" | "proj:code": "EPSG:32634"
            "proj:transform": [10, 0, 500000, 0, -10, 4000000] | "proj:transform": [10, 0, 500010, 0, -10, 4000000]
            """)
    void the_key_depends_on_what_planning_reads_of_the_item(String wrong, String right, @TempDir Path place)
            throws IOException {
        assertThat(written(item()).contentKey("ndvi")).isEqualTo(KEY);
        SceneInput input = written(item().replace("\"datetime\"", wrong + ", \"datetime\""));
        String key = input.contentKey("ndvi");
        assertThat(key).isNotEqualTo(KEY);
        assertThat(written(item().replace("\"datetime\"", right + ", \"datetime\""))
                        .contentKey("ndvi"))
                .isNotIn(key, KEY);
        assertThat(input.stageInto(place, "x", StagingMode.COPY).contentKey("ndvi"))
                .isEqualTo(key);
        assertThat(input.hasKey("ndvi", key)).isTrue();
        assertThat(input.hasKey("ndvi", KEY)).as("accepted by Swath 0.1").isTrue();
        Files.writeString(station.resolve("nir.tif"), "far");
        assertThat(input.hasKey("ndvi", key) || input.hasKey("ndvi", KEY)).isFalse();
    }

    @Test
    void the_key_depends_on_recipe_bands_and_content_and_not_on_the_place() throws IOException {
        String key = written(item()).contentKey("ndvi");
        assertThat(described(item()).contentKey("ndvi")).isEqualTo(key);
        Path elsewhere = Files.createDirectory(station.resolve("elsewhere"));
        Files.copy(station.resolve("red.tif"), elsewhere.resolve("x.tif"));
        SceneInput moved = described(
                item("\"href\": \"elsewhere/x.tif\"", "\"href\": \"nir.tif\"").replace("S2/a scene", "another id"));
        assertThat(moved.contentKey("ndvi")).isEqualTo(key);

        assertThat(written(item()).contentKey("texture")).isNotEqualTo(key);
        assertThat(described(item().replace("\"red\"", "\"green\"")).contentKey("ndvi"))
                .isNotEqualTo(key);
        assertThat(described(item().replace("\"nir\"}", "\"nir\", \"nodata\": 0}"))
                        .contentKey("ndvi"))
                .isNotEqualTo(key);
        Files.writeString(station.resolve("nir.tif"), "far");
        assertThat(described(item()).contentKey("ndvi")).isNotEqualTo(key);
    }

    @Test
    void a_wrong_checksum_is_rejected_with_its_field() throws IOException {
        String right = item("\"href\": \"red.tif\", \"file:checksum\": \"1220" + RED + "\"", "\"href\": \"nir.tif\"");
        assertThat(written(right).contentKey("ndvi")).isEqualTo(written(item()).contentKey("ndvi"));
        Files.writeString(station.resolve("red.tif"), "rad");
        assertThatThrownBy(() -> written(right).contentKey("ndvi"))
                .isInstanceOf(RejectedSceneException.class)
                .hasMessageContainingAll("checksum-is-right: assets.B04.file:checksum", RED);

        Path file = station.resolve("red.tif");
        assertThatThrownBy(() -> SceneInput.at(file, Optional.of(RED), roots).contentKey("ndvi"))
                .hasMessageContaining("checksum-is-right: sha256");
        Files.writeString(file, "red");
        SceneInput.at(file, Optional.of(RED.toUpperCase(java.util.Locale.ROOT)), roots)
                .contentKey("ndvi");
        assertThatThrownBy(() -> SceneInput.at(file, Optional.of("no"), roots))
                .hasMessageContaining("checksum-can-be-checked: sha256");
        Path json = Files.writeString(station.resolve("a.json"), right);
        assertThatThrownBy(() -> SceneInput.at(json, Optional.of(RED), roots))
                .hasMessageContaining("checksum-is-right: sha256");
    }

    @ParameterizedTest
    @CsvSource({
        "SHA-512, 1340, true",
        "SHA3-256, 1620, true",
        "MD5, d50110, true",
        "SHA-256, 1240, false",
        "SHA-256, '', false"
    })
    void other_kinds_of_checksum_are_checked_or_rejected(String algorithm, String start, boolean known)
            throws Exception {
        String hex = java.util.HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance(algorithm)
                        .digest("red".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        String item =
                item("\"href\": \"red.tif\", \"file:checksum\": \"" + start + hex + "\"", "\"href\": \"nir.tif\"");
        if (known) {
            assertThat(written(item).contentKey("ndvi")).hasSize(64);
            Files.writeString(station.resolve("red.tif"), "rad");
            assertThatThrownBy(() -> written(item).contentKey("ndvi")).hasMessageContaining("checksum-is-right");
        } else {
            assertThat(rejection(item).rule()).isEqualTo("checksum-can-be-checked");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/vsicurl/http://127.0.0.1/red.tif",
                "/vsizip//tmp/a.zip/red.tif",
                "ftp:red.tif",
                "//example.org/red.tif",
                "file://example.org/red.tif",
                "file:///tmp/a b.tif",
                "data:image/tiff;base64,.tif",
            })
    void an_href_that_is_an_address_is_rejected_with_its_field(String href) {
        RejectedSceneException rejected = rejection(item("\"href\": \"" + href + "\"", "\"href\": \"nir.tif\""));
        assertThat(rejected.rule()).isEqualTo("href-is-a-file");
        assertThat(rejected.field()).isEqualTo("assets.B04.href");
        assertThat(rejected.remedy()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.org/x/red%20one.tif?sig=a%2Fb#c, red one.tif",
        "s3://bucket/a/b/red.tif, red.tif",
        "HTTPS://example.org/red.TIF, red.TIF",
        "./red%20one.tif, red one.tif",
        "red%20one.tif, red%20one.tif",
        "r%C3%A9d.tif, r\u00e9d.tif",
        "r\u00e9d.tif, re\u0301d.tif",
        "red.tif?version=2, red.tif",
        "50%.tif, 50%.tif",
        "sub%2Fdir/red.tif, sub/dir/red.tif"
    })
    void an_href_is_read_as_a_path_first_and_then_as_a_uri_reference(String href, String name) throws IOException {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "this locale has no such names");
        Files.delete(station.resolve("red.tif"));
        Path file = station.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "red");
        SceneInput input = written(item("\"href\": \"" + href + "\"", "\"href\": \"nir.tif\""));
        input.check();
        assertThat(input.missing()).isEmpty();
        assertThat(input.files()).contains(file);
    }

    @Test
    void an_encoded_href_leads_no_further_than_a_plain_one() throws IOException {
        assertThat(rejection(item("\"href\": \"%2e%2e/secret.tif\"", "\"href\": \"nir.tif\""))
                        .rule())
                .isEqualTo("href-goes-down");
        assertThat(rejection(item("\"href\": \"%2Fetc%2Fred.tif\"", "\"href\": \"nir.tif\""))
                        .rule())
                .isEqualTo("files-are-below-the-roots");
        assertThat(written(item("\"href\": \"https://h/..%2f..%2fsecret.tif\"", "\"href\": \"nir.tif\""))
                        .missing())
                .containsExactly(station.resolve("..%2f..%2fsecret.tif"));
    }

    private static final NeededBands NDVI = new NeededBands(Optional.of(
            List.of(new BandChoices(List.of(List.of(new BandSelector("red", 0), new BandSelector("nir", 0)))))));

    private SceneInput needed(NeededBands bands, String blue) throws IOException {
        String item = item().replace(
                        "\"assets\": {",
                        "\"assets\": {\"B02\": {" + blue + ", \"bands\": [{\"eo:common_name\": \"blue\"}]}, ");
        return SceneInput.at(Files.writeString(station.resolve("a.json"), item), Optional.empty(), roots, bands);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"href\": \"./blue.tif\"",
                "\"href\": \"https://example.org/blue.tif\", \"type\": \"image/tiff\"",
                "\"href\": \"../blue.tif\"",
                "\"href\": \"/elsewhere/blue.tif\"",
                "\"href\": \"nir.tif\", \"file:size\": 1000"
            })
    void only_the_files_that_the_recipe_reads_must_be_there(String blue) throws IOException {
        SceneInput input = needed(NDVI, blue);
        input.check();
        assertThat(input.missing()).isEmpty();
        assertThat(input.files()).hasSize(3);
        Path place = Files.createDirectory(folder.resolve("place"));
        SceneInput staged = input.stageInto(place, "id", StagingMode.COPY);
        assertThat(place.toFile().list()).containsExactlyInAnyOrder("item.json", "red.tif", "nir.tif");
        assertThat(staged.contentKey("ndvi")).isEqualTo(input.contentKey("ndvi"));
        assertThat(SceneInput.at(place.resolve("item.json"), Optional.empty(), Roots.of(place), NeededBands.NONE)
                        .contentKey("ndvi"))
                .isEqualTo(input.contentKey("ndvi"));
        assertThat(new ObjectMapper()
                        .readTree(place.resolve("item.json").toFile())
                        .path("assets")
                        .fieldNames())
                .toIterable()
                .containsExactly("B02", "B04", "B08"); // the order numbers the bands
    }

    @Test
    void of_several_lists_of_bands_only_the_files_of_the_first_that_the_item_has_must_be_there() throws IOException {
        BandChoices choices = new BandChoices(List.of(
                List.of(new BandSelector("scl", 0)),
                List.of(new BandSelector("red", 0), new BandSelector("nir", 0)),
                List.of(new BandSelector("blue", 0))));
        NeededBands some = new NeededBands(Optional.of(List.of(choices)));
        assertThat(needed(some, "\"href\": \"blue.tif\"").missing()).isEmpty();
        BandChoices blue = new BandChoices(List.of(List.of(new BandSelector("blue", 0))));
        NeededBands both = new NeededBands(Optional.of(List.of(choices, blue)));
        assertThat(needed(both, "\"href\": \"blue.tif\"").missing()).containsExactly(station.resolve("blue.tif"));
        BandChoices none = new BandChoices(List.of(List.of(new BandSelector("swir16", 0))));
        NeededBands misfit = new NeededBands(Optional.of(List.of(choices, none)));
        assertThat(needed(misfit, "\"href\": \"blue.tif\"").missing())
                .as("a recipe that does not fit delays no other")
                .isEmpty();
    }

    @Test
    void a_file_that_the_recipe_does_not_read_is_taken_along_where_it_is_there() throws IOException {
        Files.writeString(station.resolve("blue.tif"), "blue");
        SceneInput input = needed(NDVI, "\"href\": \"blue.tif\"");
        assertThat(input.files()).contains(station.resolve("blue.tif"));
        assertThat(input.contentKey("ndvi"))
                .isEqualTo(needed(NeededBands.ALL, "\"href\": \"blue.tif\"").contentKey("ndvi"));
    }

    @Test
    void a_band_that_is_numbered_needs_the_files_whose_bands_must_be_counted() throws IOException {
        NeededBands third =
                new NeededBands(Optional.of(List.of(new BandChoices(List.of(List.of(new BandSelector("", 3)))))));
        assertThat(needed(third, "\"href\": \"blue.tif\"").missing()).isEmpty();
        assertThat(needed(third, "\"href\": \"blue.tif\", \"x\": [1]").missing())
                .isEmpty();
        String uncounted = item().replaceAll(", \"bands\": \\[\\{\"name\": \"B04\"[^]]*\\]", "");
        Files.delete(station.resolve("red.tif"));
        SceneInput input =
                SceneInput.at(Files.writeString(station.resolve("a.json"), uncounted), Optional.empty(), roots, third);
        assertThat(input.missing()).containsExactly(station.resolve("red.tif"));
    }

    @Test
    void a_geotiff_whose_header_says_that_more_must_come_is_missing() throws IOException {
        Files.write(station.resolve("red.tif"), new byte[] {'I', 'I', 42, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        SceneInput input = written(item());
        assertThat(input.missing()).containsExactly(station.resolve("red.tif"));
        assertThat(IncompleteFiles.shown(input.missing(), station))
                .isEqualTo("red.tif (its header says that it has at least 258 bytes, and it has 18)");
    }

    @Test
    void companions_of_a_band_go_with_it_and_are_part_of_the_key() throws IOException {
        String alone = written(item()).contentKey("ndvi");
        Files.writeString(station.resolve("red.tfw"), "1 0 0 -1 5 5");
        SceneInput input = written(item());
        assertThat(input.contentKey("ndvi")).isNotEqualTo(alone);
        Path place = Files.createDirectory(folder.resolve("place"));
        SceneInput staged = input.stageInto(place, "id", StagingMode.COPY);
        assertThat(place.resolve("red.tfw")).hasContent("1 0 0 -1 5 5");
        assertThat(staged.contentKey("ndvi")).isEqualTo(input.contentKey("ndvi"));
        Files.delete(station.resolve("red.tfw"));
        Files.createSymbolicLink(station.resolve("red.tfw"), Path.of("/etc/passwd"));
        assertThat(rejection(item()).rule()).isEqualTo("files-are-below-the-roots");
    }

    @Test
    void a_path_that_leads_out_of_the_roots_is_rejected() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.tif"), "x");
        assertThat(rejection(item("\"href\": \"../secret.tif\"", "\"href\": \"nir.tif\""))
                        .rule())
                .isEqualTo("href-goes-down");
        assertThat(rejection(item("\"href\": \"" + secret + "\"", "\"href\": \"nir.tif\""))
                        .rule())
                .isEqualTo("files-are-below-the-roots");
        Files.createSymbolicLink(station.resolve("link.tif"), secret);
        Files.createSymbolicLink(station.resolve("out"), folder);
        for (String href : new String[] {"link.tif", "out/secret.tif", "out/not-there-yet.tif"}) {
            RejectedSceneException rejected = rejection(item("\"href\": \"red.tif\"", "\"href\": \"" + href + "\""));
            assertThat(rejected.rule()).isEqualTo("files-are-below-the-roots");
            assertThat(rejected.field()).isEqualTo("assets.B08.href");
        }
        Path outside = Files.writeString(folder.resolve("a.json"), item());
        assertThatThrownBy(() -> SceneInput.at(outside, Optional.empty(), roots))
                .hasMessageContaining("files-are-below-the-roots: path");
        assertThatThrownBy(() -> SceneInput.at(secret, Optional.empty(), roots).contentKey("ndvi"))
                .hasMessageContaining("files-are-below-the-roots: path");
    }

    @Test
    void a_link_that_stays_inside_is_followed() throws IOException {
        Files.createSymbolicLink(station.resolve("link.tif"), station.resolve("red.tif"));
        SceneInput input = written(item("\"href\": \"link.tif\"", "\"href\": \"nir.tif\""));
        assertThat(input.contentKey("ndvi")).isEqualTo(written(item()).contentKey("ndvi"));
        SceneInput staged = input.stageInto(Files.createDirectory(folder.resolve("place")), "id", StagingMode.LINK);
        assertThat(staged.files()).allMatch(Files::isRegularFile).noneMatch(Files::isSymbolicLink);
    }

    @Test
    void a_staged_scene_has_an_item_of_its_own_and_the_same_key() throws IOException {
        Path deep = Files.createDirectories(station.resolve("x"));
        Files.writeString(deep.resolve("red.tif"), "near");
        Path place = Files.createDirectory(folder.resolve("place"));
        SceneInput input = written(item("\"href\": \"red.tif\"", "\"href\": \"x/red.tif\""));
        SceneInput staged = input.stageInto(place, "id", StagingMode.COPY);

        assertThat(staged.contentKey("ndvi")).isEqualTo(input.contentKey("ndvi"));
        assertThat(place.toFile().list()).containsExactlyInAnyOrder("item.json", "red.tif", "2-red.tif");
        JsonNode json = new ObjectMapper().readTree(place.resolve("item.json").toFile());
        assertThat(json.at("/assets/B04/href").asText()).isEqualTo("./red.tif");
        assertThat(json.at("/assets/B08/href").asText()).isEqualTo("./2-red.tif");
        assertThat(json.at("/assets/thumbnail").isMissingNode()).isTrue();
        assertThat(json.at("/id").asText()).isEqualTo("S2/a scene");
        assertThat(station.resolve("red.tif")).hasContent("red");
        for (Path file : staged.files()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-r-----");
        }
    }

    @Test
    void the_ends_of_names_which_say_what_the_files_are_stay_in_a_staged_scene() throws IOException {
        String longest = "L".repeat(120);
        Path second = Files.createDirectories(station.resolve("x"));
        Files.writeString(station.resolve(longest + "_B4.tif"), "red");
        Files.writeString(second.resolve(longest + "_B4.tif"), "red of another scene");
        Files.writeString(station.resolve(longest + "_MTL.txt"), "metadata");
        Files.writeString(second.resolve(longest + "_MTL.txt"), "other metadata");
        String item = """
                {"type": "Feature", "stac_version": "1.1.0", "id": "L8", "properties": {}, "assets": {
                 "red": {"href": "./N_B4.tif"}, "other": {"href": "./x/N_B4.tif"},
                 "MTL": {"href": "./N_MTL.txt"}, "second": {"href": "./x/N_MTL.txt"}}}
                """.replace("N_", longest + "_");
        Path place = Files.createDirectory(folder.resolve("place"));
        SceneInput input = written(item);
        SceneInput staged = input.stageInto(place, "id", StagingMode.COPY);
        assertThat(staged.contentKey("ndvi")).isEqualTo(input.contentKey("ndvi"));
        String kept = "L".repeat(59) + "-" + "L".repeat(37) + "_B4.tif";
        String metadata = "L".repeat(59) + "-" + "L".repeat(36) + "_MTL.txt";
        assertThat(place.toFile().list())
                .containsExactlyInAnyOrder("item.json", kept, "2-" + kept, metadata, "2-" + metadata);
    }

    @Test
    void a_file_with_two_assets_is_staged_once() throws IOException {
        Path place = Files.createDirectory(folder.resolve("place"));
        SceneInput staged = written(item("\"href\": \"red.tif\"", "\"href\": \"./red.tif\""))
                .stageInto(place, "id", StagingMode.COPY);
        assertThat(staged.files()).containsExactly(place.resolve("item.json"), place.resolve("red.tif"));
    }

    @Test
    void a_file_is_linked_when_the_group_may_read_it_and_copied_otherwise() throws IOException {
        Path place = Files.createDirectory(folder.resolve("place"));
        Path file = station.resolve("red.tif");
        SceneInput input = SceneInput.at(file, Optional.empty(), roots);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        input.stageInto(place, "id", StagingMode.LINK);
        assertThat(Files.isSameFile(file, place.resolve("id.tif"))).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place.resolve("id.tif"))))
                .isEqualTo("rw-r-----");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        input.stageInto(place, "id", StagingMode.LINK);
        assertThat(Files.isSameFile(file, place.resolve("id.tif"))).isTrue();

        input.stageInto(place, "id", StagingMode.COPY);
        assertThat(Files.isSameFile(file, place.resolve("id.tif"))).isFalse();
        assertThat(file).hasContent("red");
    }

    @Test
    void an_item_or_an_asset_that_is_a_folder_is_rejected() throws IOException {
        Path odd = Files.createDirectory(station.resolve("odd.json"));
        assertThatThrownBy(() -> SceneInput.at(odd, Optional.empty(), roots))
                .hasMessageContaining("scene-is-made-of-files: path");
        Files.createDirectory(station.resolve("odd.tif"));
        RejectedSceneException rejected = rejection(item("\"href\": \"odd.tif\"", "\"href\": \"nir.tif\""));
        assertThat(rejected.rule() + " " + rejected.field()).isEqualTo("scene-is-made-of-files assets.B04.href");
        Path text = Files.writeString(station.resolve("a.txt"), "x");
        assertThatThrownBy(() -> SceneInput.at(text, Optional.empty(), roots).check())
                .hasMessageContaining("name-says-what-it-is: path");
    }
}
