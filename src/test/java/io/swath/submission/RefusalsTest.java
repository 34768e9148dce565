package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Reason;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.UnsentBatches;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.FakeCluster;
import io.swath.testing.TaskEnd;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that says no to a submission: limits, rules of a site, and answers that Swath does not know. */
@Tag("resources")
class RefusalsTest {
    private static final String LIMIT = "sbatch: error: QOSMaxSubmitJobPerUserLimit";

    private Workbench bench;
    private Function<JobArray, Submitted> accept;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        accept = bench.cluster.answer;
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static void work(Submission submission) {
        List<String> due;
        do {
            due = submission.due();
            due.forEach(submission::send);
        } while (submission.more(due));
    }

    /** The tasks that the cluster holds now, of jobs that match. */
    private int inCluster(Predicate<Batch> which) {
        return bench.ledger.read(session -> session.batches().inStates(Set.of(BatchState.SUBMITTED))).stream()
                .filter(which)
                .mapToInt(batch -> bench.ledger
                        .read(session -> session.runs().open(batch.token()))
                        .size())
                .sum();
    }

    /** From now on, the cluster holds at most this number of tasks in a partition. */
    private void limit(String partition, int most) {
        bench.cluster.answer = sent -> sent.request().partition().equals(partition)
                        && inCluster(batch -> batch.request().partition().equals(partition)) + sent.size() > most
                ? new Submitted.Rejected(LIMIT, Reason.TOO_MANY_TASKS)
                : accept.apply(sent);
    }

    private void refuse(Predicate<JobArray> which, String why, Reason reason) {
        bench.cluster.answer = sent -> which.test(sent) ? new Submitted.Rejected(why, reason) : accept.apply(sent);
    }

