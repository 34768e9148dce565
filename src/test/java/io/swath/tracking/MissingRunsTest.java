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

/** What is absent from an answer, what is not answered at all, and clocks that jump: none of it ends a run wrongly. */
@Tag("resources")
class MissingRunsTest extends TrackingBench {

    @Test
    void absent_is_not_done_and_is_lost_only_after_a_while_of_continuous_absence() {
        Batch batch = queued(1);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        assertThat(cycle()).isTrue();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.run(batch, 0).detail())
                .isEqualTo("neither queue nor accounting knew it, in all their answers of 602 s");
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).infrastructureFailures()).isOne();
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void a_row_in_between_makes_the_absence_begin_anew() {
        Batch batch = queued(1);

        cycle();
        cycles(Duration.ofMinutes(9));
        says(TaskRow.task(batch, 0).is(Phase.RUNNING));
        cycle();
        says();
        cycle();
        cycles(Duration.ofMinutes(9));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "waiting"})
    void timeInWhichNobodyAnsweredIsNoAbsence(String broken) {
        Batch batch = queued(1);
        cycle();
        cycles(Duration.ofMinutes(2));

        bench.cluster.broken.add(broken);
        cycles(Duration.ofHours(2));
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("accounting");
        bench.cluster.broken.clear();
        cycles(Duration.ofMinutes(7));
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        // It is back, with all that had been kept for it.
        succeeds(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_accounting_that_is_back_may_tell_old_news_first() {
        Batch batch = queued(2);
        says(TaskRow.task(batch, 0).is(Phase.RUNNING), TaskRow.task(batch, 1).is(Phase.RUNNING));
        cycle();
        bench.cluster.broken.add("states");
        cycles(Duration.ofHours(1));
        bench.cluster.broken.clear();
        says(TaskRow.range(batch, 0, 1).is(Phase.PENDING));
        cycle();
        assertThat(openRun(batch, 1).state()).isEqualTo(RunState.QUEUED);

        says();
        succeeds(batch, 0);
        succeeds(batch, 1);
        cycle();
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void a_program_that_stood_still_has_seen_no_absence_meanwhile() {
        Batch batch = queued(1);
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void a_restart_begins_to_count_anew() {
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
    void aClockThatJumpsMakesNothingLostAndNothingStand(Duration jump) {
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
    void aSlurmWhoseClockIsNotOursIsBelieved(Duration ahead) {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        says(TaskRow.task(batch, 0)
                .is(Phase.COMPLETED)
                .submittedAt(TestClock.START.plus(ahead))
                .endedAt(TestClock.START.plus(ahead)));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void what_the_queue_knows_is_not_lost_and_shows_why_it_waits() {
        Batch batch = queued(2);
        queueSays(batch, "PENDING", "Resources");

        cycle();
        cycles(Duration.ofHours(1));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.run(batch, 1).facts().pending().reason()).isEqualTo("Resources");
    }

    @Test
    void an_answer_of_only_some_of_the_jobs_is_an_absence_of_the_others_alone() {
        Batch batch = queued(1);
        bench.planned("b", io.swath.testing.Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch other = bench.batch("b", 1);
        says(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.task(bench.batch("a", 2), 0).is(Phase.PENDING));
        queueSays(batch, "RUNNING", "", 0);
        queueSays(bench.batch("a", 2), "PENDING", "Dependency", 0);

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(bench.run(other, 0).cause()).contains(Cause.LOST);
    }

    /** As sacctmgr's "runaway jobs": a slurmctld that was killed has lost what it had not saved yet. */
    @ParameterizedTest
    @EnumSource(names = {"PENDING", "RUNNING", "SUSPENDED", "REQUEUED"})
    void whatTheAccountingCallsOpenForEverAndTheQueueDoesNotKnowIsLostAfterAWhile(Phase phase) {
        Batch batch = queued(3);
        bench.leavesOutput(batch, 1);
        says(
                TaskRow.task(batch, 0).is(phase),
                TaskRow.task(batch, 1).is(phase),
                TaskRow.task(batch, 2).is(phase));
        queueSays(batch, "RUNNING", "", 2);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state().terminal()).isFalse();
        cycles(Duration.ofMinutes(3));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.run(batch, 0).detail())
                .startsWith(
                        "the accounting calls it open, but the queue did not know it any more, in all their answers");
        assertThat(bench.run(batch, 1).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 2).state().terminal()).isFalse();
    }

    @Test
    void a_queue_that_does_not_answer_makes_no_runaway_of_a_running_task() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.RUNNING));
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
    void a_task_that_only_its_evidence_tells_of_succeeds_when_it_has_been_absent_long_enough() {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.run(batch, 0).detail())
                .isEqualTo("told by its evidence: neither queue nor accounting knew it");
    }

    @Test
    void evidence_of_an_output_that_is_not_there_saves_nothing() throws Exception {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
    }

    @Test
    void an_end_whose_evidence_cannot_be_seen_yet_is_waited_for_a_while_whatever_the_clock_says() {
        Batch batch = queued(2);
        says(TaskRow.task(batch, 0).is(Phase.COMPLETED), TaskRow.task(batch, 1).is(Phase.COMPLETED));

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
    void evidence_of_an_earlier_run_of_a_requeued_task_is_not_its_last_word() {
        Batch batch = queued(1);
        bench.evidence(batch, 0, "{\"outcome\":\"terminated\",\"detail\":\"\"}");
        says(TaskRow.task(batch, 0).is(Phase.COMPLETED).submittedAt(TestClock.START.plusSeconds(60)));

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.leavesOutput(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void an_output_that_is_not_there_fails_its_run_whatever_its_evidence_says() throws Exception {
        Batch batch = queued(1);
        succeeds(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(Duration.ofMinutes(2));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.run(batch, 0).detail()).contains("its output is not on the storage");
    }

    @Test
    void before_a_job_is_given_up_it_is_looked_for_by_its_name() {
        Batch batch = queued(1);
        bench.cluster.jobs.put(batch.token(), List.of("777"));

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.batch("a", 1).clusterId()).isEqualTo("777");
        Batch known = bench.batch("a", 1);
        succeeds(known, 0);
        cycle();
        assertThat(bench.run(known, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void an_id_that_slurm_gives_out_twice_is_told_apart_by_the_name() {
        Batch batch = queued(1);
        bench.planned("b", io.swath.testing.Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch later = bench.batch("b", 1);
        // Slurm lost its state and counts from the beginning again.
        bench.ledger.change(session -> session.batches().adopted(later.token(), "101"));
        bench.leavesOutput(later, 0);
        says(
                TaskRow.task("101", later.token(), 0).is(Phase.COMPLETED),
                TaskRow.task("101", "somebody-elses", 0).is(Phase.FAILED).exit(1, 0));

        cycle();

        assertThat(bench.run(later, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void a_tile_that_a_twin_has_done_is_done() {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        says(TaskRow.task(batch, 0).is(Phase.FAILED).exit(75, 0));

        cycle();

        Run run = bench.run(batch, 0);
        assertThat(run.state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(run.detail()).isEqualTo("done by job 900, its twin");
        assertThat(bench.cluster.calls).noneMatch(call -> call.startsWith("cancel"));
    }

    @Test
    void a_twin_that_still_holds_the_tile_is_ended_before_the_tile_goes_again() {
        Batch batch = queued(2);
        bench.cluster.jobs.put(batch.token(), List.of("99", "101"));
        says(
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
