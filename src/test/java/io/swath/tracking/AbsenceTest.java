package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.health.Troubles.Trouble;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.TileState;
import io.swath.testing.TaskRow;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is absent from an answer, what is not answered at all, and clocks that jump: none of it ends a run wrongly. */
class AbsenceTest extends TrackingBench {

    @Test
    void absentIsNotDoneAndIsLostOnlyAfterAWhileOfContinuousAbsence() {
        Batch batch = queued(1);

        cycle();
        cycles(LOST_AFTER);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        assertThat(cycle()).isTrue();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.run(batch, 0).detail())
                .isEqualTo("neither queue nor accounting knew it, in all their answers of 602 s");
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).mishaps()).isOne();
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void aRowInBetweenMakesTheAbsenceBeginAnew() {
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
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("accounting");
        bench.cluster.broken.clear();
        cycles(Duration.ofMinutes(7));
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        // It is back, with all that had been kept for it.
        succeeds(batch, 0);
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void anAccountingThatIsBackMayTellOldNewsFirst() {
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
    void aProgramThatStoodStillHasSeenNoAbsenceMeanwhile() {
        Batch batch = queued(1);
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();
        bench.pass(Duration.ofHours(5));
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void aRestartBeginsToCountAnew() {
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
    void whatTheQueueKnowsIsNotLostAndShowsWhyItWaits() {
        Batch batch = queued(2);
        queueSays(batch, "PENDING", "Resources");

        cycle();
        cycles(Duration.ofHours(1));

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.run(batch, 1).facts().pendingReason()).isEqualTo("Resources");
    }

    @Test
    void anAnswerOfOnlySomeOfTheJobsIsAnAbsenceOfTheOthersAlone() {
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
    void aQueueThatDoesNotAnswerMakesNoRunawayOfARunningTask() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.RUNNING));
        bench.cluster.broken.add("waiting");

        cycle();
        cycles(Duration.ofHours(2));
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("accounting");

        bench.cluster.broken.clear();
        cycle();
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aTaskThatOnlyItsEvidenceTellsOfSucceedsWhenItHasBeenAbsentLongEnough() {
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
    void evidenceOfAnOutputThatIsNotThereSavesNothing() throws Exception {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(LOST_AFTER);
        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
    }

    @Test
    void anEndWhoseEvidenceCannotBeSeenYetIsWaitedForAWhileWhateverTheClockSays() {
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
    void evidenceOfAnEarlierRunOfARequeuedTaskIsNotItsLastWord() {
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
    void anOutputThatIsNotThereFailsItsRunWhateverItsEvidenceSays() throws Exception {
        Batch batch = queued(1);
        succeeds(batch, 0);
        java.nio.file.Files.delete(bench.storage.tile("a", 1, "ndvi", 0));

        cycle();
        cycles(Duration.ofMinutes(2));

        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.run(batch, 0).detail()).contains("its output is not on the storage");
    }

    @Test
    void beforeAJobIsGivenUpItIsLookedForByItsName() {
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
    void anIdThatSlurmGivesOutTwiceIsToldApartByTheName() {
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
    void aTileThatATwinHasDoneIsDone() {
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
    void aTwinThatStillHoldsTheTileIsEndedBeforeTheTileGoesAgain() {
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
        assertThat(bench.tile("a", 0).mishaps()).isOne();
        assertThat(bench.cluster.calls).containsOnlyOnce("cancel [99]");
    }
}