    /** All tasks that the cluster holds and that wait for no other task succeed, as tracking records it. */
    private void tasksSucceed(int lastStep) {
        List<Batch> queued = bench.ledger.read(session -> session.batches().inStates(Set.of(BatchState.SUBMITTED)));
        for (Batch batch : queued) {
            bench.ledger.change(session -> {
                List<TileProgress> moved = new ArrayList<>();
                List<Run> ended = new ArrayList<>();
                session.runs().open(batch.token()).forEach(open -> {
                    TileProgress tile = session.tiles()
                            .find(batch.sceneId(), List.of(open.tile()))
                            .get(0);
                    if (tile.step() == batch.stepIndex()) {
                        assertThat(open.attempt()).isEqualTo(tile.attempts());
                        moved.add(tile.stepDone(batch.assembly() || batch.stepIndex() == lastStep));
                        ended.add(ended(batch, open.index(), open.tile(), open.attempt()));
                    }
                });
                session.runs().finish(ended);
                session.tiles().update(moved);
                session.unsentBatches().awaitNextStep(batch.sceneId(), moved);
                session.batches().closeEnded();
            });
        }
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

    private boolean done(String scene) {
        return bench.tile(scene, TileProgress.ASSEMBLY).state() == TileState.DONE;
    }

    /** Works until a scene is assembled. */
    private void workUntilDone(Submission submission, String scene, int lastStep) {
        for (int cycle = 0; cycle < 200 && !done(scene); cycle++) {
            work(submission);
            assertThat(bench.incidents.open())
                    .as("nothing is wrong with a limit")
                    .isEmpty();
            if (cycle % 5 == 4) {
                tasksSucceed(lastStep);
            }
            bench.pass(Duration.ofSeconds(5));
        }
        assertThat(done(scene)).as("the scene is done").isTrue();
    }

    private List<String> succeeded(String scene) {
        List<String> runs = new ArrayList<>();
        bench.ledger.read(session -> {
            session.runs().forEach(scene, 1, run -> runs.add(run.step() + " " + run.tile()));
            return runs;
        });
        return runs;
    }

    @Test
    void a_scene_with_more_tasks_than_may_be_submitted_is_queued_in_arrays_that_fit() {
        limit("cpu", 5);
        bench.planned("a", Workbench.ONE_STEP, 16);

        workUntilDone(bench.submission(5_000), "a", 0);

        assertThat(succeeded("a")).hasSize(17).doesNotHaveDuplicates();
        assertThat(bench.batches("a"))
                .allSatisfy(batch -> assertThat(batch.size()).isLessThanOrEqualTo(5));
        assertThat(bench.batches("a")).extracting(Batch::size).contains(4, 5);
        assertThat(bench.tile("a", 7).attempts()).as("a refusal is no attempt").isOne();
        Set<String> tokens = new HashSet<>();
        bench.cluster.submissions.stream()
                .filter(sent -> sent.size() > 5)
                .forEach(sent -> assertThat(tokens.add(sent.token())).isTrue());
        assertThat(bench.batches("a")).extracting(Batch::token).doesNotContainAnyElementsOf(tokens);
    }

    @Test
    void only_the_limited_step_of_a_scene_waits_and_each_tile_is_done_once_per_step() {
        limit("gpu", 3);
        bench.planned("a", Workbench.TWO_STEPS, 10);

        workUntilDone(bench.submission(5_000), "a", 1);

        assertThat(succeeded("a")).hasSize(21).doesNotHaveDuplicates();
        assertThat(bench.batches("a").stream().filter(batch -> batch.step().equals("infer")))
                .allSatisfy(batch -> assertThat(batch.size()).isLessThanOrEqualTo(3));
        assertThat(bench.tile("a", 0).attempts()).isLessThanOrEqualTo(2);
    }

    @Test
    void a_limit_of_one_partition_delays_no_scene_in_another() {
        limit("gpu", 1);
        bench.planned("a", Workbench.TWO_STEPS, 4);
        Submission submission = bench.submission(5_000);
        for (int cycle = 0; cycle < 10; cycle++) {
            work(submission);
            bench.pass(Duration.ofSeconds(1));
        }
        bench.planned("b", Workbench.ONE_STEP, 20);

        work(submission);

        assertThat(bench.batch("b", 1).size()).isEqualTo(20);
        assertThat(bench.batch("b", 1).state()).isEqualTo(BatchState.SUBMITTED);
    }

    @Test
    void a_limit_that_was_raised_is_used_after_a_while() {
        limit("cpu", 5);
        bench.planned("a", Workbench.ONE_STEP, 200);
        Submission submission = bench.submission(5_000);
        for (int cycle = 0; cycle < 10; cycle++) {
            work(submission);
            bench.pass(Duration.ofSeconds(5));
        }
        assertThat(inCluster(batch -> true)).isEqualTo(5);

        limit("cpu", 1_000);
        for (int cycle = 0; cycle < 12; cycle++) {
            bench.pass(Duration.ofMinutes(11));
            work(submission);
        }
        assertThat(inCluster(batch -> true)).isEqualTo(201);
    }

    private void holdScene(String id) {
        bench.ledger.change(session -> session.scenes().hold(id, true));
    }

    @Test
    void unsent_batches_of_held_scenes_take_no_place_under_a_limit_from_other_scenes() {
        limit("cpu", 5);
        for (int number = 10; number < 30; number++) {
            bench.planned("a" + number, Workbench.ONE_STEP, 1);
        }
        Submission submission = bench.submission(5_000);
        work(submission);
        for (int number = 10; number < 30; number++) {
            assertThat(bench.batches("a" + number))
                    .as("written before the limit is known")
                    .isNotEmpty();
            if (bench.batch("a" + number, 1).state() == BatchState.INTENT) {
                holdScene("a" + number);
            }
        }
        bench.planned("b", Workbench.ONE_STEP, 3);

        for (int cycle = 0; cycle < 30 && !done("b"); cycle++) {
            tasksSucceed(0);
            bench.pass(Duration.ofSeconds(5));
            work(submission);
        }
        assertThat(done("b")).isTrue();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void unsent_nightly_batches_take_no_place_in_the_queue_by_day() {
        bench.delivered("n");
        bench.plannedAgain("n", Workbench.ONE_STEP, 4);
        Submission night = bench.submission(5);
        night.due();
        assertThat(bench.batch("n", 1).state()).isEqualTo(BatchState.INTENT);

        bench.night = new NightQuota(() -> false, 1);
        bench.planned("b", Workbench.ONE_STEP, 4);
        work(bench.submission(5));
        assertThat(bench.batch("b", 1).size()).isEqualTo(4);
        assertThat(bench.batch("b", 1).state()).isEqualTo(BatchState.SUBMITTED);
    }

    @Test
    void a_refused_batch_counts_as_no_task_so_a_small_queue_limit_holds_up_no_other_scene() {
        refuse(
                sent -> sent.token().endsWith("-1") && sent.size() == 4,
                "Invalid qos specification",
                Reason.NOT_ALLOWED);
        bench.planned("a", Workbench.ONE_STEP, 4);
        Submission submission = bench.submission(5);
        work(submission);

        bench.planned("b", Workbench.ONE_STEP, 1);
        work(submission);

        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.INTENT);
        assertThat(bench.batch("b", 1).state()).isEqualTo(BatchState.SUBMITTED);
    }

    @Test
    void a_single_task_beyond_a_limit_that_others_fill_is_an_incident_and_is_tried_again() {
        limit("cpu", 0);
        bench.planned("a", Workbench.ONE_STEP, 4);
        Submission submission = bench.submission(5_000);
        for (int cycle = 0; cycle < 6; cycle++) {
            work(submission);
            bench.pass(Duration.ofSeconds(1));
        }
        submission.due();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what()).contains("scene a", "1 task)", LIMIT));

