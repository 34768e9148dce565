package io.swath.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Assemble;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Recipe.MapClass;
import io.swath.model.Recipe.Output;
import io.swath.model.Recipe.Step;
import io.swath.model.TileSize;
import io.swath.model.TilesPerTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeBookTest {
    private static final String GOOD = """
            description: Normalised difference vegetation index
            accepts: { bands: [red, NIR] }
            tile: { size: 2048, overlap: 16, skip-empty: false }
            steps:
              - name: ndvi
                run: ndvi.sh
                device: cpu
                request: { cpus: 2, memory: 600M, time: 2m }
              - name: net
                run: bin/net.py
                gpu: 0.25
            output: { type: Int16, nodata: -32768, bands: 1 }
            assemble: { format: COG, preview: false, compress: zstd, resampling: NEAREST }
            retries: 5
            """;

    @TempDir
    Path folder;

    private RecipeBook book;

    @BeforeEach
    void writeOne() throws IOException {
        write("ndvi", GOOD);
        book = new RecipeBook(folder);
    }

    private void write(String name, String yaml) throws IOException {
        Path recipe = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(recipe.resolve("bin"));
        Files.writeString(recipe.resolve("recipe.yaml"), yaml);
        for (String script : List.of("ndvi.sh", "bin/net.py")) {
            Files.writeString(recipe.resolve(script), "#!/bin/sh\n");
            Files.setPosixFilePermissions(recipe.resolve(script), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.writeString(recipe.resolve("plain.sh"), "#!/bin/sh\n");
    }

    private String hash() {
        return book.find("ndvi").orElseThrow().hash();
    }

    @Test
    void reads_every_field() {
        Recipe recipe = book.find("ndvi").orElseThrow();
        assertThat(recipe.bands()).containsExactly(new BandSelector("red", 0), new BandSelector("nir", 0));
        assertThat(List.of(recipe.tiling().size().most(), recipe.tiling().overlap(), recipe.retries()))
                .containsExactly(2048, 16, 5);
        assertThat(recipe.tiling().skipEmpty()).isFalse();
        assertThat(recipe.steps())
                .containsExactly(
                        new Step("ndvi", "ndvi.sh", Device.CPU, 2, 600, Duration.ofMinutes(2), 0),
                        new Step("net", "bin/net.py", Device.GPU, 1, 1024, Duration.ofMinutes(10), 0.25));
        assertThat(recipe.output()).contains(new Output("Int16", -32768, 1));
        assertThat(recipe.assemble()).isEqualTo(new Assemble(false, "ZSTD", "NEAREST"));
        assertThat(recipe.folder()).isEqualTo(folder.resolve("ndvi"));
    }

    @ParameterizedTest
    @CsvSource({"device: cpu, 0", "device: gpu, 1", "device: any, 0", "'device: any, gpu: 0.5', 0.5", "'gpus: 2', 2"})
    void a_step_gets_a_gpu_only_when_it_asks_for_one(String fields, double gpu) throws IOException {
        write("least", "accepts: { bands: [3] }\nsteps: [ { name: a, run: ndvi.sh, " + fields + " } ]\n");
        assertThat(book.find("least").orElseThrow().steps().get(0).gpu()).isEqualTo(gpu);
    }

    @Test
    void a_recipe_may_ask_for_kinds_sensors_and_clouds() throws IOException {
        write("asking", """
                accepts: { bands: [3], kinds: [landsat, geotiff], sensors: [Landsat-8], max-cloud: 20 }
                steps: [ { name: a, run: ndvi.sh } ]
                """);
        assertThat(book.find("asking").orElseThrow().accepts())
                .isEqualTo(new Recipe.Accepts(
                        List.of("landsat", "geotiff"), List.of("landsat-8"), OptionalDouble.of(20), false));
    }

    @Test
    void a_recipe_may_have_a_preparation_without_a_name_of_its_own() throws IOException {
        write("prepared", """
                accepts: { bands: [3] }
                prepare: { run: ndvi.sh, request: { memory: 2G } }
                steps: [ { name: a, run: ndvi.sh } ]
                """);
        Recipe recipe = book.find("prepared").orElseThrow();
        assertThat(recipe.prepare())
                .contains(new Step("prepare", "ndvi.sh", Device.CPU, 1, 2048, Duration.ofMinutes(10), 0));
        assertThat(recipe.step(-2)).isEqualTo(recipe.prepare().orElseThrow());
        assertThat(book.find("ndvi").orElseThrow().prepare()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prepare: { run: ndvi.sh }\nsteps: [ { name: prepare, run: ndvi.sh } ]|steps[0].name|prepare",
                "prepare: { name: a, run: ndvi.sh }\nsteps: [ { name: a, run: ndvi.sh } ]|name|field",
                "prepare: { run: gone.sh }\nsteps: [ { name: a, run: ndvi.sh } ]|prepare.run|there is no file"
            })
    void an_invalid_preparation_is_rejected_with_its_field(String given) throws IOException {
        String[] parts = given.split("\\|");
        write("wrong", "accepts: { bands: [3] }\n" + parts[0] + "\n");
        assertThatThrownBy(() -> book.find("wrong"))
                .hasMessageContaining(parts[1])
                .hasMessageContaining(parts[2]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ size: 512 } | 512 | 512",
                "{ size: auto } | 1024 | 4096",
                "{ size: auto, max: 900 } | 900 | 900",
                "{ size: auto, min: 300, max: 8192, overlap: 300 } | 300 | 8192"
            })
    void a_recipe_leaves_the_size_of_tiles_to_swath(String tile, int least, int most) throws IOException {
        write("sized", "accepts: { bands: [3, 1] }\ntile: " + tile + "\nsteps: [ { name: a, run: ndvi.sh } ]\n");
        assertThat(book.find("sized").orElseThrow().tiling().size()).isEqualTo(new TileSize(least, most));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{ size: 512, per-task: 1 } | 1", "{ per-task: 12 } | 12", "{ per-task: auto } |"})
    void a_recipe_says_how_many_tiles_a_task_makes_or_leaves_it_to_swath(String tile, Integer number)
            throws IOException {
        write("packed", "accepts: { bands: [3, 1] }\ntile: " + tile + "\nsteps: [ { name: a, run: ndvi.sh } ]\n");
        assertThat(book.find("packed").orElseThrow().tiling().perTask())
                .contains(number == null ? TilesPerTask.AUTO : TilesPerTask.of(number));
    }

    @Test
    void a_minimal_recipe_has_defaults() throws IOException {
        write("least", "accepts: { bands: [3, 1] }\nsteps: [ { name: a, run: ndvi.sh } ]\n");
        Recipe recipe = book.find("least").orElseThrow();
        assertThat(recipe.bands()).extracting(BandSelector::number).containsExactly(3, 1);
        assertThat(recipe.tiling().size()).isEqualTo(TileSize.of(4096));
        assertThat(recipe.tiling().skipEmpty()).isTrue();
        assertThat(recipe.retries()).isEqualTo(3);
        assertThat(recipe.output()).isEmpty();
        assertThat(recipe.assemble()).isEqualTo(new Assemble(true, "DEFLATE", "AVERAGE"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // what to change | into | the field | the rule
                "retries: 5         | retires: 5         | retires                  | not known",
                "retries: 5         | retries: many      | retries                  | whole number from 0 to 100",
                "overlap: 16        | per-task: 0        | tile.per-task            | whole number from 1 to 1000",
                "overlap: 16        | per-task: many     | tile.per-task            | not known",
                "overlap: 16        | overlap: 4096      | tile.overlap             | whole number from 0 to 2048",
                "600M               | 600                | steps[0].request.memory  | with its unit",
                "600M               | 0M                 | steps[0].request.memory  | 1M to 16T",
                "time: 2m           | time: 120          | steps[0].request.time    | with its unit",
                "time: 2m           | time: soon         | steps[0].request.time    | 1s to 30d",
                "cpus: 2            | cpu: 2             | steps[0].request.cpu     | not known",
                "ndvi.sh            | gone.sh            | steps[0].run             | there is no file",
                "ndvi.sh            | plain.sh           | steps[0].run             | is not executable",
                "ndvi.sh            | ../ndvi/ndvi.sh    | steps[0].run             | not the name of a file",
                "ndvi.sh            | 'ndvi.sh --fast'   | steps[0].run             | not the name of a file",
                "name: net          | name: ndvi         | steps[1].name            | two steps are named",
                "name: net          | name: My Net       | steps[1].name            | 1 to 32 of the characters",
                "name: net          | name: ortho        | steps[1].name            | puts the tiles onto a map",
                "retries: 5         | ortho: { resampling: MODE } | ortho.resampling | not known",
                "gpu: 0.25          | gpu: 2             | steps[1].gpu             | at most 1",
                "device: cpu        | gpus: 2            |                          |",
                "device: cpu        | {gpus: 2}          |                          | not valid YAML",
                "device: cpu        | device: tpu        | steps[0].device          | not known",
                "gpu: 0.25          | gpus: 0            | steps[1].gpus            | from 1 to 64",
                "[red, NIR]         | [red, Red]         | accepts.bands            | listed twice",
                "[red, NIR] }       | [red], kinds: [x] } | accepts.kinds           | x is no kind of scene",
                "[red, NIR] }       | [red], kinds: [] } | accepts.kinds            | something in it",
                "[red, NIR] }       | [red], sensors: [7] } | accepts.sensors       | 7 is no name",
                "[red, NIR] }       | [red], max-cloud: 101 } | accepts.max-cloud   | it is 101.0",
                "[red, NIR]         | [[red], nir]       | accepts.bands            | no list of 1 to 1000 bands",
                "[red, NIR]         | [[red], []]        | accepts.bands            | no list of 1 to 1000 bands",
                "[red, NIR]         | [[red], [Red]]     | accepts.bands            | there twice",
                "[red, NIR]         | [[red, red]]       | accepts.bands            | listed twice",
                "[red, NIR]         | []                 | accepts.bands            | something in it",
                "[red, NIR]         | [0]                | accepts.bands            | neither a band's name",
                "type: Int16        | type: int          | output.type              | not a type of pixel",
                "nodata: -32768     | nodata: -40000     | output.nodata            | no value of Int16",
                "compress: zstd     | compress: jpeg     | assemble.compress        | not known",
                "format: COG        | format: PNG        | assemble.format          | not known",
                "retries: 5         | description: twice |                          | not valid YAML",
                "retries: 5         | model: { file: ../x.onnx, sha256: a } | model.file | it is",
                "retries: 5         | model: { file: plain.sh, sha256: ab } | model.sha256 | it is",
                "retries: 5         | model: { file: plain.sh }             | model.sha256 | missing",
                "bands: 1 }         | bands: 1, classes: [{value: 1, name: a}] } | output.classes | Byte",
            })
    void an_invalid_recipe_is_rejected_with_field_rule_and_remedy(String part, String wrong, String field, String rule)
            throws IOException {
        write("ndvi", GOOD.replace(part, wrong));
        if (rule == null) {
            assertThat(book.find("ndvi").orElseThrow().steps().get(0).gpu()).isEqualTo(2);
            return;
        }
        assertThatThrownBy(() -> book.find("ndvi")).isInstanceOfSatisfying(RecipeException.class, problem -> {
            assertThat(problem.rule()).contains(rule);
            assertThat(problem.field()).startsWith(field == null ? "" : field);
            assertThat(problem.remedy()).isNotBlank();
            assertThat(problem).hasMessageContaining("recipe.yaml").hasMessageContaining(problem.remedy());
        });
    }

    @Test
    void scenes_are_put_onto_a_map_with_the_resampling_of_the_recipe_or_cubic() throws IOException {
        write("ndvi", GOOD);
        assertThat(book.find("ndvi").orElseThrow().ortho().resampling()).isEqualTo("CUBIC");
        write(
                "flags",
                "accepts: { bands: [1] }\nsteps: [ { name: a, run: ndvi.sh } ]\northo: { resampling: nearest }\n");
        assertThat(book.find("flags").orElseThrow().ortho().resampling()).isEqualTo("NEAREST");
    }

    @Test
    void bands_are_named_in_any_script() throws IOException {
        write("colours", "accepts: { bands: [红, nir_红外, Ближний ИК] }\nsteps: [ { name: a, run: ndvi.sh } ]\n");
        assertThat(book.find("colours").orElseThrow().bands())
                .extracting(BandSelector::name)
                .containsExactly("红", "nir_红外", "ближний ик");
    }

    @Test
    void bands_may_be_lists_of_which_a_scene_needs_one() throws IOException {
        write("clouds", "accepts: { bands: [[SCL], [blue, 3]] }\nsteps: [ { name: a, run: ndvi.sh } ]\n");
        Recipe recipe = book.find("clouds").orElseThrow();
        assertThat(recipe.bands()).containsExactly(new BandSelector("scl", 0));
        assertThat(recipe.bandChoices()).hasToString("scl; or blue, 3");
    }

    @Test
    void a_missing_recipe_is_empty_and_a_name_cannot_leave_the_folder() {
        assertThat(book.find("none")).isEmpty();
        assertThat(book.find("../ndvi")).isEmpty();
        assertThat(book.find("")).isEmpty();
    }

    @Test
    void an_invalid_recipe_does_not_affect_other_recipes() throws IOException {
        write("broken", "steps: 1");
        write("Bad Name", GOOD);
        Files.createDirectories(folder.resolve("empty"));
        assertThat(book.all()).extracting(Recipe::name).containsExactly("ndvi");
        assertThat(book.present().broken().values())
                .extracting(problem -> problem.file().toString())
                .satisfiesExactly(
                        name -> assertThat(name).endsWith("Bad Name"),
                        name -> assertThat(name).endsWith("broken/recipe.yaml"),
                        name -> assertThat(name).endsWith("empty/recipe.yaml"));
    }

    @Test
    void a_change_is_read_without_a_restart() throws IOException {
        String before = hash();
        assertThat(hash()).isEqualTo(before);
        Files.writeString(folder.resolve("ndvi/recipe.yaml"), GOOD.replace("retries: 5", "retries: 7"));
        assertThat(book.find("ndvi").orElseThrow().retries()).isEqualTo(7);
        assertThat(hash()).isNotEqualTo(before);
    }

    @Test
    void the_hash_depends_on_content_names_and_the_executable_bit() throws IOException {
        String before = hash();
        Path script = folder.resolve("ndvi/plain.sh");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        String executable = hash();
        assertThat(executable).isNotEqualTo(before);
        Files.move(script, script.resolveSibling("other.sh"));
        assertThat(hash()).isNotEqualTo(executable);
        Files.move(script.resolveSibling("other.sh"), script);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(hash()).isEqualTo(before).matches("[0-9a-f]{64}");
    }

    @Test
    void temporary_files_of_editors_and_python_do_not_change_the_hash() throws IOException {
        String before = hash();
        Files.writeString(folder.resolve("ndvi/.ndvi.sh.swp"), "x");
        Files.writeString(folder.resolve("ndvi/ndvi.sh~"), "x");
        Files.createDirectories(folder.resolve("ndvi/__pycache__"));
        Files.writeString(folder.resolve("ndvi/__pycache__/net.pyc"), "x");
        assertThat(hash()).isEqualTo(before);
    }

    private static final String CLASSES = """
            accepts: { bands: [red] }
            steps: [ { name: a, run: ndvi.sh } ]
            output:
              type: Byte
              nodata: 255
              classes: [{ value: 0, name: water, color: "419BDF" }, { value: 7, name: 林地 }]
            assemble: { resampling: MODE, polygons: true }
            """;

    private String withModel(String file, String content) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
        return CLASSES + "model: { file: " + file + ", sha256: "
                + HexFormat.of().withUpperCase().formatHex(digest) + ", margin: 24 }\n";
    }

    @Test
    void a_map_of_classes_has_values_names_and_colours() throws IOException {
        write("cover", CLASSES);
        Recipe recipe = book.find("cover").orElseThrow();
        assertThat(recipe.output().orElseThrow().classes())
                .containsExactly(new MapClass(0, "water", "419bdf"), new MapClass(7, "林地", ""));
        assertThat(recipe.assemble().polygons()).isTrue();
        write("cover", CLASSES.replace("value: 7", "value: 0"));
        assertThatThrownBy(() -> book.find("cover")).hasMessageContaining("two classes have the value 0");
        write("cover", CLASSES.replace("value: 7", "value: 255"));
        assertThatThrownBy(() -> book.find("cover")).hasMessageContaining("255 is output.nodata too");
        write("cover", CLASSES.replaceAll("  classes.*\n", "").replace("Byte", "Float32"));
        assertThatThrownBy(() -> book.find("cover"))
                .hasMessageContaining("assemble.polygons: polygons are made of one band of whole numbers");
    }

    @Test
    void a_recipe_without_its_model_waits_for_it_and_is_not_broken() throws Exception {
        Path elsewhere = folder.resolveSibling(folder.getFileName() + "-model.onnx");
        write("cover", withModel(elsewhere.toString(), "network"));
        assertThatThrownBy(() -> book.find("cover"))
                .isInstanceOf(MissingModelException.class)
                .hasMessageContaining("there is no file " + elsewhere)
                .hasMessageContaining("docs/recipes.md");
        assertThat(book.present().broken()).isEmpty();
        assertThat(book.present().withoutModel()).containsOnlyKeys("cover");
        assertThat(book.all()).extracting(Recipe::name).containsExactly("ndvi");

        Files.writeString(elsewhere, "network");
        Recipe recipe = book.find("cover").orElseThrow();
        assertThat(recipe.model().orElseThrow().margin()).hasValue(24);
        assertThat(book.present().withoutModel()).isEmpty();

        Files.delete(elsewhere);
        assertThatThrownBy(() -> book.find("cover")).isInstanceOf(MissingModelException.class);
        assertThat(new PlannedRecipes().find(folder, "cover").model())
                .as("the copy that a scene is processed with: the model is checked on the node")
                .isPresent();
    }

    @Test
    void the_hash_of_a_recipe_leaves_out_the_model_whose_checksum_the_recipe_has() throws Exception {
        write("cover", withModel("net.onnx", "network"));
        String without = new PlannedRecipes().find(folder, "cover").hash();
        Files.writeString(folder.resolve("cover/net.onnx"), "network");
        assertThat(book.find("cover").orElseThrow().hash()).isEqualTo(without);
        Files.writeString(folder.resolve("cover/other.onnx"), "a file that the scripts may read");
        assertThat(new PlannedRecipes().find(folder, "cover").hash()).isNotEqualTo(without);
    }

    @Test
    void a_model_whose_margin_is_larger_than_the_overlap_is_an_error_where_swath_makes_the_map() throws Exception {
        String recipe = withModel("net.onnx", "network");
        write("cover", recipe.replace("accepts: { ", "accepts: { map: true, "));
        assertThatThrownBy(() -> new PlannedRecipes().find(folder, "cover"))
                .isInstanceOfSatisfying(
                        RecipeException.class,
                        problem -> assertThat(problem.field()).isEqualTo("model.margin"))
                .hasMessageContaining("Write a tile.overlap of at least model.margin.");
        write("cover", recipe.replace("accepts: { ", "accepts: { map: true, ") + "tile: { overlap: 24 }\n");
        assertThat(new PlannedRecipes().find(folder, "cover").tiling().overlap())
                .isEqualTo(24);
    }

    @Test
    void the_type_of_the_output_may_be_that_of_the_scene_with_a_nodata_that_every_type_holds() throws IOException {
        write("ndvi", GOOD.replace("type: Int16, nodata: -32768", "type: scene, nodata: 0"));
        assertThat(book.find("ndvi").orElseThrow().output()).contains(new Output("scene", 0, 1));
        write("ndvi", GOOD.replace("type: Int16", "type: scene"));
        assertThatThrownBy(() -> book.find("ndvi")).hasMessageContaining("no value of scene");
    }

    @Test
    void another_file_in_the_place_of_the_model_is_named_with_both_checksums() throws Exception {
        write("cover", withModel("plain.sh", "network"));
        assertThatThrownBy(() -> book.find("cover"))
                .isInstanceOfSatisfying(
                        RecipeException.class,
                        problem -> assertThat(problem.field()).isEqualTo("model.sha256"))
                .hasMessageContaining(
                        "a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf"); // of "#!/bin/sh\n"
        assertThat(book.present().broken()).containsOnlyKeys("cover");
    }

    @Test
    void the_shipped_recipes_are_valid_and_landcover_waits_for_its_model() {
        RecipeBook shipped = new RecipeBook(Path.of("config/recipes"));
        assertThat(shipped.present().broken()).isEmpty();
        assertThat(new PlannedRecipes()
                        .find(Path.of("config/recipes"), "landcover")
                        .output()
                        .orElseThrow()
                        .classes())
                .hasSize(9);
    }

    @Test
    void a_missing_folder_of_recipes_is_an_error() {
        assertThatThrownBy(() -> new RecipeBook(folder.resolve("gone")).all())
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("the folder of recipes cannot be read");
    }
}
