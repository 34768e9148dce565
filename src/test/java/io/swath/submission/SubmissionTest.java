package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.JobArray.DependencyType;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionRules;
import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Reason;
import io.swath.health.Incidents.Incident;
import io.swath.model.AtFault;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.FakeCluster;
import io.swath.testing.TaskEnd;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class SubmissionTest {
    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void arraysOf(int size) {
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", size, List.of(FakeCluster.CPU, FakeCluster.GPU));
    }

    /** Sends or looks up what is due now, as a program does that has just been started. */
    private void work() {
        Submission submission = bench.submission(100_000);
        submission.due().forEach(submission::send);
    }

    private List<String> due() {
        return bench.submission(100_000).due();
    }

    /** Writes a batch's runs and tiles down as done. */
    private void succeed(Batch batch) {
        bench.ledger.change(session -> {
            List<Run> runs = session.runs().open(batch.token()).stream()
                    .map(open -> ended(batch, open.index(), open.tile(), open.attempt()))
                    .toList();
            session.runs().finish(runs);
            session.tiles()
                    .update(session
                            .tiles()
                            .find(batch.sceneId(), runs.stream().map(Run::tile).toList())
                            .stream()
                            .map(tile -> tile.withState(TileState.DONE))
                            .toList());
            session.batches().closeEnded();
        });
    }

    private static Run ended(Batch batch, int index, int tile, int attempt) {
        return new Run(
                batch.token(),
                index,
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                tile,
                attempt,
                RunState.SUCCEEDED,
                Optional.empty(),
                "",
                Run.Facts.NONE);
    }

    // ---- nightly reprocessing

    private void night(boolean isNight, double part) {
        bench.night = new NightQuota(() -> isNight, part);
    }

    private void plannedNightly(String id, int tiles) {
        bench.delivered(id);
        bench.plannedAgain(id, Workbench.ONE_STEP, tiles);
    }

    @Test
    void a_nightly_scene_is_submitted_only_at_night_and_another_scene_at_any_time() {
        plannedNightly("n", 2);
        bench.planned("d", Workbench.ONE_STEP, 1);
        night(false, 1);
        work();
        assertThat(bench.batches("n")).isEmpty();
        assertThat(bench.batches("d")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);

        night(true, 1);
        work();
        assertThat(bench.batches("n")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void a_nightly_batch_that_is_not_sent_by_the_end_of_the_night_waits_for_the_next_night() {
        plannedNightly("n", 2);
        List<String> late = due();
        assertThat(late).hasSize(2);
        night(false, 1);
        Submission submission = bench.submission(100_000);
        late.forEach(submission::send);
        assertThat(bench.cluster.submissions).isEmpty();
        assertThat(bench.batches("n")).extracting(Batch::state).containsOnly(BatchState.INTENT);

        night(true, 1);
        bench.pass(Duration.ofSeconds(20));
        work();
        assertThat(bench.batches("n")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void nightly_tasks_fill_only_their_part_of_the_queue() {
        night(true, 0.5);
        plannedNightly("n", 30);
        Submission submission = bench.submission(20);
        submission.due().forEach(submission::send);
        assertThat(bench.ledger.<Integer>read(session -> session.runs().openCount()))
                .isEqualTo(10);
        bench.planned("d", Workbench.ONE_STEP, 30);
        submission.due().forEach(submission::send);
        assertThat(bench.batch("d", 1).size()).isEqualTo(10);
        submission.due();
        assertThat(bench.ledger.<Integer>read(session -> session.unsentBatches().openRuns().stream()
                        .filter(open -> open.nightly())
                        .mapToInt(open -> open.runs())
                        .sum()))
                .isEqualTo(10);
    }

    @Test
    void a_scene_is_sent_before_nightly_scenes_that_came_earlier() {
        for (int number = 0; number < 9; number++) {
            plannedNightly("n" + number, 1);
        }
        Submission submission = bench.submission(100_000);
        assertThat(submission.due())
                .as("of 18 nightly batches, so that others need not wait")
                .hasSize(10);
        bench.planned("d", Workbench.ONE_STEP, 1);
        submission.due().forEach(submission::send);
        assertThat(bench.cluster.submissions.get(0).token())
                .isEqualTo(bench.batch("d", 1).token());
        assertThat(bench.cluster.submissions).hasSize(10);
    }

    @Test
    void an_urgent_scene_overtakes_scenes_whose_batches_are_written_already() {
        for (int number = 10; number < 30; number++) {
            bench.planned("a" + number, Workbench.ONE_STEP, 1);
        }
        Submission submission = bench.submission(100_000);
        List<String> first = submission.due();
        assertThat(first).as("of 40 batches, so that others need not wait").hasSize(10);
        assertThat(submission.more(first)).isTrue();
        bench.planned("urgent", Workbench.ONE_STEP, 1, Priority.URGENT);
        first.forEach(submission::send);

        assertThat(submission.due())
                .startsWith(
                        bench.batch("urgent", 1).token(),
                        bench.batch("urgent", 2).token());
    }

    @Test
    void the_clock_looks_seldom_while_nothing_waits_and_always_while_something_does() {
        Submission submission = bench.submission(100_000);
        assertThat(submission.lookDue()).isTrue();
        submission.due();
        assertThat(submission.lookDue()).isFalse();
        bench.pass(Duration.ofSeconds(5));
        assertThat(submission.lookDue()).isTrue();
        bench.planned("a", Workbench.ONE_STEP, 1);
        submission.due();
        assertThat(submission.lookDue()).isTrue();
    }

    @Test
    void a_new_version_has_a_work_folder_of_its_own_and_its_attempts_count_from_one() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        work();
        bench.batches("a").forEach(this::succeed);
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.DELIVERED, ""));
        bench.plannedAgain("a", Workbench.ONE_STEP, 2);
        work();
        Batch again = bench.batch("a", 3);
        assertThat(again.version()).isEqualTo(2);
        assertThat(again.token()).isNotEqualTo(bench.batch("a", 1).token()).endsWith("-3");
        assertThat(bench.run(again, 1).attempt()).isEqualTo(1);
        Path job = bench.storage.batch("a", again.token()).resolve("job.sh");
        String work = bench.storage.onCluster(bench.storage.work("a"));
        assertThat(job)
                .content()
                .contains("work='" + work + "/v2'", "batch='" + work + "/" + again.token() + "'")
                .contains("run='" + work + "/v2/recipe/ndvi/step.sh'", "--nice=1000000");
        assertThat(bench.storage.work("a", 2).resolve("leases")).isDirectory();
        assertThat(bench.batch("a", 4).dependsOn()).containsExactly(again.token());
    }

    // ---- the batches in the ledger

    @Test
    void all_tiles_of_a_step_are_one_array_that_the_assembly_waits_for() {
        bench.planned("a", Workbench.ONE_STEP, 3);

        work();

        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("ndvi", "assemble");
        Batch tiles = bench.batch("a", 1);
        assertThat(tiles.size()).isEqualTo(3);
        assertThat(tiles.request()).isEqualTo(new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of()));
        assertThat(tiles.token()).matches("swath-[0-9a-f]{12}-1");
        assertThat(bench.batch("a", 2).dependsOn()).containsExactly(tiles.token());
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
        assertThat(bench.tile("a", 0).attempts()).isOne();
    }

    @Test
    void an_array_is_no_larger_than_the_cluster_allows() {
        arraysOf(4);
        bench.planned("a", Workbench.ONE_STEP, 10);

        work();

        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(4, 4, 2, 1);
        assertThat(bench.batch("a", 4).dependsOn())
                .containsExactlyElementsOf(
                        bench.batches("a").stream().limit(3).map(Batch::token).toList());
        assertThat(bench.run(bench.batch("a", 3), 1).tile()).isEqualTo(9);
    }

    @Test
    void tiles_with_equal_requests_share_an_array() {
        bench.planned("a", Workbench.ONE_STEP, 4);
        bench.ledger.change(session -> session.tiles()
                .update(session.tiles().find("a", List.of(1, 3)).stream()
                        .map(tile -> tile.retry(true).withTooLittle(600))
                        .toList()));

        work();

        assertThat(bench.batches("a"))
                .extracting(batch -> batch.request().memoryMiB())
                .containsExactly(600, 1_200, 1_000);
        assertThat(bench.run(bench.batch("a", 2), 1).tile()).isEqualTo(3);
    }

    @Test
    void no_more_tasks_are_queued_than_the_queue_limit_allows() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        Submission submission = bench.submission(4);

        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(4);
        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).hasSize(1);

        succeed(bench.batch("a", 1));
        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(4, 4);
        assertThat(bench.run(bench.batch("a", 2), 0).tile()).isEqualTo(4);
    }

    @Test
    void the_queue_limit_counts_every_step_of_a_tile() {
        bench.planned("a", Workbench.TWO_STEPS, 10);
        Submission submission = bench.submission(6);

        submission.due().forEach(submission::send);

        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(3, 3);
    }

    @Test
    void each_task_of_a_step_waits_for_the_task_of_its_tile_in_the_step_before() {
        bench.planned("a", Workbench.TWO_STEPS, 3);

        work();

        assertThat(bench.cluster.submissions)
                .extracting(sent -> sent.token(), sent -> sent.after(), sent -> sent.dependencyType())
                .containsExactly(
                        tuple(bench.batch("a", 1).token(), List.of(), DependencyType.AFTER_CORRESPONDING),
                        tuple(bench.batch("a", 2).token(), List.of("101"), DependencyType.AFTER_CORRESPONDING),
                        tuple(bench.batch("a", 3).token(), List.of("102"), DependencyType.AFTER_OK));
        Batch second = bench.batch("a", 2);
        assertThat(second.request().shards()).isOne();
        assertThat(second.request().partition()).isEqualTo("gpu");
        for (int index = 0; index < 3; index++) {
            assertThat(bench.run(second, index).tile())
                    .isEqualTo(bench.run(bench.batch("a", 1), index).tile());
        }
    }

    private static org.assertj.core.groups.Tuple tuple(Object... values) {
        return org.assertj.core.groups.Tuple.tuple(values);
    }

    @Test
    void the_assembly_is_queued_only_when_all_tiles_are_queued() {
        bench.planned("a", Workbench.ONE_STEP, 3);
        Submission submission = bench.submission(2);

        submission.due().forEach(submission::send);

        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("ndvi");
    }

    @Test
    void an_assembly_that_was_cancelled_once_waits_until_all_tiles_are_done() throws Exception {
        bench.planned("a", Workbench.ONE_STEP, 2);
        work();
        bench.ledger.change(session -> session.tiles()
                .update(List.of(
                        bench.tile("a", 1).withState(TileState.WAITING),
                        bench.tile("a", TileProgress.ASSEMBLY).withState(TileState.WAITING))));

        work();
        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("ndvi", "assemble", "ndvi");

        succeed(bench.batch("a", 1));
        succeed(bench.batch("a", 3));
        work();
        Batch assembly = bench.batch("a", 4);
        assertThat(assembly.assembly()).isTrue();
        assertThat(assembly.dependsOn()).isEmpty();
        assertThat(bench.run(assembly, 0).attempt()).isEqualTo(2);
        Path mosaic = bench.storage.batch("a", assembly.token()).resolve("mosaic.json");
        assertThat(bench.json.readTree(mosaic.toFile()).get("made").booleanValue())
                .as("no tile is missing any more, so one without evidence is to be made again")
                .isTrue();
    }

    @Test
    void a_scene_without_pixels_is_only_assembled() throws Exception {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.ledger.change(session -> session.tiles()
                .update(session.tiles().waiting("a", bench.steady.instant(), 10).stream()
                        .map(tile -> tile.withState(TileState.DONE))
                        .toList()));

        work();

        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("assemble");
        Path folder = bench.storage.batch("a", bench.batch("a", 1).token());
        assertThat(folder.resolve("mosaic.tsv")).hasContent("0\t0\t0\t64\t64\tempty\n1\t64\t0\t64\t64\tempty\n");
    }

    @Test
    void the_most_urgent_scene_is_queued_first_and_a_held_scene_is_not_queued() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> session.scenes().hold("a", true));

        work();

        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.batches("b")).hasSize(2);
    }

    @Test
    void a_recipe_that_no_partition_can_serve_fails_its_scene_with_the_reason() {
        bench.planned("a", Workbench.ONE_STEP.replace("600M", "600G"), 1);

        work();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).contains("recipe ndvi, step ndvi: request.memory");
        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
    }

    @Test
    void a_damaged_recipe_stops_only_its_own_scene() {
        bench.planned("a", "steps: none of your business", 1);
        bench.planned("b", Workbench.ONE_STEP, 1);

        work();

        assertThat(bench.batches("b")).hasSize(2);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("recipe of a");

        bench.recipe("a", Workbench.ONE_STEP);
        work();
        assertThat(bench.batches("a")).hasSize(2);
        assertThat(bench.incidents.open()).isEmpty();
    }

    private void cancelled(String scene) {
        bench.ledger.change(session ->
                session.scenes().move(scene, Set.of(bench.scene(scene).state()), SceneState.CANCELLED, "by a person"));
    }

    @Test
    void the_incidents_of_a_scene_end_with_it_even_when_no_other_scene_waits() {
        bench.planned("a", "steps: none of your business", 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        TileProgress beyondTheLastStep =
                bench.tile("b", 0).stepDone(false).stepDone(false).withState(TileState.WAITING);
        bench.ledger.change(session -> session.tiles().update(List.of(beyondTheLastStep)));
        Submission submission = bench.submission(100_000);
        submission.due();
        assertThat(bench.incidents.open())
                .extracting(Incident::part)
                .containsExactlyInAnyOrder("recipe of a", "submission of b");

        cancelled("a");
        submission.due();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("submission of b");
        cancelled("b");
        submission.due();
        assertThat(bench.incidents.open()).isEmpty();
    }

    // ---- sending

    @Test
    void the_script_in_the_batchs_folder_is_sent() {
        bench.planned("a", Workbench.TWO_STEPS, 2);

        work();

        io.swath.cluster.JobArray sent = bench.cluster.submissions.get(1);
        String token = bench.batch("a", 2).token();
        assertThat(sent.script()).isEqualTo(bench.storage.batch("a", token).resolve("job.sh"));
        String work = bench.storage.onCluster(bench.storage.work("a"));
        assertThat(sent.clusterScript()).isEqualTo(work + "/" + token + "/job.sh");
        assertThat(sent.size()).isEqualTo(2);
        assertThat(sent.script())
                .content()
                .contains(
                        "run='" + work + "/recipe/ndvi/step.sh'",
                        "previous='clean'",
                        "output_window='core'",
                        "#SBATCH --gres=shard:1");
        assertThat(bench.cluster.submissions.get(0).script()).content().contains("output_window='read'");
        assertThat(sent.script().resolveSibling("tiles.tsv"))
                .content()
                .startsWith("0\t1\t0\t0\t64\t64\t0\t0\t64\t64\tclean "
                        + bench.batch("a", 1).token() + "/evidence/0.json\n1\t1\t64\t");
    }

    @Test
    void the_folder_of_an_assembly_has_its_script_and_the_list_of_tiles() throws Exception {
        bench.planned("a", Workbench.ONE_STEP, 2);

        work();

        Path folder = bench.storage.batch("a", bench.batch("a", 2).token());
        String evidence = bench.batch("a", 1).token() + "/evidence/";
        assertThat(folder.resolve("mosaic.tsv"))
                .hasContent("0\t0\t0\t64\t64\t" + evidence + "0.json\n1\t64\t0\t64\t64\t" + evidence + "1.json\n");
        assertThat(bench.json.readTree(folder.resolve("mosaic.json").toFile())).isEqualTo(bench.json.readTree("""
                                {"step":"ndvi","width":128,"height":64,"tiles":"mosaic.tsv","made":false,"product":"a_ndvi","datetime":"",
                                 "preview":true,"compress":"DEFLATE","resampling":"AVERAGE","polygons":false,
                                 "output":{"type":"Int16","nodata":-32768.0,"bands":1,"classes":[]}}
                                """));
        assertThat(folder.resolve("bin/assemble.py")).isExecutable();
    }

    @Test
    void a_batch_that_the_cluster_accepts_is_submitted_and_its_runs_are_queued() {
        bench.planned("a", Workbench.ONE_STEP, 2);

        work();

        Batch batch = bench.batch("a", 1);
        assertThat(batch.state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(batch.clusterId()).isEqualTo("101");
        assertThat(batch.submittedAt()).isEqualTo(bench.clock.instant());
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.QUEUED);
        assertThat(due()).isEmpty();
    }

    @Test
    void a_batch_that_the_cluster_rejects_waits_and_is_sent_again() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer = sent -> new Submitted.Rejected("QOSMaxSubmitJobPerUserLimit", Submitted.Reason.NOT_NOW);
        Submission submission = bench.submission(100_000);

        submission.due().forEach(submission::send);
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.INTENT);
        submission.due();
        assertThat(bench.incidents.open())
                .extracting(Incident::part)
                .containsExactly("batch " + bench.batch("a", 1).token());
        assertThat(bench.incidents.open().get(0).what()).contains("QOSMaxSubmitJobPerUserLimit");
        assertThat(submission.due()).doesNotContain(bench.batch("a", 1).token());

        bench.cluster.answer = accept;
        bench.pass(Duration.ofSeconds(15));
        submission.due().forEach(submission::send);
        bench.pass(Duration.ofSeconds(15));
        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
        submission.due();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_batch_waits_until_the_batch_before_has_a_job_id() {
        bench.planned("a", Workbench.TWO_STEPS, 1);
        bench.cluster.answer = sent -> new Submitted.Ambiguous("the line went dead");

        work();

        assertThat(bench.cluster.submissions).hasSize(1);
        assertThat(bench.batch("a", 2).state()).isEqualTo(BatchState.INTENT);
        assertThat(bench.batch("a", 2).attempts()).isZero();
    }

    private Batch ambiguous() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.cluster.answer = sent -> new Submitted.Ambiguous("the line went dead");
        work();
        return bench.batch("a", 1);
    }

    @Test
    void after_an_unclear_answer_the_batch_is_looked_up_and_adopts_the_job_that_is_found() {
        Batch batch = ambiguous();
        assertThat(batch.state()).isEqualTo(BatchState.AMBIGUOUS);
        assertThat(due()).doesNotContain(batch.token());

        bench.cluster.jobs.put(batch.token(), List.of("777"));
        bench.pass(Duration.ofSeconds(5));
        bench.submission(100).send(batch.token());

        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.cluster.submissions).hasSize(1);
        assertThat(bench.cluster.calls).containsExactly("find [" + batch.token() + "]");
    }

    @Test
    void duplicates_of_an_adopted_job_are_cancelled() {
        Batch batch = ambiguous();
        bench.cluster.jobs.put(batch.token(), List.of("777", "778", "779"));
        bench.pass(Duration.ofSeconds(5));
        bench.submission(100).send(batch.token());

        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        assertThat(bench.cluster.calls).contains("cancel [778, 779]");
    }

    @Test
    void resubmits_with_the_same_name_only_after_four_lookups_found_nothing() {
        Batch batch = ambiguous();
        for (int seconds : new int[] {5, 15, 30, 60}) {
            bench.pass(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(due()).doesNotContain(batch.token());
            assertThat(bench.cluster.submissions).hasSize(1);
            bench.pass(Duration.ofMillis(1));
            work();
        }

        assertThat(bench.cluster.calls).hasSize(4).containsOnly("find [" + batch.token() + "]");
        assertThat(bench.cluster.submissions)
                .extracting(sent -> sent.token())
                .containsExactly(batch.token(), batch.token());
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.AMBIGUOUS);
    }

    /** A jump forward must not merge the lookups into one, and a jump back must not delay them for an hour. */
    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "PT-1H", "P400D"})
    void a_jump_of_the_clock_does_not_change_the_lookups(Duration jump) {
        Batch batch = ambiguous();
        bench.clock.forward(jump);
        assertThat(due()).doesNotContain(batch.token());

        for (int seconds : new int[] {5, 15}) {
            bench.pass(Duration.ofSeconds(seconds));
            work();
        }
        assertThat(bench.cluster.calls).hasSize(2);
        assertThat(bench.cluster.submissions).hasSize(1);

        bench.clock.forward(jump);
        bench.cluster.jobs.put(batch.token(), List.of("777"));
        bench.pass(Duration.ofSeconds(30));
        work();
        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        assertThat(bench.cluster.submissions).extracting(sent -> sent.token()).containsOnlyOnce(batch.token());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "PT-1H"})
    void a_new_batch_is_sent_at_once_after_a_jump_of_the_clock(Duration jump) {
        bench.clock.forward(jump);
        bench.planned("a", Workbench.ONE_STEP, 1);

        work();

        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void one_lookup_that_finds_nothing_is_enough_where_lookups_are_certain() {
        Batch batch = ambiguous();
        bench.cluster.certain = true;
        bench.cluster.answer = sent -> new Submitted.Accepted("778");
        bench.clock.forward(Duration.ofSeconds(5));
        bench.submission(100).send(batch.token());

        assertThat(bench.cluster.submissions).hasSize(2);
        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("778");
    }

    @Test
    void a_lookup_that_fails_proves_nothing() {
        Batch batch = ambiguous();
        bench.cluster.broken.add("find");
        for (int time = 0; time < 10; time++) {
            bench.pass(Duration.ofSeconds(15));
            work();
        }

        assertThat(bench.cluster.submissions).hasSize(1);
        assertThat(bench.batch("a", 1).attempts()).isZero();
        assertThat(bench.incidents.open()).extracting(Incident::part).contains("batches");

        bench.cluster.broken.clear();
        bench.cluster.jobs.put(batch.token(), List.of("777"));
        bench.pass(Duration.ofSeconds(15));
        work();
        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
    }

    @Test
    void an_unclear_answer_does_not_resolve_the_incident_of_another_batch() {
        ambiguous();
        bench.cluster.broken.add("find");
        bench.pass(Duration.ofSeconds(15));
        work();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("batches");

        bench.planned("b", Workbench.ONE_STEP, 1);
        due();
        bench.submission(100).send(bench.batch("b", 1).token());

        assertThat(bench.batch("b", 1).state()).isEqualTo(BatchState.AMBIGUOUS);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("batches");
    }

    @Test
    void an_assembly_does_not_wait_for_batches_that_have_succeeded() {
        arraysOf(1);
        bench.planned("a", Workbench.ONE_STEP, 2);
        Submission submission = bench.submission(100);
        List<String> tokens = submission.due();
        submission.send(tokens.get(0));
        submission.send(tokens.get(1));
        succeed(bench.batch("a", 1));

        submission.send(tokens.get(2));

        assertThat(bench.cluster.submissions.get(2).after()).containsExactly("102");
    }

    @Test
    void no_batch_is_written_while_the_cluster_does_not_answer() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.cluster.broken.add("capabilities");

        work();
        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("submission");

        bench.cluster.broken.clear();
        work();
        assertThat(bench.batches("a")).hasSize(2);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_missing_storage_stops_the_sending_and_loses_nothing() throws Exception {
        bench.planned("a", Workbench.ONE_STEP, 1);
        List<String> tokens = due();
        Path work = bench.storage.root().resolve("work");
        Path away = bench.storage.root().resolve("away");
        Files.move(work.resolve("a"), away);
        Files.delete(work);

        bench.submission(100).send(tokens.get(0));
        assertThat(bench.cluster.submissions).isEmpty();
        assertThat(work).doesNotExist();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("batches");

        Files.createDirectory(work);
        Files.move(away, work.resolve("a"));
        bench.pass(Duration.ofSeconds(15));
        work();
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    // ---- after a failure

    @Test
    void a_paused_tile_is_submitted_after_its_pause_and_delays_no_other_tile() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.ledger.change(
                session -> session.tiles().pause("a", 0, bench.steady.instant().plusSeconds(20)));

        work();
        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(1);
        assertThat(bench.run(bench.batch("a", 1), 0).tile()).isEqualTo(1);

        bench.clock.forward(Duration.ofHours(1));
        work();
        assertThat(bench.batches("a")).hasSize(1);

        bench.pass(Duration.ofSeconds(20));
        work();
        assertThat(bench.run(bench.batch("a", 2), 0).tile()).isZero();
    }

    @Test
    void a_pause_ends_when_swath_is_started_again() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(
                session -> session.tiles().pause("a", 0, bench.steady.instant().plus(Duration.ofDays(400))));

        Submission after = bench.submission(100);
        after.recover();
        after.due().forEach(after::send);

        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    /** That many tiles of a new scene fail on a node now. */
    private void failsOn(String node, String scene, int tiles) {
        bench.planned(scene, Workbench.ONE_STEP, tiles);
        work();
        Batch batch = bench.batch(scene, 1);
        bench.ledger.change(session -> {
            List<Run> failed = session.runs().open(batch.token()).stream()
                    .map(run -> new Run(
                            batch.token(),
                            run.index(),
                            scene,
                            0,
                            "ndvi",
                            run.tile(),
                            1,
                            RunState.FAILED,
                            Optional.of(Cause.NODE),
                            "node failed",
                            TaskRow.facts(batch, run.index(), node, bench.clock.instant())))
                    .toList();
            session.runs().finish(failed);
            failed.forEach(run -> session.faults().setAtFault(run.token(), run.index(), AtFault.NODE));
        });
    }

    @Test
    void a_node_on_which_many_tiles_failed_is_excluded_and_is_an_incident_for_ten_minutes() {
        failsOn("cpu2", "a", 3);
        failsOn("cpu1", "b", 2);
        bench.planned("c", Workbench.TWO_STEPS, 1);

        work();
        assertThat(bench.batches("c"))
                .extracting(batch -> batch.request().excludedNodes())
                .containsExactly(List.of("cpu2"), List.of("cpu2"), List.of("cpu2"));
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("nodes");
        assertThat(bench.incidents.open().get(0).what()).contains("cpu2").doesNotContain("cpu1");

        bench.pass(Duration.ofMinutes(11));
        bench.planned("d", Workbench.ONE_STEP, 1);
        work();
        assertThat(bench.batch("d", 1).request().excludedNodes()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_incident_of_a_failing_node_ends_even_when_no_scene_waits() {
        failsOn("cpu2", "a", 3);
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(bench.scene("a").state()), SceneState.CANCELLED, ""));
        due();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("nodes");

        bench.pass(Duration.ofMinutes(11));
        due();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void not_all_nodes_of_a_partition_are_excluded() {
        for (String node : List.of("cpu1", "cpu2", "cpu3")) {
            failsOn(node, "of-" + node, 3);
        }
        bench.planned("z", Workbench.ONE_STEP, 1);

        work();

        assertThat(bench.batch("z", 1).request().excludedNodes()).containsExactly("cpu1", "cpu2");
    }

    private static final NodeResources SMALL = new NodeResources(26, 1_900, Map.of(), 0, 0);
    private static final NodeResources LARGE = new NodeResources(26, 16_000, Map.of(), 0, 0);
    private static final String NEEDS_A_LARGE_NODE = Workbench.ONE_STEP.replace("600M", "2000M");

    private void clusterOf(NodeKind... kinds) {
        int nodes = Stream.of(kinds).mapToInt(kind -> kind.nodes().size()).sum();
        bench.cluster.capabilities = new Capabilities(
                "slurm 24.11.5",
                1_001,
                List.of(new Partition(
                        "cpu",
                        true,
                        nodes,
                        26,
                        16_000,
                        0,
                        0,
                        Optional.empty(),
                        "",
                        List.of(),
                        List.of(kinds),
                        PartitionRules.NONE,
                        PartitionAccess.ALL)));
    }

    private static NodeKind nodes(Availability availability, NodeResources each, String... names) {
        return new NodeKind(
                each,
                1,
                Set.of(),
                Stream.of(names)
                        .map(name -> new NodeKind.Node(name, availability, "", each))
                        .toList());
    }

    @ParameterizedTest
    @EnumSource(Availability.class)
    void a_failing_node_is_not_excluded_where_no_other_has_what_a_task_asks_for_whether_it_is_ready_or_not(
            Availability availability) {
        clusterOf(nodes(Availability.READY, SMALL, "cpu1", "cpu3"), nodes(availability, LARGE, "cpu2"));
        failsOn("cpu2", "a", 3);
        bench.planned("d", NEEDS_A_LARGE_NODE, 1);
        work();
        bench.planned("c", Workbench.ONE_STEP, 1);
        work();

        assertThat(bench.batch("c", 1).request().excludedNodes()).containsExactly("cpu2");
        assertThat(bench.batch("d", 1).request().excludedNodes()).isEmpty();
    }

    @Test
    void what_waits_keeps_its_memory_where_only_a_node_that_it_excludes_has_what_is_needed_now() {
        clusterOf(nodes(Availability.READY, SMALL, "cpu1", "cpu3"), nodes(Availability.READY, LARGE, "cpu2"));
        failsOn("cpu2", "a", 3);
        bench.planned("first", Workbench.ONE_STEP, 10);
        bench.planned("waits", Workbench.ONE_STEP, 20);
        work();
        assertThat(bench.batch("waits", 1).request().excludedNodes()).containsExactly("cpu2");
        for (int index = 0; index < 10; index++) {
            TaskEnd.SUCCESS.peak(3_000).one(bench, bench.batch("first", 1), index);
        }

        bench.pass(Duration.ofSeconds(30));
        work();

        assertThat(bench.cluster.resized)
                .doesNotContainKey(bench.batch("waits", 1).clusterId());
        assertThat(bench.batch("waits", 1).request().memoryMiB()).isEqualTo(600);
    }

    @ParameterizedTest
    @EnumSource(Availability.class)
    void a_failing_node_is_excluded_while_the_only_other_one_that_has_what_a_task_asks_for_is_not_ready(
            Availability availability) {
        clusterOf(
                nodes(Availability.READY, SMALL, "cpu1"),
                nodes(Availability.READY, LARGE, "cpu2"),
                nodes(availability, LARGE, "cpu4"));
        failsOn("cpu2", "a", 3);
        bench.planned("d", NEEDS_A_LARGE_NODE, 1);

        work();

        assertThat(bench.batch("d", 1).request().excludedNodes()).containsExactly("cpu2");
    }

    @Test
    void a_batch_that_is_refused_because_it_excludes_all_nodes_that_have_enough_is_planned_anew() {
        clusterOf(nodes(Availability.READY, SMALL, "cpu1", "cpu3"), nodes(Availability.READY, LARGE, "cpu2", "cpu4"));
        failsOn("cpu2", "a", 3);
        bench.planned("d", NEEDS_A_LARGE_NODE, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer =
                sent -> new Submitted.Rejected("Requested node configuration is not available", Reason.NOT_ALLOWED);
        work();
        Batch refused = bench.batch("d", 1);
        assertThat(refused.request().excludedNodes()).containsExactly("cpu2");

        clusterOf(nodes(Availability.READY, SMALL, "cpu1", "cpu3"), nodes(Availability.OUT, LARGE, "cpu2"));
        bench.cluster.answer = accept;
        bench.pass(Duration.ofMinutes(2));
        work();
        work();

        assertThat(bench.batches("d")).extracting(Batch::token).doesNotContain(refused.token());
        Batch again = bench.batches("d").get(0);
        assertThat(again.step()).isEqualTo(refused.step());
        assertThat(again.state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(again.request().excludedNodes()).isEmpty();
        assertThat(bench.tile("d", 0).state()).isEqualTo(TileState.OPEN);
    }

    // ---- after a crash

    @Test
    void after_a_restart_a_batch_whose_script_was_written_is_looked_up_before_it_is_sent() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer = sent -> {
            throw new IllegalStateException("killed");
        };
        List<String> tokens = due();
        assertThatThrownBy(() -> bench.submission(100).send(tokens.get(0))).hasMessage("killed");
        bench.cluster.answer = accept;
        bench.cluster.jobs.put(tokens.get(0), List.of("777"));

        Submission after = bench.submission(100);
        after.recover();
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.AMBIGUOUS);
        after.due().forEach(after::send);

        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        assertThat(bench.cluster.submissions).extracting(sent -> sent.token()).containsOnlyOnce(tokens.get(0));
    }

    /** The steady clock of the former program means nothing to the new one. */
    @ParameterizedTest
    @ValueSource(strings = {"P400D", "P-400D"})
    void the_lookups_start_from_the_first_after_a_restart(Duration jump) {
        Batch batch = ambiguous();
        for (int seconds : new int[] {5, 15, 30}) {
            bench.pass(Duration.ofSeconds(seconds));
            work();
        }
        bench.cluster.calls.clear();
        bench.steady.forward(jump);

        bench.submission(100).recover();
        work();
        for (int seconds : new int[] {15, 30}) {
            bench.pass(Duration.ofSeconds(seconds));
            work();
        }
        assertThat(bench.cluster.calls).hasSize(3);
        assertThat(bench.cluster.submissions).hasSize(1);
        bench.pass(Duration.ofSeconds(60));
        work();
        assertThat(bench.cluster.submissions)
                .extracting(sent -> sent.token())
                .containsExactly(batch.token(), batch.token());
    }

    @Test
    void after_a_restart_a_batch_whose_script_was_not_written_is_sent_at_once() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        due();

        Submission after = bench.submission(100);
        after.recover();
        after.due().forEach(after::send);

        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void the_unsent_batches_of_a_cancelled_scene_are_withdrawn() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        List<String> tokens = due();
        bench.ledger.write(session ->
                session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.CANCELLED, "by a person"));

        tokens.forEach(bench.submission(100)::send);

        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.cluster.submissions).isEmpty();
        assertThat(bench.ledger.<Integer>read(session -> session.runs().openCount()))
                .isZero();
    }

    @Test
    void a_scene_is_retried_before_all_its_unsent_batches_were_withdrawn() {
        bench.planned("a", Workbench.TWO_STEPS, 2);
        Submission submission = bench.submission(100);
        List<String> tokens = submission.due();
        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.FAILED, "why"));
        submission.send(tokens.get(0));
        assertThat(bench.batches("a")).isEmpty();

        bench.ledger.change(session -> {
            session.tiles().retryFailed("a");
            session.scenes().move("a", Set.of(SceneState.FAILED), SceneState.PROCESSING, "retried by a person");
        });
        tokens.forEach(submission::send);
        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("clean", "infer", "assemble");
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
        assertThat(bench.tile("a", 1).attempts())
                .as("an unsent batch is no attempt")
                .isOne();
    }

    @Test
    void a_batch_that_waits_for_a_batch_that_is_gone_is_withdrawn_and_its_tiles_are_submitted_anew() {
        bench.planned("a", Workbench.TWO_STEPS, 1);
        Submission submission = bench.submission(100);
        List<String> tokens = submission.due();
        bench.ledger.change(session -> session.batches().withdraw(tokens.get(0)));

        tokens.forEach(submission::send);
        assertThat(bench.batches("a")).isEmpty();
        submission.due().forEach(submission::send);
        assertThat(bench.batches("a")).extracting(Batch::step).containsExactly("clean", "infer", "assemble");
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void a_batch_of_a_held_scene_waits_until_the_scene_is_released() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        List<String> tokens = due();
        bench.ledger.change(session -> session.scenes().hold("a", true));
        tokens.forEach(bench.submission(100)::send);
        assertThat(bench.cluster.submissions).isEmpty();

        bench.ledger.change(session -> session.scenes().hold("a", false));
        bench.pass(Duration.ofSeconds(15));
        work();
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void ten_thousand_tiles_are_eleven_batches() {
        Partition large = new Partition("cpu", true, 1_000, 16, 16_000, 0, 0, Optional.empty());
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(large));
        bench.planned("a", Workbench.ONE_STEP, 10_000);

        assertThat(due()).isNotEmpty();

        assertThat(bench.batches("a")).hasSize(11);
        assertThat(bench.batches("a")).extracting(Batch::size).startsWith(1_001, 1_001);
        int tiles = IntStream.range(0, 10)
                .map(number -> bench.batch("a", number + 1).size())
                .sum();
        assertThat(tiles).isEqualTo(10_000);
    }
}