        limit("cpu", 5);
        bench.pass(Duration.ofMinutes(5));
        work(submission);
        submission.due();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_limit_of_all_partitions_that_swaths_own_tasks_fill_is_no_incident_unless_they_do_not_end() {
        bench.cluster.answer = sent -> inCluster(batch -> true) + sent.size() > 1
                ? new Submitted.Rejected(LIMIT, Reason.TOO_MANY_TASKS)
                : accept.apply(sent);
        bench.planned("a", Workbench.TWO_STEPS, 1);
        Submission submission = bench.submission(5_000);
        for (int cycle = 0; cycle < 8; cycle++) {
            work(submission);
            bench.pass(Duration.ofMinutes(1));
        }
        submission.due();
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(bench.incidents.open()).isEmpty();

        for (int cycle = 0; cycle < 8; cycle++) {
            bench.pass(Duration.ofMinutes(1));
            work(submission);
        }
        submission.due();
        assertThat(bench.incidents.open())
                .extracting(Incident::what)
                .singleElement()
                .satisfies(what -> assertThat(what).contains("step infer", LIMIT));
    }

    private static final String GPU_STEP = """
            accepts: { bands: [red, nir] }
            tile: { size: 64 }
            steps:
              - { name: infer, run: step.sh, device: gpu, gpu: 0.25, request: { cpus: 1, memory: 2G, time: 10m } }
            output: { type: Int16, nodata: -32768, bands: 1 }
            retries: 2
            """;

    /** The tasks of a scene's batches that the cluster holds. */
    private int inCluster(String scene) {
        return inCluster(batch -> batch.sceneId().equals(scene));
    }

    /** Some tasks of one batch that the cluster holds succeed; all others run on. */
    private void tasksOfOneBatchSucceed(String scene, int most) {
        bench.batches(scene).stream()
                .filter(batch -> batch.state() == BatchState.SUBMITTED)
                .findFirst()
                .ifPresent(batch -> bench.ledger.change(session -> {
                    List<Run> runs = session.runs().open(batch.token()).stream()
                            .limit(most)
                            .map(open -> ended(batch, open.index(), open.tile(), open.attempt()))
                            .toList();
                    session.runs().finish(runs);
                    runs.forEach(run -> session.tiles()
                            .update(List.of(bench.tile(scene, run.tile()).withState(TileState.DONE))));
                    session.batches().closeEnded();
                }));
    }

