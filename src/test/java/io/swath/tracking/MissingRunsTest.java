package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.health.Incidents.Incident;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.TileState;
import io.swath.testing.TaskRow;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are missing from answers, a cluster that does not answer, and clocks that jump: no run ends wrongly. */
@Tag("resources")
class MissingRunsTest extends TrackingBench {

    @Test
    void a_missing_run_is_lost_only_after_it_was_missing_without_a_break_for_the_set_time() {
        Batch batch = queued(1);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        assertThat(cycle()).isTrue();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.run(batch, 0).detail())
                .isEqualTo("missing from accounting and from the queue, in all answers of 602 s");
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void a_row_in_between_restarts_the_missing_time() {
        Batch batch = queued(1);

        cycle();
        cycles(Duration.ofMinutes(9));
        accountingReports(TaskRow.task(batch, 0).is(Phase.RUNNING));
        cycle();
        accountingReports();
        cycle();
        cycles(Duration.ofMinutes(9));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "waiting"})
    void time_without_an_answer_does_not_count_as_missing_time(String broken) {
        Batch batch = queued(1);
        cycle();
        cycles(Duration.ofMinutes(2));

        bench.cluster.broken.add(broken);
        cycles(Duration.ofHours(2));
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("accounting");
        bench.cluster.broken.clear();
        cycles(Duration.ofMinutes(7));
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        // The accounting database is back, and the rows that were held back for it have arrived.
        succeeds(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void outdated_rows_after_an_accounting_outage_end_no_run() {
        Batch batch = queued(2);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING), TaskRow.task(batch, 1).is(Phase.RUNNING));
        cycle();
        bench.cluster.broken.add("states");
        cycles(Duration.ofHours(1));
        bench.cluster.broken.clear();
        accountingReports(TaskRow.range(batch, 0, 1).is(Phase.PENDING));
        cycle();
        assertThat(openRun(batch, 1).state()).isEqualTo(RunState.QUEUED);

        accountingReports();
        succeeds(batch, 0);
        succeeds(batch, 1);
        cycle();
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void time_in_which_the_program_was_paused_does_not_count_as_missing_time() {
        Batch batch = queued(1);
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void a_restart_of_the_program_restarts_the_missing_time() {
        Batch batch = queued(1);
        cycle();
        cycles(Duration.ofMinutes(9));
        restart(Duration.ZERO);
        cycle();
        cycles(Duration.ofMinutes(9));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "PT-1H", "P400D", "P-400D"})
    void a_jump_of_the_wall_clock_loses_no_run_and_delays_no_verdict(Duration jump) {
        Batch batch = queued(2);
        cycle();
        cycles(Duration.ofMinutes(5));
        bench.clock.forward(jump);
        cycles(Duration.ofMinutes(4));
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        succeeds(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        cycles(Duration.ofMinutes(2));
        assertThat(bench.run(batch, 1).cause()).contains(Cause.LOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "PT-1H", "P400D", "P-400D"})
    void rows_count_although_the_clock_of_slurm_differs_from_the_clock_of_swath(Duration ahead) {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        accountingReports(TaskRow.task(batch, 0)
                .is(Phase.COMPLETED)
                .submittedAt(TestClock.START.plus(ahead))
                .endedAt(TestClock.START.plus(ahead)));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void a_run_in_the_queue_is_not_lost_and_shows_why_it_waits() {
        Batch batch = queued(2);
        queueReports(batch, "PENDING", "Resources");

        cycle();
        cycles(Duration.ofHours(1));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.run(batch, 1).facts().pending().reason()).isEqualTo("Resources");
    }

    @Test
    void if_an_answer_covers_some_jobs_only_the_runs_of_the_other_jobs_are_missing() {
        Batch batch = queued(1);
        bench.planned("b", io.swath.testing.Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch other = bench.batch("b", 1);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.task(bench.batch("a", 2), 0).is(Phase.PENDING));
        queueReports(batch, "RUNNING", "", 0);
        queueReports(bench.batch("a", 2), "PENDING", "Dependency", 0);

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(bench.run(other, 0).cause()).contains(Cause.LOST);
    }

    /** sacctmgr(1) calls them runaway jobs: a slurmctld that was killed loses the state that it had not saved. */
    @ParameterizedTest
    @EnumSource(names = {"PENDING", "RUNNING", "SUSPENDED", "REQUEUED"})
    void a_run_that_is_open_in_accounting_but_missing_from_the_queue_is_lost_after_the_set_time(Phase phase) {
        Batch batch = queued(3);
        bench.leavesOutput(batch, 1);
        accountingReports(
                TaskRow.task(batch, 0).is(phase),
                TaskRow.task(batch, 1).is(phase),
                TaskRow.task(batch, 2).is(phase));
        queueReports(batch, "RUNNING", "", 2);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state().terminal()).isFalse();
        cycles(Duration.ofMinutes(3));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.run(batch, 0).detail())
                .startsWith("open in accounting, but missing from the queue, in all answers");
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 2).state().terminal()).isFalse();
    }

    @Test
    void a_running_task_is_not_lost_while_the_queue_does_not_answer() {
        Batch batch = queued(1);
        accountingReports(TaskRow.task(batch, 0).is(Phase.RUNNING));
        bench.cluster.broken.add("waiting");

        cycle();
        cycles(Duration.ofHours(2));
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("accounting");

        bench.cluster.broken.clear();
        cycle();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_missing_run_with_evidence_of_success_succeeds_after_the_set_time() {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.run(batch, 0).detail())
                .isEqualTo("succeeded according to its evidence: missing from accounting and from the queue");
    }

    @Test
    void a_missing_run_is_lost_if_its_evidence_describes_an_output_that_does_not_exist() throws Exception {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
    }

    @Test
    void late_evidence_is_awaited_for_a_while_whatever_the_wall_clock_shows() {
        Batch batch = queued(2);
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.COMPLETED),
                TaskRow.task(batch, 1).is(Phase.COMPLETED));

        cycle();
        bench.clock.forward(Duration.ofHours(1));
        cycles(Duration.ofSeconds(90));
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.leavesOutput(batch, 1);
        cycle();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void evidence_of_an_earlier_run_of_a_requeued_task_is_not_final() {
        Batch batch = queued(1);
        bench.evidence(batch, 0, "{\"outcome\":\"terminated\",\"detail\":\"\"}");
        accountingReports(TaskRow.task(batch, 0).is(Phase.COMPLETED).submittedAt(TestClock.START.plusSeconds(60)));

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.leavesOutput(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void a_missing_output_fails_its_run_whatever_its_evidence_reports() throws Exception {
        Batch batch = queued(1);
        succeeds(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(Duration.ofMinutes(2));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.run(batch, 0).detail()).contains("its output is not on the storage");
    }

    @Test
    void before_a_run_is_lost_its_job_is_looked_up_by_name() {
        Batch batch = queued(1);
        bench.cluster.jobs.put(batch.token(), List.of("777"));

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        Batch found = bench.batch("a", 1);
        succeeds(found, 0);
        cycle();
        assertThat(bench.run(found, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void jobs_with_the_same_id_are_distinguished_by_their_name() {
        Batch batch = queued(1);
        bench.planned("b", io.swath.testing.Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch later = bench.batch("b", 1);
        // Slurm lost its state and gives out job ids from the beginning again.
        bench.ledger.change(session -> session.batches().adopted(later.token(), "101"));
        bench.leavesOutput(bench.batch("b", 1), 0);
        accountingReports(
                TaskRow.task("101", later.token(), 0).is(Phase.COMPLETED),
                TaskRow.task("101", "somebody-elses", 0).is(Phase.FAILED).exit(1, 0));

        cycle();

        assertThat(bench.run(later, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void a_tile_that_a_duplicate_job_has_done_is_done() {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0, "pixels", "900");
        accountingReports(TaskRow.task(batch, 0).is(Phase.FAILED).exit(75, 0));

        cycle();

        Run run = bench.run(batch, 0);
        assertThat(run.state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(run.detail()).isEqualTo("done by duplicate job 900");
        assertThat(bench.cluster.calls).noneMatch(call -> call.startsWith("cancel"));
    }

    @Test
    void a_duplicate_job_that_holds_the_lease_is_cancelled_before_the_tile_is_retried() {
        Batch batch = queued(2);
        bench.cluster.jobs.put(batch.token(), List.of("99", "101"));
        accountingReports(
                TaskRow.task(batch, 0).is(Phase.FAILED).exit(75, 0),
                TaskRow.task(batch, 1).is(Phase.FAILED).exit(75, 0));
        bench.cluster.broken.add("cancel");
        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.cluster.broken.clear();
        bench.cluster.calls.clear();
        cycle();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
        assertThat(bench.cluster.calls).containsOnlyOnce("cancel [99]");
    }
}
