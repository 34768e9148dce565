package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.health.Incidents.Incident;
import io.swath.job.BatchLayout;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.Storage;
import io.swath.testing.TaskRow;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tracking concludes from the answers of accounting and queue. */
@Tag("resources")
class TrackingTest extends TrackingBench {
    private int accountingMessages() {
        return (int) bench.ledger.read(session -> session.outbox().unsent(10_000)).stream()
                .filter(entry -> entry.type().equals("io.swath.accounting.run"))
                .count();
    }

    @Test
    void when_all_tiles_are_done_the_scene_is_assembled() {
        Batch batch = queued(3);
        for (int index = 0; index < 3; index++) {
            succeeds(batch, index);
        }

        assertThat(cycle()).isTrue();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.DONE);
        assertThat(bench.run(batch, 2).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.tile("a", 2).state()).isEqualTo(TileState.DONE);
        assertThat(accountingMessages()).isEqualTo(3);
    }

    @Test
    void after_the_assembly_the_scene_stays_in_assembling_until_delivery() {
        Batch tiles = queued(1);
        succeeds(tiles, 0);
        succeeds(bench.batch("a", 2), 0);

        cycle();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).state()).isEqualTo(TileState.DONE);
    }

    /** The job may replace its evidence and its log, for example by a pipe without a writer or a link to a secret. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_task_that_replaces_its_files_stops_no_other_task_and_reads_no_secret() throws Exception {
        Batch batch = queued(2);
        succeeds(batch, 1);
        BatchLayout layout = BatchLayout.of(bench.storage, batch);
        Files.createDirectories(layout.evidence());
        Files.createDirectories(layout.logs());
        assertThat(new ProcessBuilder("mkfifo", layout.evidence(0).toString())
                        .start()
                        .waitFor())
                .isZero();
        Files.createSymbolicLink(
                layout.log(0), Files.writeString(bench.storage.root().resolve("secret"), "the password"));
        bench.cluster.rows.add(
                TaskRow.task(batch, 0).is(Phase.FAILED).exit(74, 0).row());

        cycle();

        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.run(batch, 0).cause()).contains(Cause.NODE);
        assertThat(bench.run(batch, 0).detail()).doesNotContain("password");
    }

    @Test
    void a_tile_that_was_changed_after_its_task_is_made_again_and_no_other_tile() {
        Batch batch = queued(2);
        succeeds(batch, 0);
        succeeds(batch, 1);
        cycle();
        Batch assembly = bench.batch("a", 2);
        bench.evidence(assembly, 0, """
                {"outcome":"bad-tiles","detail":"tile 1 is not what the evidence says","tiles":[1,-1,99]}
                """);
        bench.cluster.rows.add(
                TaskRow.task(assembly, 0).is(Phase.FAILED).exit(65, 0).row());
        cycle();

        assertThat(bench.run(assembly, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 1).step()).isZero();
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).faults()).isOne();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
    }

    @Test
    void a_batch_that_cannot_be_judged_is_an_incident_and_the_other_batches_are_judged() {
        Batch batch = queued(1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch other = bench.batch("b", 1);
        succeeds(batch, 0);
        succeeds(other, 0);
        TaskStatus row = bench.cluster.rows.remove(0);
        bench.cluster.rows.add(new TaskStatus(
                row.task(), row.state(), row.exit(), row.timing(), /* allocation= */ null, row.tres(), "", 0));

        cycle();

        assertThat(bench.run(other, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.QUEUED);
        bench.submission(100).due(); // knows nothing of this incident
        assertThat(bench.incidents.open())
                .extracting(Incident::part)
                .containsExactly("tasks of batch " + batch.token());

        accountingReports();
        succeeds(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    /** A job may write any text into its evidence. */
    @ParameterizedTest
    @ValueSource(
            strings = {"tiles/ndvi/1.tif", "../b/tiles/ndvi/0.tif", "/etc/passwd", "\u0000", "tiles/ndvi/./0.tif", ""})
    void a_success_that_names_another_output_is_no_success(String path) {
        Batch batch = queued(2);
        bench.leavesOutput(batch, 0);
        bench.leavesOutput(batch, 1);
        bench.evidence(batch, 0, """
                {"outcome":"ok","output":{"path":"%s","size":6,"sha256":"00"}}
                """.formatted(path.equals("\u0000") ? "\\u0000" : path));
        accountingReports(TaskRow.task(batch, 0).is(Phase.COMPLETED));

        cycles(Duration.ofMinutes(3));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"token\":\"swath-other-1\"", "\"index\":1", "\"attempt\":2", "\"job\":\"7\""})
    void evidence_about_another_task_counts_for_nothing(String wrong) {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        bench.evidence(batch, 0, """
                {%s,"outcome":"ok","output":{"path":"tiles/ndvi/0.tif","size":6,"sha256":"00"}}
                """.formatted(wrong));
        accountingReports(TaskRow.task(batch, 0).is(Phase.COMPLETED));

        cycles(Duration.ofMinutes(3));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.run(batch, 0).detail()).contains("no evidence");
    }

    @Test
    void usage_is_the_higher_value_of_accounting_and_evidence() {
        Batch batch = queued(1);
        succeeds(batch, 0);
        bench.cluster.usage.put("101_0", new TaskUsage(Optional.of(1_024L), Optional.of(9_000L), false));

        cycle();

        Run.Facts facts = bench.run(batch, 0).facts();
        assertThat(facts.used().memoryKiB()).contains(2_048L);
        assertThat(facts.used().cpuMillis()).contains(9_000L);
        assertThat(facts.jobId()).isEqualTo("101_0");
        assertThat(facts.allocation().node()).isEqualTo("cpu1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void the_latest_row_of_a_requeued_task_counts_whatever_the_order_of_the_rows(boolean latestFirst) {
        Batch batch = queued(2);
        bench.leavesOutput(batch, 0);
        TaskRow before = TaskRow.task(batch, 0).is(Phase.NODE_FAIL);
        TaskRow latest = TaskRow.task(batch, 0).is(Phase.COMPLETED).submittedAt(TestClock.START.plusSeconds(60));
        accountingReports(latestFirst ? latest : before, latestFirst ? before : latest);

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void a_task_that_runs_again_after_preemption_is_running() {
        Batch batch = queued(2);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING).submittedAt(TestClock.START.plusSeconds(60)),
                TaskRow.task(batch, 0).is(Phase.PREEMPTED));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void a_range_row_covers_all_pending_tasks_in_it() {
        Batch batch = queued(3);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.range(batch, 1, 2).is(Phase.PENDING));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(openRun(batch, 1).state()).isEqualTo(RunState.QUEUED);
        assertThat(openRun(batch, 1).clusterState()).isEqualTo("PENDING");
        assertThat(openRun(batch, 2).clusterState()).isEqualTo("PENDING");
    }

    @Test
    void a_truncated_range_row_covers_all_tasks_without_a_row_of_their_own() {
        Batch batch = queued(3);
        bench.leavesOutput(batch, 0);
        accountingReports(
                TaskRow.range(batch).is(Phase.PENDING), TaskRow.task(batch, 0).is(Phase.COMPLETED));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 1).clusterState()).isEqualTo("PENDING");
        assertThat(openRun(batch, 2).clusterState()).isEqualTo("PENDING");
    }

    @Test
    void tasks_cancelled_while_pending_end_with_their_range_row() {
        Batch batch = queued(3);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.range(batch, 1, 2).is(Phase.CANCELLED).detail("by 1001").neverStarted());

        cycle();

        assertThat(bench.run(batch, 1).cause()).contains(Cause.CANCELLED);
        assertThat(bench.run(batch, 2).detail()).isEqualTo("cancelled by 1001");
        assertThat(bench.run(batch, 2).facts().jobId()).isEqualTo("101_2");
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void a_row_with_another_job_name_is_ignored() {
        Batch batch = queued(1);
        accountingReports(
                TaskRow.task("101", "somebody-elses", 0).is(Phase.FAILED).exit(1, 0));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void an_unknown_state_never_ends_a_run_but_is_reported_as_an_incident() {
        Batch batch = queued(2);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.UNKNOWN).clusterState("FULL_MOON"),
                TaskRow.task(batch, 1).is(Phase.RUNNING));

        cycle();
        cycles(Duration.ofMinutes(30));

        assertThat(openRun(batch, 0).state().terminal()).isFalse();
        assertThat(openRun(batch, 0).clusterState()).isEqualTo("FULL_MOON");
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("states");
        assertThat(bench.incidents.open().get(0).what()).startsWith("FULL_MOON (101_0): ");

        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING), TaskRow.task(batch, 1).is(Phase.RUNNING));
        cycle();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"NODE_FAIL", "PREEMPTED"})
    void a_task_that_slurm_requeues_has_not_ended(String phase) {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.valueOf(phase)));
        queueReports(batch, "PENDING", "BeginTime", 0);

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.cluster.queue.clear();
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.FAILED);
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
    }

    @Test
    void a_failed_node_is_excluded_from_the_next_submission() {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.NODE_FAIL));

        cycle();
        bench.submitAll();

        assertThat(bench.batch("a", 3).request().excludedNodes()).containsExactly("cpu1");
    }

    /** Seen with Slurm 24.11.5: the prolog exits with 1, slurmctld drains the node and cancels the task after 1 s. */
    @Test
    void a_task_whose_node_was_drained_before_it_began_is_a_fault_of_the_node_and_no_retry() {
        Batch batch = queued(1);
        bench.cluster.nodeProblems.put("cpu1", "IDLE+DRAIN (Prolog error)");
        accountingReportsWithoutLeases(
                TaskRow.task(batch, 0).is(Phase.CANCELLED).detail("by 0"));

        cycle();
        bench.submitAll();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.NODE);
        assertThat(bench.tile("a", 0).faults()).isZero();
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("nodes");
        assertThat(bench.incidents.open().get(0).what()).contains("cpu1", "IDLE+DRAIN (Prolog error)", "scene a");
        assertThat(bench.batch("a", 3).request().excludedNodes()).containsExactly("cpu1");

        bench.cluster.nodeProblems.clear();
        bench.pass(Duration.ofSeconds(31));
        bench.submitAll();
        assertThat(bench.incidents.open()).as("the node was resumed").isEmpty();
    }

    /** Seen with Slurm 24.11.5: slurmd cannot write to its spool directory, and the node stays idle. */
    @Test
    void a_task_that_left_nothing_on_a_node_that_seems_healthy_is_judged_once_its_lease_would_be_visible() {
        Batch batch = queued(1);
        accountingReportsWithoutLeases(
                TaskRow.task(batch, 0).is(Phase.CANCELLED).detail("by 0"));

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        cycles(Duration.ofMinutes(2));
        assertThat(bench.run(batch, 0).cause()).contains(Cause.NODE);
        assertThat(bench.run(batch, 0).detail()).contains("before job.sh began");
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void a_node_whose_state_cannot_be_read_delays_the_verdict_and_stops_nothing() {
        Batch batch = queued(2);
        bench.cluster.broken.add("nodeProblems");
        accountingReportsWithoutLeases(
                TaskRow.task(batch, 0).is(Phase.CANCELLED).detail("by 0"));
        succeeds(batch, 1);

        cycle();
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
        cycles(Duration.ofMinutes(2));
        assertThat(bench.run(batch, 0).cause()).contains(Cause.NODE);
    }

    /** Where a site lets jobs be requeued, Slurm 24.11.5 holds the task instead, until an administrator releases it. */
    @Test
    void a_task_that_slurm_holds_because_its_launch_failed_is_cancelled_and_retried_without_a_fault() {
        Batch batch = queued(1);
        bench.cluster.nodeProblems.put("cpu1", "IDLE+DRAIN (Prolog error)");
        accountingReportsWithoutLeases(TaskRow.task(batch, 0).is(Phase.REQUEUED).node("cpu1"));
        queueReports(batch, "PENDING", "launch failed requeued held", 0);

        cycles(Duration.ofMinutes(1));

        assertThat(bench.cluster.calls).contains("cancel [101_0]");
        assertThat(bench.run(batch, 0).cause()).contains(Cause.NODE);
        assertThat(bench.tile("a", 0).faults()).isZero();
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
    }

    @Test
    void a_stop_of_swath_costs_no_retry_and_blames_no_node() {
        Batch batch = queued(3);
        TaskRow[] stopped = new TaskRow[3];
        for (int index = 0; index < 3; index++) {
            stopped[index] = TaskRow.task(batch, index).is(Phase.INTERRUPTED).reason("Swath was stopped");
        }
        accountingReports(stopped);

        cycle();
        bench.submitAll();

        assertThat(bench.tile("a", 0).faults()).isZero();
        assertThat(bench.tile("a", 0).infrastructureFailures()).isZero();
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(bench.batch("a", 3).request().excludedNodes()).isEmpty();
    }

    private void storageIsFull(Batch batch, int index) {
        accountingReports(TaskRow.task(batch, index).is(Phase.FAILED).exit(73, 0));
    }

    @Test
    void a_tile_that_alone_finds_the_storage_full_pauses_longer_each_time_and_fails_with_the_reason() {
        restart(Duration.ofSeconds(5));
        queued(1);
        int attempts = 0;
        while (bench.tile("a", 0).state() != TileState.FAILED) {
            attempts++;
            storageIsFull(lastOfTiles(), 0);
            cycle();
            if (bench.tile("a", 0).state() == TileState.FAILED) {
                break;
            }
            cycle();
            assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("storage for jobs");
            assertThat(bench.incidents.open().get(0).what()).contains("jobs of a ", "quota", "rights");
            Duration pause = Duration.ofSeconds(5L << (attempts - 1));
            bench.pass(pause.minusSeconds(5));
            bench.submitAll();
            assertThat(bench.tile("a", 0).state()).as("after " + attempts).isEqualTo(TileState.WAITING);
            bench.pass(Duration.ofSeconds(5));
            bench.submitAll();
            assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
        }
        cycle();

        assertThat(attempts).as("one run, and retry.mishaps").isEqualTo(11);
        assertThat(bench.tile("a", 0).faults()).isZero();
        assertThat(bench.tile("a", 0).excludedNodes()).isEmpty();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason())
                .contains("the storage accepts no more data", "retry.mishaps", "quota of the jobs' user");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_storage_that_is_full_for_swath_too_counts_as_nothing_for_as_long_as_it_lasts() {
        restart(Duration.ofSeconds(5), new Storage(bench.storage.root(), "/storage", Long.MAX_VALUE));
        queued(1);
        for (int attempt = 1; attempt <= 15; attempt++) {
            storageIsFull(lastOfTiles(), 0);
            cycle();
            assertThat(bench.tile("a", 0).infrastructureFailures()).isZero();
            cycle();
            assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("storage for jobs");
            bench.submitAll();
            assertThat(bench.tile("a", 0).state()).as("it pauses").isEqualTo(TileState.WAITING);
            bench.pass(Duration.ofMinutes(5));
            bench.submitAll();
        }
        restart(Duration.ofSeconds(5));
        cycle();
        assertThat(bench.incidents.open())
                .as("after a restart too")
                .extracting(Incident::part)
                .containsExactly("storage for jobs");

        accountingReports();
        succeeds(lastOfTiles(), 0);
        cycle();
        cycle();

        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.incidents.open()).isEmpty();
    }

    private Batch lastOfTiles() {
        return bench.batches("a").stream()
                .filter(batch -> !batch.assembly())
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    /** After a requeue by an administrator, the row of the earlier run shows REQUEUED or the state in which it ended. */
    @ParameterizedTest
    @ValueSource(strings = {"REQUEUED", "CANCELLED", "FAILED", "COMPLETED"})
    void a_task_that_a_person_requeued_has_the_state_of_its_latest_row(String before) {
        Batch batch = queued(1);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.PENDING).submittedAt(TestClock.START.plusSeconds(60)),
                TaskRow.task(batch, 0).is(Phase.valueOf(before)));
        queueReports(batch, "PENDING", "JobHeldUser", 0);

        cycle();
        cycles(Duration.ofMinutes(1));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.run(batch, 0).facts().pending().reason()).isEqualTo("JobHeldUser");
    }

    @ParameterizedTest
    @ValueSource(strings = {"REQUEUE_HOLD", "SPECIAL_EXIT"})
    void a_task_held_in_the_queue_shows_who_holds_it(String clusterState) {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.RUNNING));
        cycle();
        accountingReports(TaskRow.task(batch, 0).is(Phase.PENDING).clusterState(clusterState));
        queueReports(batch, clusterState, "JobHeldAdmin", 0);

        cycles(Duration.ofMinutes(2));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(openRun(batch, 0).clusterState()).isEqualTo(clusterState);
        assertThat(bench.run(batch, 0).facts().pending().reason()).isEqualTo("JobHeldAdmin");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void of_two_rows_of_the_same_second_the_ended_row_counts(boolean endedFirst) {
        Batch batch = queued(2);
        bench.leavesOutput(batch, 0);
        TaskRow stuck = TaskRow.task(batch, 0).is(Phase.RUNNING);
        TaskRow ended = TaskRow.task(batch, 0).is(Phase.COMPLETED);
        accountingReports(endedFirst ? ended : stuck, endedFirst ? stuck : ended);

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void a_preempted_task_that_slurm_does_not_requeue_is_retried_without_a_fault() {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.PREEMPTED).exit(0, 15));
        bench.cluster.queue.clear();

        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.PREEMPTED);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void if_a_person_cancels_part_of_an_array_only_that_part_is_retried() {
        List<Batch> batches = twoSteps(3);
        TaskRow running = TaskRow.task(batches.get(0), 0).is(Phase.RUNNING);
        TaskRow killed = TaskRow.task(batches.get(0), 1).is(Phase.CANCELLED).detail("by 1001");
        TaskRow pending = TaskRow.range(batches.get(0), 2).is(Phase.CANCELLED).detail("by 1001");
        TaskRow behind = TaskRow.range(batches.get(1), 0).is(Phase.PENDING);
        TaskRow never = TaskRow.range(batches.get(1), 1, 2)
                .is(Phase.CANCELLED)
                .detail("by 0")
                .neverStarted();
        accountingReports(running, killed, pending.neverStarted(), behind, never);

        cycle();

        assertThat(bench.run(batches.get(0), 1).detail()).isEqualTo("cancelled by 1001");
        assertThat(bench.run(batches.get(0), 2).detail()).isEqualTo("cancelled by 1001");
        assertThat(bench.tile("a", 1).faults()).isOne();
        assertThat(bench.tile("a", 2).faults()).isOne();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
        assertThat(openRun(batches.get(0), 0).state()).isEqualTo(RunState.RUNNING);
        bench.submitAll();
        assertThat(bench.batches("a").stream().skip(3)).extracting(Batch::size).containsExactly(2, 2);
    }

    @Test
    void a_dependent_task_cancelled_by_a_person_is_retried_after_the_previous_step() {
        List<Batch> batches = twoSteps(1);
        TaskRow cancelled = TaskRow.task(batches.get(1), 0)
                .is(Phase.CANCELLED)
                .detail("by 1001")
                .neverStarted();
        accountingReports(TaskRow.task(batches.get(0), 0).is(Phase.RUNNING), cancelled);
        assertThat(cycle()).isTrue();
        assertThat(cycle()).as("nothing has changed").isFalse();
        assertThat(bench.tile("a", 0).step()).isZero();

        accountingReports(cancelled);
        succeeds(batches.get(0), 0);
        cycle();

        assertThat(bench.tile("a", 0).step()).isEqualTo(1);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        bench.submitAll();
        assertThat(bench.batch("a", 4).step()).isEqualTo("infer");
        assertThat(bench.batch("a", 4).dependsOn()).isEmpty();
    }

    @Test
    void a_tile_that_failed_at_once_pauses_before_its_retry() {
        restart(Duration.ofSeconds(20));
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.FAILED).exit(74, 0));
        cycle();

        bench.submitAll();
        assertThat(bench.batches("a")).hasSize(2);
        bench.pass(Duration.ofSeconds(20));
        bench.submitAll();
        assertThat(bench.batch("a", 3).request().excludedNodes()).containsExactly("cpu1");
    }

    @Test
    void memory_grows_from_the_sampled_peak_without_cgroups() {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.FAILED).exit(0, 9));
        bench.cluster.usage.put("101_0", new TaskUsage(Optional.of(900L * 1024), Optional.empty(), true));

        cycle();
        bench.submitAll();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.OUT_OF_MEMORY);
        assertThat(bench.batch("a", 3).request().memoryMiB()).isEqualTo(1_800);
    }

    @Test
    void no_evidence_is_awaited_of_a_task_on_a_gpu_that_was_ended_by_a_signal() {
        List<Batch> batches = twoSteps(1);
        succeeds(batches.get(0), 0);
        Batch onGpu = batches.get(1);
        bench.cluster.rows.add(
                TaskRow.task(onGpu, 0).is(Phase.FAILED).exit(0, 9).row());
        bench.lease(onGpu, 0);

        cycle();

        assertThat(bench.run(onGpu, 0).cause()).contains(Cause.EXIT);
    }

    @Test
    void gpu_out_of_memory_is_retried_on_a_larger_share_up_to_a_whole_gpu() {
        List<Batch> batches = twoSteps(1);
        succeeds(batches.get(0), 0);
        Batch onGpu = batches.get(1);
        bench.cluster.rows.add(
                TaskRow.task(onGpu, 0).is(Phase.FAILED).exit(1, 0).row());
        cycle();
        assertThat(openRun(onGpu, 0).state().terminal())
                .as("its evidence is awaited")
                .isFalse();
        bench.evidence(onGpu, 0, "{\"outcome\":\"gpu-out-of-memory\",\"detail\":\"CUDA out of memory\"}");
        cycle();
        bench.submitAll();

        Batch half = bench.batch("a", 4);
        assertThat(half.request().shards()).isEqualTo(2);
        bench.evidence(half, 0, "{\"outcome\":\"gpu-out-of-memory\",\"detail\":\"CUDA out of memory\"}");
        bench.cluster.rows.add(TaskRow.task(half, 0).is(Phase.FAILED).exit(1, 0).row());
        cycle();
        bench.submitAll();

        Batch whole = bench.batch("a", 5);
        assertThat(whole.request().shards()).isZero();
        assertThat(whole.request().gpus()).isOne();
        bench.evidence(whole, 0, "{\"outcome\":\"gpu-out-of-memory\",\"detail\":\"CUDA out of memory\"}");
        bench.cluster.rows.add(
                TaskRow.task(whole, 0).is(Phase.FAILED).exit(1, 0).row());
        cycle();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.scene("a").reason()).contains("CUDA out of memory; it had a whole GPU");
    }

    @Test
    void an_ended_run_is_never_judged_again() {
        Batch batch = queued(2);
        succeeds(batch, 0);
        cycle();
        Run before = bench.run(batch, 0);

        accountingReports(TaskRow.task(batch, 0).is(Phase.FAILED).exit(1, 0));
        cycle();

        assertThat(bench.run(batch, 0)).isEqualTo(before);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(accountingMessages()).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "usage", "capabilities"})
    void a_failing_cluster_call_ends_no_run_and_is_one_incident(String broken) {
        Batch batch = queued(1);
        succeeds(batch, 0);
        bench.cluster.broken.add(broken);

        assertThat(cycle()).isFalse();
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(accountingMessages()).isZero();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("accounting");

        bench.cluster.broken.clear();
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_tile_out_of_memory_is_retried_with_more_memory_and_the_assembly_waits_for_it() {
        Batch batch = queued(2);
        Batch assembly = bench.batch("a", 2);
        succeeds(batch, 0);
        bench.cluster.rows.add(
                TaskRow.task(batch, 1).is(Phase.OUT_OF_MEMORY).exit(0, 125).row());
        bench.cluster.rows.add(TaskRow.task(assembly, 0)
                .is(Phase.CANCELLED)
                .detail("by 0")
                .neverStarted()
                .row());

        cycle();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).faults()).isZero();

        bench.submitAll();
        Batch retried = bench.batch("a", 3);
        assertThat(bench.batches("a")).hasSize(3);
        assertThat(retried.size()).isOne();
        assertThat(retried.request().memoryMiB())
                .as("2.15 x 600 MiB, up to 1/12 of a node")
                .isEqualTo(1_333);
        assertThat(bench.run(retried, 0).tile()).isEqualTo(1);
        assertThat(bench.run(retried, 0).attempt()).isEqualTo(2);
    }

    @Test
    void a_tile_without_retries_left_fails_its_scene_once_all_other_tiles_have_ended() {
        Batch batch = queued(2);
        bench.evidence(batch, 1, "{\"outcome\":\"exit\",\"detail\":\"no such band\"}");
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.task(batch, 1).is(Phase.FAILED).exit(3, 0));
        cycle();
        for (int number = 3; number <= 4; number++) {
            bench.submitAll();
            Batch retried = bench.batch("a", number);
            bench.evidence(retried, 0, "{\"outcome\":\"exit\",\"detail\":\"no such band\"}");
            bench.cluster.rows.add(
                    TaskRow.task(retried, 0).is(Phase.FAILED).exit(3, 0).row());
            cycle();
        }
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);

        bench.leavesOutput(batch, 0);
        accountingReports(TaskRow.task(batch, 0).is(Phase.COMPLETED));
        cycle();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("1 of 2 tiles failed: tile 1 EXIT (exit 3: no such band)");
    }

    @Test
    void an_assembly_without_retries_left_fails_its_scene() {
        Batch batch = queued(1);
        succeeds(batch, 0);
        for (int number = 2; number <= 4; number++) {
            bench.lease(bench.batch("a", number), 0);
            bench.cluster.rows.add(TaskRow.task(bench.batch("a", number), 0)
                    .is(Phase.FAILED)
                    .exit(9, 0)
                    .row());
            cycle();
            bench.submitAll();
        }

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("the assembly failed: assembly EXIT (exit 9)");
    }

    @Test
    void both_steps_of_a_tile_can_end_in_the_same_cycle() {
        List<Batch> batches = twoSteps(1);
        succeeds(batches.get(1), 0);
        succeeds(batches.get(0), 0);

        cycle();

        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.run(batches.get(1), 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
    }

    @Test
    void a_tile_whose_earlier_output_was_changed_begins_with_its_first_step() {
        List<Batch> batches = twoSteps(1);
        BatchLayout second = BatchLayout.of(bench.storage, batches.get(1));
        assertThat(second.tiles())
                .content()
                .endsWith("\t" + batches.get(0).step() + " " + batches.get(0).token() + "/evidence/0.json\n");
        succeeds(batches.get(0), 0);
        cycle();
        bench.evidence(
                batches.get(1), 0, "{\"outcome\": \"earlier-changed\", \"exit\": 77, \"detail\": \"it was changed\"}");
        accountingReports(TaskRow.task(batches.get(1), 0).is(Phase.FAILED).exit(77, 0));
        cycle();

        assertThat(bench.run(batches.get(1), 0).cause()).contains(Cause.LOST);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).step()).isZero();
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
    }

    @Test
    void a_step_that_ends_before_the_previous_step_is_reported_is_recorded_after_it() {
        List<Batch> batches = twoSteps(1);
        succeeds(batches.get(1), 0);
        cycle();
        assertThat(bench.run(batches.get(1), 0).state().terminal()).isFalse();
        assertThat(bench.tile("a", 0).step()).isZero();

        succeeds(batches.get(0), 0);
        cycle();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_step_cancelled_because_the_previous_step_failed_costs_no_retry(boolean dependentFirst) {
        List<Batch> batches = twoSteps(2);
        TaskRow failed = TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0);
        TaskRow cancelled = TaskRow.task(batches.get(1), 0)
                .is(Phase.CANCELLED)
                .detail("by 0")
                .neverStarted();
        accountingReports(dependentFirst ? cancelled : failed);
        cycle();
        accountingReports(failed, cancelled);
        cycle();

        TileProgress tile = bench.tile("a", 0);
        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.step()).isZero();
        assertThat(tile.faults()).isOne();
        assertThat(bench.run(batches.get(1), 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.run(batches.get(1), 0).detail()).isEqualTo("the run that it depends on did not succeed");
    }

    @Test
    void a_late_row_of_an_earlier_attempt_does_not_change_the_tile() {
        List<Batch> batches = twoSteps(2);
        TaskRow failed = TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0);
        accountingReports(failed);
        cycle();
        bench.submitAll();

        accountingReports(
                failed,
                TaskRow.task(batches.get(1), 0)
                        .is(Phase.CANCELLED)
                        .detail("by 0")
                        .neverStarted());
        cycle();

        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
        assertThat(bench.tile("a", 0).attempts()).isEqualTo(2);
        assertThat(bench.tile("a", 0).faults()).isOne();
    }

    @Test
    void a_task_that_only_the_queue_shows_as_cancelled_is_retried_without_a_fault() {
        List<Batch> batches = twoSteps(2);
        accountingReports(
                TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0),
                TaskRow.task(batches.get(0), 1).is(Phase.RUNNING),
                TaskRow.range(batches.get(1), 1).is(Phase.PENDING));
        queueReports(batches.get(1), "CANCELLED", "Dependency", 0);
        cycle();
        cycles(Duration.ofMinutes(1));

        assertThat(bench.run(batches.get(1), 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.tile("a", 0).faults()).isOne();
        assertThat(openRun(batches.get(1), 1).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void one_query_covers_all_open_batches() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.planned("b", Workbench.ONE_STEP, 2);
        bench.submitAll();
        for (String scene : List.of("a", "b")) {
            succeeds(bench.batch(scene, 1), 0);
            succeeds(bench.batch(scene, 1), 1);
        }

        cycle();

        assertThat(bench.cluster.calls)
                .containsExactly("states [101, 102, 103, 104]", "usage [101_0, 101_1, 103_0, 103_1]");
    }

    @Test
    void without_open_batches_the_cluster_is_not_asked() {
        assertThat(cycle()).isFalse();
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void a_scene_with_an_unreadable_recipe_stops_no_other_scene() {
        Batch batch = queued(1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();
        bench.recipe("a", "steps: none of your business");
        succeeds(batch, 0);
        succeeds(bench.batch("b", 1), 0);

        cycle();

        assertThat(bench.scene("b").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("recipe of a");
    }

    @Test
    void the_incident_of_an_unreadable_recipe_ends_when_it_can_be_read_though_the_scene_has_failed() {
        Batch batch = queued(1);
        bench.recipe("a", "steps: none of your business");
        succeeds(batch, 0);
        cycle();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("recipe of a");

        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.FAILED, "why"));
        bench.recipe("a", Workbench.ONE_STEP);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_runs_of_a_cancelled_scene_end_without_its_recipe() {
        Batch batch = queued(1);
        bench.recipe("a", "steps: none of your business");
        accountingReports(TaskRow.task(batch, 0).is(Phase.CANCELLED).detail("by 1001"));
        cycle();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("recipe of a");

        bench.ledger.write(session -> session.scenes()
                .move("a", Set.of(SceneState.PROCESSING), SceneState.CANCELLED, "cancelled by a person"));
        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.DONE);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(accountingMessages()).isOne();
        assertThat(bench.incidents.open()).isEmpty();
    }
}