    @Test
    void under_a_limit_of_the_whole_account_a_gpu_step_gets_a_place_although_a_cpu_step_could_fill_all() {
        bench.cluster.answer = sent -> inCluster(batch -> true) + sent.size() > 5
                ? new Submitted.Rejected(LIMIT, Reason.TOO_MANY_TASKS)
                : accept.apply(sent);
        bench.planned("a", Workbench.ONE_STEP, 300);
        Submission submission = bench.submission(5_000);
        for (int cycle = 0; cycle < 20; cycle++) {
            work(submission);
            bench.pass(Duration.ofSeconds(1));
        }
        assertThat(inCluster("a")).isEqualTo(5);
        bench.planned("g", GPU_STEP, 3);

        long tried = 0;
        for (int second = 0; second < 120 && inCluster("g") == 0; second++) {
            work(submission);
            submission.due();
            assertThat(bench.incidents.open()).isEmpty();
            bench.pass(Duration.ofSeconds(1));
            long before = tried;
            tried = bench.cluster.submissions.stream()
                    .filter(sent -> sent.request().partition().equals("gpu"))
                    .count();
            if (tried > before
                    && inCluster("g") == 0) { // until the next try, the CPU step has time to use the free place
                tasksOfOneBatchSucceed("a", 1);
            }
        }
        assertThat(inCluster("g")).isPositive();
        assertThat(inCluster("a")).as("and the CPU step has the other places").isPositive();
    }

