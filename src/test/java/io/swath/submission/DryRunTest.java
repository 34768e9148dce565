package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.JobArray;
import io.swath.job.BatchLayout;
import io.swath.job.Directives;
import io.swath.job.JobScript;
import io.swath.job.OrthoStep;
import io.swath.job.WorkLayout;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.Tile;
import io.swath.model.TilesPerTask;
import io.swath.recipes.PlannedRecipes;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class DryRunTest {
    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<DryRun.Job> plan(Scene scene, int tiles) {
        return plan(scene, tiles, TileSettings.DEFAULT);
    }

    private List<DryRun.Job> plan(Scene scene, int tiles, TileSettings settings) {
        JobScript scripts = new JobScript(bench.storage, Directives.NONE);
        List<Tile> row = IntStream.range(0, tiles).mapToObj(Workbench::tile).toList();
        DryRun dryRun = new DryRun(
                new Sizing("", "", false, 0.02, 2, 2, true, settings, Directives.NONE), scripts, bench.storage);
        return bench.ledger.read(
                session -> dryRun.jobs(session, scene, recipe(scene), row, bench.cluster.capabilities));
    }

    private Recipe recipe(Scene scene) {
        return new PlannedRecipes().find(WorkLayout.of(bench.storage, scene).recipes(), scene.recipe());
    }

    /** The same batch's real token instead of the planned one, wherever a planned script or dependency has it. */
    private String realTokens(String text) {
        String real = text;
        for (Batch batch : bench.batches("a")) {
            real = real.replace("swath-plan-" + batch.number(), batch.token());
        }
        return real;
    }

    @Test
    void the_preparation_is_planned_first_unless_no_tile_is_queued() {
        Scene scene = bench.planned("a", Workbench.PREPARED, 3);
        assertThat(plan(scene, 3))
                .extracting(job -> job.batch().step() + " " + job.batch().size())
                .containsExactly("prepare 1", "ndvi 3", "assemble 1");
        assertThat(plan(scene, 0)).extracting(job -> job.batch().step()).containsExactly("assemble");
    }

    @Test
    void a_scene_that_has_to_be_put_onto_a_map_passes_the_step_ortho_first() throws IOException {
        Scene scene = bench.planned("a", Workbench.ONE_STEP, 3);
        Scene.Plan plan = new Scene.Plan(64, 64, 3, 2, "{\"rectification\": {\"method\": \"RPC\"}}");
        Scene image =
                new Scene(scene.id(), scene.recipe(), scene.recipeHash(), scene.arrival(), scene.status(), plan, 1, 0);
        Recipe whole = OrthoStep.before(image, recipe(scene));
        assertThat(OrthoStep.before(scene, recipe(scene))).isEqualTo(recipe(scene));
        JobScript scripts = new JobScript(bench.storage, Directives.NONE);
        DryRun dryRun = new DryRun(new Sizing("", "", false, 0.02, 2, 2), scripts, bench.storage);
        List<DryRun.Job> jobs = bench.ledger.read(
                session -> dryRun.jobs(session, image, whole, List.of(Workbench.tile(0)), bench.cluster.capabilities));
        assertThat(jobs)
                .extracting(job -> job.batch().step())
                .containsExactly("ortho", recipe(scene).steps().get(0).name(), "assemble");
        assertThat(jobs.get(0).script()).contains("/bin/ortho.py'", "output_window='read'", "previous=''");
        assertThat(jobs.get(1).script()).contains("output_window='core'", "previous='ortho'");
    }

    @Test
    void a_task_makes_as_many_tiles_as_the_settings_say_unless_the_recipe_says_it() {
        TileSettings three = new TileSettings(Duration.ofSeconds(30), TilesPerTask.of(3));
        assertThat(plan(bench.planned("a", Workbench.ONE_STEP, 7), 7, three)
                        .get(0)
                        .batch())
                .extracting(Batch::perTask, Batch::tasks)
                .containsExactly(3, 3);
        String alone = Workbench.ONE_STEP.replace("size: 64", "size: 64, per-task: 1");
        assertThat(plan(bench.planned("b", alone, 7), 7, three).get(0).batch())
                .extracting(Batch::perTask, Batch::tasks)
                .containsExactly(1, 7);
    }

    @ParameterizedTest
    @ValueSource(strings = {Workbench.ONE_STEP, Workbench.TWO_STEPS})
    void a_dry_run_plans_the_jobs_that_a_submission_sends(String recipe) throws IOException {
        Scene scene = bench.planned("a", recipe, 3);
        List<DryRun.Job> planned = plan(scene, 3);

        Submission submission = bench.submission(100_000);
        submission.due().forEach(submission::send);

        List<Batch> sent = bench.batches("a");
        assertThat(planned).hasSameSizeAs(sent);
        for (int index = 0; index < sent.size(); index++) {
            DryRun.Job job = planned.get(index);
            Batch batch = sent.get(index);
            JobArray array = bench.cluster.submissions.get(index);
            assertThat(realTokens(job.script()))
                    .as("the script of step " + batch.step())
                    .isEqualTo(Files.readString(
                            BatchLayout.of(bench.storage, batch).jobScript()));
            assertThat(job.batch().request()).isEqualTo(batch.request()).isEqualTo(array.request());
            assertThat(job.batch().dependsOn().stream().map(this::realTokens)).isEqualTo(batch.dependsOn());
            assertThat(job.dependencyType()).isEqualTo(array.dependencyType());
            assertThat(job.batch().size()).isEqualTo(array.size());
        }
    }

    @Test
    void every_step_of_a_recipe_reads_the_output_of_the_step_before_with_its_overlap() {
        List<DryRun.Job> jobs = plan(bench.planned("a", Workbench.TWO_STEPS, 2), 2);

        assertThat(jobs).extracting(job -> job.batch().step()).containsExactly("clean", "infer", "assemble");
        assertThat(jobs.get(0).script()).contains("previous=''", "output_window='read'");
        assertThat(jobs.get(1).script()).contains("previous='clean'", "output_window='core'");
        assertThat(jobs.get(2).script()).contains("previous=''", "output_window='core'", "/bin/assemble.py'");
    }

    @Test
    void more_tiles_than_one_array_allows_become_several_arrays_that_the_assembly_waits_for() {
        List<DryRun.Job> jobs = plan(bench.planned("a", Workbench.TWO_STEPS, 1_500), 1_500);

        assertThat(jobs).extracting(job -> job.batch().size()).containsExactly(1_001, 1_001, 499, 499, 1);
        List<String> lastStep = new ArrayList<>();
        jobs.stream()
                .map(DryRun.Job::batch)
                .filter(batch -> batch.stepIndex() == 1)
                .forEach(batch -> lastStep.add(batch.token()));
        assertThat(jobs.get(4).batch().dependsOn()).isEqualTo(lastStep).hasSize(2);
    }

    @Test
    void a_scene_without_pixels_is_only_assembled() {
        List<DryRun.Job> jobs = plan(bench.planned("a", Workbench.ONE_STEP, 2), 0);

        assertThat(jobs).extracting(job -> job.batch().step()).containsExactly("assemble");
        assertThat(jobs.get(0).batch().dependsOn()).isEmpty();
    }

    @Test
    void a_dry_run_writes_and_sends_nothing() throws IOException {
        Scene scene = bench.planned("a", Workbench.TWO_STEPS, 2);
        plan(scene, 2);

        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.cluster.submissions).isEmpty();
        assertThat(bench.storage.work("a"))
                .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith("swath-"));
    }

    @Test
    void a_recipe_that_no_partition_can_serve_is_an_error_that_says_why() {
        Scene scene = bench.planned("a", Workbench.ONE_STEP.replace("600M", "600G"), 1);

        assertThatThrownBy(() -> plan(scene, 1))
                .isInstanceOf(SizingException.class)
                .hasMessageContaining("recipe ndvi, step ndvi: request.memory");
    }
}
