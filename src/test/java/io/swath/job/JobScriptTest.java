package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Device;
import io.swath.model.JobOptions;
import io.swath.model.Origin;
import io.swath.model.Placement;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Tiling;
import io.swath.model.Window;
import io.swath.storage.Storage;
import io.swath.testing.TestClock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobScriptTest {
    private static final String TOKEN = "swath-0123456789ab-2";
    /** The last line that differs between jobs: after it, a job is the template word for word. */
    private static final String LAST_VARIABLE = "output_window='";

    @TempDir
    Path root;

    private static Scene scene(Priority priority) {
        return new Scene(
                "S2A_T32",
                "texture",
                "00",
                new Scene.Arrival("S2A_T32.zip", "key", Origin.FOLDER, priority, TestClock.START),
                new Scene.Status(SceneState.PLANNED, "", false, false, TestClock.START),
                new Scene.Plan(128, 64, 2, 2, ""),
                1,
                0);
    }

    private static Batch batch(Request request) {
        return batch(1, "infer", 2, request);
    }

    private static Batch batch(int stepIndex, String step, int size, Request request) {
        return new Batch(
                TOKEN,
                "S2A_T32",
                2,
                stepIndex,
                step,
                size,
                1,
                request,
                List.of(),
                BatchState.INTENT,
                "",
                0,
                TestClock.START,
                Instant.EPOCH,
                1,
                "0123abcd",
                "");
    }

    private static final Request FULL =
            new Request("gpu", 4, 2_048, Duration.ofMinutes(90), 0, 1, List.of("gpu1", "gpu3"));

    private String render(String clusterRoot, String account, String qos, Priority priority, Request request) {
        Storage storage = new Storage(root, clusterRoot);
        JobScript.Script script = new JobScript.Script(
                storage.onCluster(root.resolve("work/S2A_T32/recipe/texture/infer.sh")), "core", "clean");
        return new JobScript(storage, new Directives(account, qos, "", JobOptions.NONE, JobOptions.NONE))
                .render(scene(priority), batch(request), script);
    }

    /** The lines that differ between jobs: the directives for Slurm and the variables of the script. */
    private static String linesOfTheJob(String job) {
        StringBuilder lines = new StringBuilder();
        job.lines()
                .limit(job.lines()
                                .takeWhile(line -> !line.startsWith(LAST_VARIABLE))
                                .count()
                        + 1)
                .filter(line -> !line.matches("#( .*|$)") && !line.isEmpty())
                .forEach(line -> lines.append(line).append('\n'));
        return lines.toString();
    }

    @Test
    void everything_that_differs_between_jobs_is_in_the_first_lines() {
        Storage storage = new Storage(root, "/storage");
        String work = storage.onCluster(storage.work("S2A_T32"));

        assertThat(linesOfTheJob(render("/storage", "eo", "high", Priority.URGENT, FULL)))
                .isEqualTo("""
                        #!/bin/bash
                        #SBATCH --job-name=swath-0123456789ab-2
                        #SBATCH --array=0-1
                        #SBATCH --partition=gpu
                        #SBATCH --nodes=1
                        #SBATCH --ntasks=1
                        #SBATCH --cpus-per-task=4
                        #SBATCH --mem=2048M
                        #SBATCH --time=1:30:00
                        #SBATCH --gres=shard:1
                        #SBATCH --exclude=gpu1,gpu3
                        #SBATCH --account=eo
                        #SBATCH --qos=high
                        #SBATCH --no-requeue
                        #SBATCH --nice=0
                        #SBATCH --signal=B:USR1@30
                        #SBATCH --chdir="WORK/swath-0123456789ab-2"
                        #SBATCH --output="WORK/swath-0123456789ab-2/logs/%a.log" --open-mode=append
                        #SBATCH --comment="S2A_T32 infer"
                        token='swath-0123456789ab-2' scene='S2A_T32' recipe='texture' step='infer' previous='clean'
                        work='WORK'
                        batch='WORK/swath-0123456789ab-2'
                        run='WORK/recipe/texture/infer.sh'
                        model='' model_sha256='' model_margin='' # of the recipe; empty without a model
                        prepared=''                  # the SHA-256 of what the preparation made; empty: this step does not read it
                        earlier_made='1'          # 1: all earlier steps had ended when this batch was written
                        polygons=''                  # 1: the assembly makes polygons.gpkg
                        tools='TOOLS'                          # the folder of check_output.py, and of what the scripts of recipes import
                        tasks='1' srun=''         # how many tasks the step has; how srun starts them (empty: the step is one process)
                        device='gpu' bind_gpu='' # gpu or cpu: whether a GPU was asked for
                        time_limit='5400'              # seconds
                        per_task=1 lines=2 # how many lines of tiles.tsv a task makes, one after the other; how many there are
                        profile=''                    # what the product needs of the last step's tile; empty in other steps
                        output_window='core'        # the window that the output must cover: core or read; none: any size; file: any file
                        """.replace("WORK", work)
                        .replace("TOOLS", storage.onCluster(new NodePrograms(storage).folder())));
    }

    @Test
    void a_step_of_several_tasks_is_started_by_srun_with_its_binding() {
        Request request = new Request(
                "gpu",
                2,
                2_048,
                Duration.ofMinutes(90),
                2,
                0,
                List.of(),
                new Placement("", "", "", "", false, "", 4, 2, new Placement.Bind("sockets", "closest")));

        assertThat(render("/storage", "", "", Priority.NORMAL, request))
                .contains(
                        "#SBATCH --nodes=2\n#SBATCH --ntasks=4\n#SBATCH --ntasks-per-node=2\n#SBATCH --cpus-per-task=2\n",
                        "#SBATCH --gres=gpu:2\n",
                        "tasks='4' srun='--nodes=2 --ntasks=4 --ntasks-per-node=2 --cpus-per-task=2"
                                + " --distribution=block --kill-on-bad-exit=1 --wait=0 --cpu-bind=sockets --gpu-bind=closest'");
    }

    @Test
    void the_tasks_of_an_assembly_are_started_by_srun_too() {
        Storage storage = new Storage(root, "/storage");
        Scene scene = scene(Priority.NORMAL);
        Request request = new Request("cpu", 4, 4_096, Duration.ofMinutes(5), 0, 0, List.of(), Placement.of(4, 2));
        Batch assembly = batch(Batch.ASSEMBLY, AssemblyFiles.STEP, 1, request);
        Recipe recipe = recipe(new Recipe.Model(Path.of("net.onnx"), "ab12", OptionalInt.empty()));

        assertThat(new JobScript(storage, Directives.NONE)
                        .render(scene, assembly, JobScript.Script.of(storage, scene, assembly, recipe)))
                .contains(
                        "#SBATCH --nodes=2\n#SBATCH --ntasks=4\n#SBATCH --ntasks-per-node=2\n#SBATCH --cpus-per-task=4\n",
                        "tasks='4' srun='--nodes=2 --ntasks=4 --ntasks-per-node=2 --cpus-per-task=4"
                                + " --distribution=block --kill-on-bad-exit=1 --wait=0'",
                        "/bin/assemble.py");
    }

    @Test
    void only_a_tile_of_the_last_step_has_the_products_profile() {
        Storage storage = new Storage(root, "/storage");
        Recipe recipe = recipe(new Recipe.Model(Path.of("net.onnx"), "ab12", OptionalInt.empty()));
        Scene scene = scene(Priority.NORMAL);
        Batch last = batch(2, "infer", 2, FULL);

        assertThat(JobScript.Script.of(storage, scene, last, recipe).profile()).isEqualTo("DEFLATE AVERAGE 0");
        assertThat(JobScript.Script.of(storage, scene, batch(FULL), recipe).profile())
                .isEmpty();
    }

    @Test
    void the_programs_of_the_jobs_are_written_once_into_a_folder_of_their_own_content() throws IOException {
        Storage storage = new Storage(root, "/storage");
        storage.create();
        NodePrograms programs = new NodePrograms(storage);

        programs.write();

        assertThat(programs.folder().getParent()).isEqualTo(root.resolve("work/.programs"));
        assertThat(programs.folder().resolve("swath_tile.py")).isRegularFile();
        Object first = Files.getLastModifiedTime(programs.folder().resolve("check_output.py"));
        Files.delete(programs.folder().resolve("swath_layout.py"));
        programs.write();
        assertThat(programs.folder().resolve("swath_layout.py")).isRegularFile();
        assertThat(Files.getLastModifiedTime(programs.folder().resolve("check_output.py")))
                .isEqualTo(first);
    }

    @Test
    void a_program_of_the_jobs_that_was_changed_is_written_again() throws IOException {
        Storage storage = new Storage(root, "/storage");
        storage.create();
        NodePrograms programs = new NodePrograms(storage);
        programs.write();
        Path checker = programs.folder().resolve("check_output.py");
        Path module = programs.folder().resolve("swath_tile.py");
        String right = Files.readString(checker);
        String moduleText = Files.readString(module);
        Files.delete(checker);
        Files.writeString(checker, right.replace("sys.exit(1)", "sys.exit(0)"));
        Files.delete(module);
        Files.createSymbolicLink(module, Files.writeString(root.resolve("other.py"), moduleText + "# more"));

        programs.write();

        assertThat(checker).hasContent(right);
        assertThat(module).isRegularFile().hasContent(moduleText);
        assertThat(Files.isSymbolicLink(module)).isFalse();
        assertThat(root.resolve("other.py")).hasContent(moduleText + "# more");
    }

    /** Recipes find these modules by name, so none may hide a module of the recipe's own. */
    @Test
    void every_module_of_the_jobs_that_scripts_can_import_has_the_prefix() throws IOException {
        Storage storage = new Storage(root, "/storage");
        storage.create();
        NodePrograms programs = new NodePrograms(storage);
        programs.write();
        try (Stream<Path> files = Files.list(programs.folder())) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".py") && !name.equals("check_output.py")))
                    .hasSizeGreaterThan(3)
                    .allMatch(name -> name.matches("swath_\\w+\\.py"));
        }
    }

    @Test
    void a_model_is_named_as_the_nodes_see_it_with_its_checksum() {
        Storage storage = new Storage(root, "/storage");
        Scene scene = scene(Priority.NORMAL);
        Recipe texture = recipe(new Recipe.Model(Path.of("net.onnx"), "ab12", OptionalInt.of(24)));
        Recipe shared = recipe(new Recipe.Model(root.resolve("models/net.onnx"), "ab12", OptionalInt.empty()));
        Recipe elsewhere = recipe(new Recipe.Model(Path.of("/opt/models/net.onnx"), "ab12", OptionalInt.empty()));

        assertThat(rendered(storage, scene, texture))
                .contains("model='/storage/work/.models/ab12.onnx' model_sha256='ab12' model_margin='24'");
        assertThat(rendered(storage, scene, shared))
                .contains("model='/storage/models/net.onnx' model_sha256='ab12' model_margin=''");
        assertThat(rendered(storage, scene, elsewhere)).contains("model='/opt/models/net.onnx'");
    }

    private static String rendered(Storage storage, Scene scene, Recipe recipe) {
        Batch batch = batch(FULL);
        return new JobScript(storage, Directives.NONE)
                .render(scene, batch, JobScript.Script.of(storage, scene, batch, recipe));
    }

    private static Recipe recipe(Recipe.Model model) {
        Recipe.Step step = new Recipe.Step("infer", "infer.sh", Device.CPU, 1, 600, Duration.ofMinutes(2), 0);
        return new Recipe(
                "texture",
                Path.of("/recipes/texture"),
                "hash",
                "",
                List.of(new Recipe.BandSelector("red", 0)),
                Tiling.of(512),
                List.of(step, step, step),
                Optional.empty(),
                new Recipe.Assemble(true, "DEFLATE", "AVERAGE"),
                3,
                new Recipe.Accepts(List.of(), List.of(), OptionalDouble.empty(), false),
                Optional.empty(),
                Recipe.Ortho.DEFAULT,
                Optional.of(model));
    }

    @Test
    void memory_is_not_in_the_script_where_the_cluster_does_not_manage_it() {
        Request without = new Request("cpu", 1, 0, Duration.ofMinutes(2), 0, 0, List.of());

        assertThat(render("/storage", "", "", Priority.NORMAL, without))
                .doesNotContain("--mem")
                .contains("#SBATCH --time=0:02:00");
    }

    @Test
    void resources_that_are_not_requested_are_not_in_the_script() {
        Request plain = new Request("", 1, 600, Duration.ofMinutes(2), 2, 0, List.of());

        assertThat(linesOfTheJob(render("/storage", "", "", Priority.NIGHT, plain)))
                .startsWith("""
                        #!/bin/bash
                        #SBATCH --job-name=swath-0123456789ab-2
                        #SBATCH --array=0-1
                        #SBATCH --nodes=1
                        #SBATCH --ntasks=1
                        #SBATCH --cpus-per-task=1
                        #SBATCH --mem=600M
                        #SBATCH --time=0:02:00
                        #SBATCH --gres=gpu:2
                        #SBATCH --no-requeue
                        #SBATCH --nice=1000000
                        #SBATCH --signal=B:USR1@30
                        """);
    }

    @Test
    void nightly_reprocessing_has_its_own_quality_of_service_when_it_is_set() {
        Storage storage = new Storage(root, "/storage");
        JobScript.Script script = new JobScript.Script("/storage/x.sh", "core", "");
        JobScript folders =
                new JobScript(storage, new Directives("", "normal", "scavenger", JobOptions.NONE, JobOptions.NONE));

        assertThat(folders.render(scene(Priority.NIGHT), batch(FULL), script))
                .contains("#SBATCH --qos=scavenger\n", "#SBATCH --nice=1000000\n")
                .doesNotContain("qos=normal");
        assertThat(folders.render(scene(Priority.URGENT), batch(FULL), script)).contains("#SBATCH --qos=normal\n");
        assertThat(new JobScript(storage, new Directives("", "normal", "", JobOptions.NONE, JobOptions.NONE))
                        .render(scene(Priority.NIGHT), batch(FULL), script))
                .contains("#SBATCH --qos=normal\n");
    }

    @Test
    void the_rest_of_a_job_is_the_template_word_for_word() throws IOException {
        String template;
        try (InputStream in = JobScript.class.getResourceAsStream("/job/job.sh.template")) {
            template = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        String job = render("/storage", "", "", Priority.NORMAL, FULL);

        assertThat(linesOfTheTemplate(job))
                .isEqualTo(linesOfTheTemplate(template))
                .hasSizeGreaterThan(5_000);
        assertThat(job).doesNotContainPattern("@[A-Z_]+@");
    }

    private static String linesOfTheTemplate(String text) {
        return text.substring(text.indexOf('\n', text.indexOf(LAST_VARIABLE)));
    }

    @Test
    void a_storage_root_with_special_characters_stays_one_word_for_the_shell() throws Exception {
        String strange = "/mnt/my storage/a&b; (c) #d * ~e |f <g >h !i";
        String job = render(strange, "", "", Priority.NORMAL, FULL);
        int begin = job.indexOf("token='");
        String variables = job.substring(begin, job.indexOf('\n', job.indexOf(LAST_VARIABLE)));

        Process bash = new ProcessBuilder(
                        "/bin/bash", "-c", variables + "\nprintf '%s\\n' \"$work\" \"$batch\" \"$run\"")
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bash.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(said)
                .isEqualTo(strange + "/work/S2A_T32\n" + strange + "/work/S2A_T32/" + TOKEN + "\n" + strange
                        + "/work/S2A_T32/recipe/texture/infer.sh\n");
        assertThat(job).contains("#SBATCH --chdir=\"" + strange + "/work/S2A_T32/" + TOKEN + "\"\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/mnt/it's",
                "/mnt/\"here\"",
                "/mnt/$HOME",
                "/mnt/`id`",
                "/mnt/a\\b",
                "/mnt/100%",
                "/mnt/a\nb",
                "mnt/here"
            })
    void a_storage_root_that_shell_or_sbatch_would_misread_is_rejected_with_its_setting(String hostile) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> render(hostile, "", "", Priority.NORMAL, FULL))
                .withMessageContaining("storage.cluster-root");
    }

    @Test
    void the_table_has_a_line_per_array_task_with_its_read_window_and_core() throws IOException {
        Storage storage = new Storage(root, "/storage");
        storage.create();
        TileProgress seventh = TileProgress.notSubmitted(
                        "S2A_T32", new Tile(7, new Window(64, 0, 64, 60), new Window(57, 0, 78, 67)))
                .withAttempts(3);
        TileProgress assembly = TileProgress.notSubmitted(
                        "S2A_T32",
                        new Tile(TileProgress.ASSEMBLY, new Window(0, 0, 128, 64), new Window(0, 0, 128, 64)))
                .submitted();

        Path job = new JobScript(storage, Directives.NONE)
                .write(
                        scene(Priority.NORMAL),
                        batch(FULL),
                        new JobScript.Script("/storage/x.sh", "core", ""),
                        List.of(seventh, assembly),
                        Map.of());

        Path folder = job.getParent();
        assertThat(folder).isEqualTo(root.resolve("work/S2A_T32/" + TOKEN));
        assertThat(folder.resolve("tiles.tsv"))
                .hasContent("7\t3\t57\t0\t78\t67\t64\t0\t64\t60\n0\t1\t0\t0\t128\t64\t0\t0\t128\t64\n");
        assertThat(folder.resolve("logs")).isDirectory();
        assertThat(folder.resolve("evidence")).isDirectory();
        assertThat(root.resolve("work/S2A_T32/tiles/infer")).isDirectory();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(job)))
                .isEqualTo("r-xr-x---");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("tiles.tsv"))))
                .isEqualTo("r--r-----");
    }
}