    @Test
    void a_limit_of_one_partition_that_others_fill_takes_no_places_from_another_partition() {
        Partition large = new Partition("cpu", true, 100, 8, 16_000, 0, 0, Optional.empty());
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(large, FakeCluster.GPU));
        bench.planned("a", Workbench.ONE_STEP, 300);
        Submission submission = bench.submission(100);
        work(submission);
        limit("gpu", 0);
        bench.planned("g", GPU_STEP, 1);
        for (int second = 0; second < 600; second++) {
            work(submission);
            if (second % 60 == 30) {
                tasksOfOneBatchSucceed("a", 100);
            }
            bench.pass(Duration.ofSeconds(1));
        }
        work(submission);
        assertThat(bench.tile("a", 290).state()).isNotEqualTo(TileState.WAITING);
        assertThat(inCluster("g")).isZero();
    }

    @Test
    void each_refused_batch_is_one_incident_that_begins_with_its_first_refusal_and_no_other_batch_ends() {
        String first = bench.planned("a", Workbench.ONE_STEP, 1).id();
        bench.planned("b", Workbench.ONE_STEP, 1);
        Submission submission = bench.submission(5_000);
        List<String> tokens = submission.due();
        String stuck = bench.batch(first, 1).token();
        refuse(sent -> sent.token().equals(stuck), "Invalid account or account/partition", Reason.NOT_ALLOWED);
        Instant begin = bench.clock.instant();
        tokens.forEach(submission::send);

        for (int minute = 0; minute < 30; minute++) {
            bench.pass(Duration.ofMinutes(1));
            bench.planned("n" + minute, Workbench.ONE_STEP, 1);
            work(submission);
            assertThat(bench.incidents.open()).singleElement().satisfies(incident -> {
                assertThat(incident.part()).isEqualTo("batch " + stuck);
                assertThat(incident.since()).isEqualTo(begin);
                assertThat(incident.what()).contains("scene a", "Invalid account or account/partition");
            });
        }
        assertThat(bench.batch("n29", 1).state()).isEqualTo(BatchState.SUBMITTED);

        bench.ledger.write(session ->
                session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.CANCELLED, "by a person"));
        submission.due();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_refused_batch_is_sent_again_after_pauses_that_double_up_to_a_quarter_of_an_hour() {
        refuse(sent -> true, "Invalid qos specification", Reason.NOT_ALLOWED);
        bench.planned("a", Workbench.ONE_STEP, 1);
        Submission submission = bench.submission(5_000);
        work(submission);

        List<Long> pauses = new ArrayList<>();
        for (int refusal = 1; refusal <= 7; refusal++) {
            long seconds = 0;
            while (bench.cluster.submissions.size() == refusal) {
                bench.pass(Duration.ofSeconds(15));
                seconds += 15;
                work(submission);
            }
            pauses.add(seconds);
        }
        assertThat(pauses).containsExactly(60L, 120L, 240L, 480L, 900L, 900L, 900L);
    }

    // ---- limits for one task

    @Test
    void a_scene_whose_tasks_are_larger_than_a_limit_fails_with_the_limit_and_can_be_retried() {
        refuse(sent -> sent.request().memoryMiB() > 500, "sbatch: error: QOSMaxMemoryPerJob", Reason.TASK_TOO_LARGE);
        bench.planned("a", Workbench.ONE_STEP, 2);
        Submission submission = bench.submission(5_000);

        work(submission);
        bench.pass(Duration.ofMinutes(1));
        work(submission);

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).contains("step ndvi", "600 MiB", "120 s", "cpu", "QOSMaxMemoryPerJob");
        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();

        bench.cluster.answer = accept;
        bench.ledger.change(session -> {
            session.tiles().retryFailed("a");
            session.scenes().move("a", Set.of(SceneState.FAILED), SceneState.PROCESSING, "");
        });
        work(submission);
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    /** The tasks of a batch are killed at their memory limit, and their tiles wait to be retried. */
    private void killed(Batch batch, List<Integer> tiles) {
        killed(batch, tiles, Cause.OUT_OF_MEMORY, tile -> tile.withTooLittle(600));
    }

    /** @param after what is known of such a tile then */
    private void killed(Batch batch, List<Integer> tiles, Cause cause, UnaryOperator<TileProgress> after) {
        tiles.forEach(
                tile -> TaskEnd.failure(cause, "killed").one(bench, batch, tile)); // a tile's index in its first batch
        bench.ledger.change(session -> {
            session.tiles()
                    .update(session.tiles().find(batch.sceneId(), tiles).stream()
                            .map(tile -> after.apply(tile.retry(true)))
                            .toList());
            session.batches().closeEnded();
        });
    }

    @Test
    void tiles_whose_retry_asks_for_too_much_fail_and_the_others_go_on() {
        refuse(sent -> sent.request().memoryMiB() > 1_000, "sbatch: error: QOSMaxMemoryPerJob", Reason.TASK_TOO_LARGE);
        bench.planned("a", Workbench.ONE_STEP, 10);
        Submission submission = bench.submission(5_000);
        work(submission);
        killed(bench.batch("a", 1), List.of(3, 4));

        work(submission);

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", 3).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.tile("a", 4).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.tile("a", 5).state()).isEqualTo(TileState.OPEN);
        List<Run> failures = bench.ledger.read(session -> session.runs().failures("a", 10));
        assertThat(failures).hasSize(2).allSatisfy(run -> {
            assertThat(run.detail())
                    .startsWith("killed; no retry: a task asks for ")
                    .contains("1200 MiB", "QOSMaxMemoryPerJob");
            assertThat(run.attempt()).isOne();
        });
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_tile_whose_retry_asks_for_too_much_of_a_gpu_fails_and_the_others_go_on() {
        refuse(sent -> sent.request().gpu().part() > 0.3, "sbatch: error: QOSMaxGRESPerJob", Reason.TASK_TOO_LARGE);
        bench.planned("a", Workbench.ONE_STEP.replace("device: cpu", "device: gpu, gpu: 0.25"), 10);
        Submission submission = bench.submission(5_000);
        work(submission);
        killed(bench.batch("a", 1), List.of(3), Cause.GPU_OUT_OF_MEMORY, tile -> tile.withGpu(0.5));

        work(submission);

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", 3).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.tile("a", 5).state()).isEqualTo(TileState.OPEN);
    }

    @Test
    void a_scene_of_which_only_refused_retries_were_left_fails_as_with_any_failed_tile_and_can_be_retried() {
        refuse(sent -> sent.request().memoryMiB() > 1_000, "sbatch: error: QOSMaxMemoryPerJob", Reason.TASK_TOO_LARGE);
        bench.planned("a", Workbench.ONE_STEP, 1);
        Submission submission = bench.submission(5_000);
        work(submission);
        killed(bench.batch("a", 1), List.of(0));

        work(submission);

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason())
                .startsWith("1 of 1 tiles failed: tile 0 OUT_OF_MEMORY (killed; no retry: ")
                .contains("QOSMaxMemoryPerJob");
        bench.cluster.answer = accept;
        bench.ledger.change(session -> {
            session.tiles().retryFailed("a");
            session.scenes().move("a", Set.of(SceneState.FAILED), SceneState.PROCESSING, "");
        });
        work(submission);
        assertThat(bench.tile("a", 0).attempts()).isEqualTo(2);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
    }

    // ---- answers that Swath does not know

    private static final String SITE =
            "sbatch: error: Please name a project with --account sbatch: error: Batch job submission failed: Unspecified"
                    + " error (exit status 1)";

    /** The lookups of a batch take 110 s in all. */
    private void lookUp(Submission submission) {
        for (int seconds : new int[] {5, 15, 30, 60}) {
            bench.pass(Duration.ofSeconds(seconds));
            work(submission);
        }
    }

    @Test
    void an_unclear_answer_that_comes_back_is_a_refusal_in_the_sites_own_words() {
        bench.cluster.answer = sent -> new Submitted.Ambiguous(SITE);
        bench.planned("a", Workbench.ONE_STEP, 3);
        Submission submission = bench.submission(5_000);
        work(submission);
        List<UnsentBatches.Refused> answers =
                bench.ledger.read(session -> session.unsentBatches().ofScene("a"));
        assertThat(answers).extracting(UnsentBatches.Refused::why).containsExactly(SITE);

        lookUp(submission);
        submission.due();
        assertThat(bench.cluster.submissions)
                .as("sent again at once, the first time")
                .hasSize(2);
        assertThat(bench.incidents.open())
                .extracting(Incident::what)
                .singleElement()
                .satisfies(what ->
                        assertThat(what).contains("scene a", "refused once", "Please name a project with --account"));

        lookUp(submission);
        assertThat(bench.cluster.submissions).hasSize(2);
        bench.pass(Duration.ofSeconds(60));
        work(submission);
        assertThat(bench.cluster.submissions).hasSize(3);
        assertThat(bench.cluster.submissions).extracting(JobArray::size).containsOnly(3);
        assertThat(bench.cluster.submissions)
                .extracting(JobArray::token)
                .containsOnly(bench.batch("a", 1).token());

        bench.cluster.answer = accept;
        lookUp(submission);
        bench.pass(Duration.ofMinutes(2));
        work(submission);
        submission.due();
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_full_queue_that_is_only_seen_by_a_time_out_makes_the_arrays_smaller_after_every_lookup() {
        bench.cluster.answer = sent -> sent.size() > 4
                ? new Submitted.Ambiguous("Slurm temporarily unable to accept job, sleeping and retrying", true)
                : accept.apply(sent);
        bench.planned("a", Workbench.ONE_STEP, 8);
        Submission submission = bench.submission(5_000);
        work(submission);
        String token = bench.batch("a", 1).token();

        for (int seconds : new int[] {5, 15, 30}) {
            bench.pass(Duration.ofSeconds(seconds));
            work(submission);
            assertThat(bench.batch("a", 1).token()).as("may be queued").isEqualTo(token);
        }
        bench.pass(Duration.ofSeconds(60));
        work(submission);
        work(submission);
        assertThat(bench.batches("a").get(0).size()).isEqualTo(4);
        assertThat(bench.batches("a").get(0).token()).isNotEqualTo(token);
    }

    // ---- what is written down and not sent

    @Test
    void after_a_restart_with_a_lower_limit_a_batch_is_cut_anew_once_it_is_certainly_not_queued() {
        bench.planned("a", Workbench.ONE_STEP, 16);
        bench.cluster.answer = sent -> new Submitted.Rejected(LIMIT, Reason.NOT_NOW);
        work(bench.submission(5_000));
        Batch written = bench.batch("a", 1);
        assertThat(written.size()).isEqualTo(16);
        bench.cluster.answer = accept;

        Submission after = bench.submission(5);
        after.recover();
        work(after);
        assertThat(bench.batch("a", 1).token()).isEqualTo(written.token());
        bench.planned("b", Workbench.ONE_STEP, 1);
        lookUp(after);
        work(after);
        work(after);

        assertThat(bench.batches("a")).extracting(Batch::token).doesNotContain(written.token());
        assertThat(bench.batches("a"))
                .allSatisfy(batch -> assertThat(batch.size()).isLessThanOrEqualTo(5));
        assertThat(bench.cluster.submissions)
                .extracting(JobArray::size)
                .startsWith(16)
                .contains(1);
        assertThat(inCluster(batch -> true)).isLessThanOrEqualTo(5);
        assertThat(bench.batch("b", 1).state()).isEqualTo(BatchState.SUBMITTED);
    }

    @Test
    void a_batch_that_may_be_queued_is_never_cut() {
        bench.planned("a", Workbench.ONE_STEP, 16);
        bench.cluster.answer = sent -> new Submitted.Ambiguous("the line went dead");
        work(bench.submission(5_000));
        String token = bench.batch("a", 1).token();
        bench.cluster.jobs.put(token, List.of("777"));

        Submission after = bench.submission(5);
        after.recover();
        work(after);

        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        assertThat(bench.batch("a", 1).size()).isEqualTo(16);
    }

    @Test
    void an_unsent_batch_follows_a_partition_that_was_renamed() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        refuse(sent -> true, "Invalid partition name specified", Reason.NOT_ALLOWED);
        Submission submission = bench.submission(5_000);
        work(submission);
        Capabilities.Partition renamed =
                new Capabilities.Partition("day", true, 3, 8, 16_000, 0, 0, Optional.of(Duration.ofHours(24)));
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(renamed, FakeCluster.GPU));
        bench.cluster.answer = accept;

        bench.pass(Duration.ofMinutes(1));
        work(submission);
        work(submission);

        assertThat(bench.batches("a"))
                .extracting(batch -> batch.request().partition())
                .containsOnly("day");
        assertThat(bench.batches("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
    }

    @Test
    void a_step_that_waits_behind_a_step_with_failures_is_planned_anew_for_the_tiles_that_succeeded() {
        bench.planned("a", Workbench.TWO_STEPS, 2);
        refuse(sent -> sent.request().partition().equals("gpu"), "not now", Reason.NOT_NOW);
        Submission submission = bench.submission(5_000);
        work(submission);
        Batch first = bench.batch("a", 1);
        bench.ledger.change(session -> {
            TileProgress ok = bench.tile("a", 0).stepDone(false);
            TileProgress failed = bench.tile("a", 1).retry(true);
            session.runs()
                    .finish(List.of(
                            ended(first, 0, 0, 1),
                            new Run(
                                    first.token(),
                                    1,
                                    "a",
                                    0,
                                    "clean",
                                    1,
                                    1,
                                    RunState.FAILED,
                                    Optional.of(io.swath.model.Cause.EXIT),
                                    "",
                                    Run.Facts.NONE)));
            session.tiles().update(List.of(ok, failed));
            session.unsentBatches().awaitNextStep("a", List.of(ok, failed));
            session.batches().closeEnded();
        });
        bench.cluster.answer = accept;
        bench.pass(Duration.ofMinutes(1));
        IntStream.range(0, 4).forEach(cycle -> {
            work(submission);
            bench.pass(Duration.ofSeconds(20));
        });

        assertThat(bench.batches("a"))
                .extracting(Batch::step, Batch::size, Batch::state)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("clean", 2, BatchState.DONE),
                        org.assertj.core.groups.Tuple.tuple("infer", 1, BatchState.SUBMITTED),
                        org.assertj.core.groups.Tuple.tuple("clean", 1, BatchState.SUBMITTED),
                        org.assertj.core.groups.Tuple.tuple("infer", 1, BatchState.SUBMITTED),
                        org.assertj.core.groups.Tuple.tuple("assemble", 1, BatchState.SUBMITTED));
        assertThat(bench.tile("a", 0).step()).isEqualTo(1);
    }
}
