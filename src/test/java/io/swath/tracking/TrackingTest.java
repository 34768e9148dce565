package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.health.Troubles.Trouble;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.TaskRow;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One cycle after the other, with a cluster that says what it is told to. Each cycle is a fresh program's first. */
class TrackingTest {
    private static final Duration LOST_AFTER = Duration.ofMinutes(10);

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private boolean cycle() {
        return new Tracking(
                        bench.ledger,
                        bench.cluster,
                        bench.storage,
                        new RetryPolicy(2, 2, 10),
                        LOST_AFTER,
                        bench.troubles,
                        bench.json,
                        bench.clock)
                .cycle();
    }

    /** The first batch of a scene of so many tiles, queued as job 101; its assembly is job 102. */
    private Batch queued(int tiles) {
        bench.planned("a", Workbench.ONE_STEP, tiles);
        bench.submitAll();
        return bench.batch("a", 1);
    }

    private void says(TaskRow... rows) {
        bench.cluster.rows.clear();
        for (TaskRow row : rows) {
            bench.cluster.rows.add(row.row());
        }
    }

    private void succeeds(Batch batch, int index) {
        bench.leavesOutput(batch, index);
        bench.cluster.rows.add(TaskRow.task(batch, index).is(Phase.COMPLETED).row());
    }

    private Open openRun(Batch batch, int index) {
        return bench.ledger.read(session -> session.runs().open(batch.token())).stream()
                .filter(run -> run.index() == index)
                .findFirst()
                .orElseThrow();
    }

    private int accounted() {
        return (int) bench.ledger.read(session -> session.outbox().unsent(10_000)).stream()
                .filter(entry -> entry.type().equals("io.swath.accounting.run"))
                .count();
    }

    @Test
    void whenAllTilesAreDoneTheSceneIsAssembled() {
        Batch batch = queued(3);
        for (int index = 0; index < 3; index++) {
            succeeds(batch, index);
        }

        assertThat(cycle()).isTrue();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.DONE);
        assertThat(bench.run(batch, 2).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.tile("a", 2).state()).isEqualTo(TileState.DONE);
        assertThat(accounted()).isEqualTo(3);
    }

    @Test
    void anAssemblyThatIsDoneLeavesTheSceneToTheDelivery() {
        Batch tiles = queued(1);
        succeeds(tiles, 0);
        succeeds(bench.batch("a", 2), 0);

        cycle();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).state()).isEqualTo(TileState.DONE);
    }

    @Test
    void whatARunUsedComesFromTheAccountingAndFromItsEvidenceWhicheverSawMore() {
        Batch batch = queued(1);
        succeeds(batch, 0);
        bench.cluster.usage.put("101_0", new TaskUsage(Optional.of(1_024L), Optional.of(9_000L), false));

        cycle();

        Run.Facts facts = bench.run(batch, 0).facts();
        assertThat(facts.memoryKiB()).contains(2_048L);
        assertThat(facts.cpuMillis()).contains(9_000L);
        assertThat(facts.jobId()).isEqualTo("101_0");
        assertThat(facts.node()).isEqualTo("cpu1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ofARequeuedTasksRowsTheLatestCountsInWhateverOrderTheyCome(boolean latestFirst) {
        Batch batch = queued(2);
        bench.leavesOutput(batch, 0);
        TaskRow before = TaskRow.task(batch, 0).is(Phase.NODE_FAIL);
        TaskRow latest = TaskRow.task(batch, 0).is(Phase.COMPLETED).submittedAt(TestClock.START.plusSeconds(60));
        says(latestFirst ? latest : before, latestFirst ? before : latest);

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
    }

    @Test
    void aTaskThatWasPreemptedAndRunsAgainIsRunning() {
        Batch batch = queued(2);
        says(
                TaskRow.task(batch, 0).is(Phase.RUNNING).submittedAt(TestClock.START.plusSeconds(60)),
                TaskRow.task(batch, 0).is(Phase.PREEMPTED));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void theRowOfARangeStandsForAllThatArePendingInIt() {
        Batch batch = queued(3);
        says(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.range(batch, 1, 2).is(Phase.PENDING));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.RUNNING);
        assertThat(openRun(batch, 1).state()).isEqualTo(RunState.QUEUED);
        assertThat(openRun(batch, 1).word()).isEqualTo("PENDING");
        assertThat(openRun(batch, 2).missingSince()).isEmpty();
    }

    @Test
    void aTruncatedRangeStandsForAllThatHaveNoRowOfTheirOwn() {
        Batch batch = queued(3);
        bench.leavesOutput(batch, 0);
        says(TaskRow.range(batch).is(Phase.PENDING), TaskRow.task(batch, 0).is(Phase.COMPLETED));

        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(openRun(batch, 1).word()).isEqualTo("PENDING");
        assertThat(openRun(batch, 2).missingSince()).isEmpty();
    }

    @Test
    void tasksThatWereCancelledWhilePendingEndByTheirRangesRow() {
        Batch batch = queued(3);
        says(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.range(batch, 1, 2).is(Phase.CANCELLED).detail("by 1001").neverStarted());

        cycle();

        assertThat(bench.run(batch, 1).cause()).contains(Cause.CANCELLED);
        assertThat(bench.run(batch, 2).detail()).isEqualTo("cancelled by 1001");
        assertThat(bench.run(batch, 2).facts().jobId()).isEqualTo("101_2");
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.RUNNING);
    }

    @Test
    void aRowOfAnotherJobNameIsNotOurs() {
        Batch batch = queued(1);
        says(TaskRow.task("101", "somebody-elses", 0).is(Phase.FAILED).exit(1, 0));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(openRun(batch, 0).missingSince()).contains(TestClock.START);
    }

    @Test
    void aRowThatWasSubmittedLongBeforeOursIsARecycledNumbers() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.FAILED).submittedAt(TestClock.START.minus(Duration.ofDays(3_000))));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void absentIsNotDoneAndIsLostOnlyAfterAWhileOfContinuousAbsence() {
        Batch batch = queued(1);

        cycle();
        bench.clock.forward(LOST_AFTER);
        cycle();
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);

        bench.clock.forward(Duration.ofSeconds(1));
        assertThat(cycle()).isTrue();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.LOST);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 0).mishaps()).isOne();
        assertThat(bench.tile("a", 0).faults()).isZero();
    }

    @Test
    void aRowInBetweenMakesTheAbsenceBeginAnew() {
        Batch batch = queued(1);

        cycle();
        bench.clock.forward(Duration.ofMinutes(9));
        says(TaskRow.task(batch, 0).is(Phase.RUNNING));
        cycle();
        assertThat(openRun(batch, 0).missingSince()).isEmpty();

        says();
        cycle();
        bench.clock.forward(Duration.ofMinutes(9));
        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();
    }

    @Test
    void whatTheQueueKnowsIsNotLostAndShowsWhyItWaits() {
        Batch batch = queued(2);
        Instant start = TestClock.START.plus(Duration.ofHours(1));
        bench.cluster.queue.add(new Waiting("101", List.of(), "PENDING", "Resources", Optional.of(start)));
        cycle();
        bench.clock.forward(LOST_AFTER.plusMinutes(1));

        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.run(batch, 1).facts().pendingReason()).isEqualTo("Resources");
        assertThat(bench.run(batch, 1).facts().expectedStart()).contains(start);
    }

    @Test
    void aTaskThatOnlyItsEvidenceTellsOfSucceedsWhenItHasBeenAbsentLongEnough() {
        Batch batch = queued(1);
        bench.leavesOutput(batch, 0);

        cycle();
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        bench.clock.forward(LOST_AFTER.plusSeconds(1));
        cycle();

        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.run(batch, 0).detail()).contains("the accounting never knew it");
    }

    @Test
    void aWordThatNobodyKnowsNeverEndsARun() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.UNKNOWN).word("LAUNCH_FAILED"));

        cycle();
        bench.clock.forward(Duration.ofDays(1));
        cycle();

        assertThat(openRun(batch, 0).state().terminal()).isFalse();
        assertThat(openRun(batch, 0).word()).isEqualTo("LAUNCH_FAILED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NODE_FAIL", "PREEMPTED"})
    void aTaskThatSlurmPutsBackIntoTheQueueIsNotOver(String phase) {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.valueOf(phase)));
        bench.cluster.queue.add(new Waiting("101", List.of(0), "PENDING", "BeginTime", Optional.empty()));

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.cluster.queue.clear();
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.FAILED);
        assertThat(bench.tile("a", 0).mishaps()).isOne();
    }

    @Test
    void aNodeThatFailedIsLeftOutOfTheNextSubmission() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.NODE_FAIL));

        cycle();
        bench.submitAll();

        assertThat(bench.batch("a", 3).request().excludedNodes()).containsExactly("cpu1");
    }

    @Test
    void whatHasEndedIsNeverJudgedAgain() {
        Batch batch = queued(2);
        succeeds(batch, 0);
        cycle();
        Run before = bench.run(batch, 0);

        says(TaskRow.task(batch, 0).is(Phase.FAILED).exit(1, 0));
        cycle();

        assertThat(bench.run(batch, 0)).isEqualTo(before);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(accounted()).isOne();
    }

    @Test
    void anEndWhoseEvidenceCannotBeSeenYetIsWaitedForAWhile() {
        Batch batch = queued(1);
        says(TaskRow.task(batch, 0).is(Phase.COMPLETED).endedAt(TestClock.START));

        cycle();
        assertThat(openRun(batch, 0).state().terminal()).isFalse();

        bench.clock.forward(Duration.ofSeconds(6));
        cycle();
        assertThat(bench.run(batch, 0).cause()).contains(Cause.BAD_OUTPUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "usage", "capabilities"})
    void troubleWithTheClusterEndsNothingAndIsToldOnce(String broken) {
        Batch batch = queued(1);
        succeeds(batch, 0);
        bench.cluster.broken.add(broken);

        assertThat(cycle()).isFalse();
        cycle();

        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(openRun(batch, 0).missingSince()).isEmpty();
        assertThat(accounted()).isZero();
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("accounting");

        bench.cluster.broken.clear();
        cycle();
        assertThat(bench.run(batch, 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aFailedTileGoesAgainForMoreMemoryAndTheAssemblyAfterIt() {
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
        Batch again = bench.batch("a", 3);
        assertThat(bench.batches("a")).hasSize(3);
        assertThat(again.size()).isOne();
        assertThat(again.request().memoryMiB()).isEqualTo(1_200);
        assertThat(bench.run(again, 0).tile()).isEqualTo(1);
        assertThat(bench.run(again, 0).attempt()).isEqualTo(2);
    }

    @Test
    void aTileThatIsOutOfRetriesFailsItsSceneOnceTheRestIsDone() {
        Batch batch = queued(2);
        bench.evidence(batch, 1, "{\"outcome\":\"exit\",\"detail\":\"no such band\"}");
        says(
                TaskRow.task(batch, 0).is(Phase.RUNNING),
                TaskRow.task(batch, 1).is(Phase.FAILED).exit(3, 0));
        cycle();
        for (int number = 3; number <= 4; number++) {
            bench.submitAll();
            Batch again = bench.batch("a", number);
            bench.evidence(again, 0, "{\"outcome\":\"exit\",\"detail\":\"no such band\"}");
            bench.cluster.rows.add(
                    TaskRow.task(again, 0).is(Phase.FAILED).exit(3, 0).row());
            cycle();
        }
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.FAILED);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);

        bench.leavesOutput(batch, 0);
        says(TaskRow.task(batch, 0).is(Phase.COMPLETED));
        cycle();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("1 of 2 tiles failed: tile 1 EXIT (exit 3: no such band)");
    }

    @Test
    void anAssemblyThatIsOutOfRetriesFailsItsScene() {
        Batch batch = queued(1);
        succeeds(batch, 0);
        for (int number = 2; number <= 4; number++) {
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

    /** Of a scene of two steps: the batch of the first, job 101, and that of the second, job 102. */
    private List<Batch> twoSteps(int tiles) {
        bench.planned("a", Workbench.TWO_STEPS, tiles);
        bench.submitAll();
        return bench.batches("a");
    }

    @Test
    void bothStepsOfATileMayBeSeenToEndInTheSameCycle() {
        List<Batch> batches = twoSteps(1);
        succeeds(batches.get(1), 0);
        succeeds(batches.get(0), 0);

        cycle();

        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.run(batches.get(1), 0).state()).isEqualTo(RunState.SUCCEEDED);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
    }

    @Test
    void aStepThatIsSeenToEndBeforeTheOneBeforeItIsWrittenDownAfterThat() {
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
    void aStepThatWasCancelledBecauseTheOneBeforeItFailedCostsNothing(boolean dependentFirst) {
        List<Batch> batches = twoSteps(2);
        TaskRow failed = TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0);
        TaskRow cancelled = TaskRow.task(batches.get(1), 0)
                .is(Phase.CANCELLED)
                .detail("by 0")
                .neverStarted();
        says(dependentFirst ? cancelled : failed);
        cycle();
        says(failed, cancelled);
        cycle();

        TileProgress tile = bench.tile("a", 0);
        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.step()).isZero();
        assertThat(tile.faults()).isOne();
        assertThat(bench.run(batches.get(1), 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.run(batches.get(1), 0).detail()).isEqualTo("what it waited for did not succeed");
    }

    @Test
    void aLateRowOfAnEarlierAttemptDoesNotTouchTheTile() {
        List<Batch> batches = twoSteps(2);
        TaskRow failed = TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0);
        says(failed);
        cycle();
        bench.submitAll();

        says(
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
    void aTaskThatOnlyTheQueueKnowsToBeCancelledGoesAgainWithoutAFault() {
        List<Batch> batches = twoSteps(2);
        says(
                TaskRow.task(batches.get(0), 0).is(Phase.FAILED).exit(1, 0),
                TaskRow.task(batches.get(0), 1).is(Phase.RUNNING),
                TaskRow.range(batches.get(1), 1).is(Phase.PENDING));
        bench.cluster.queue.add(new Waiting("102", List.of(0), "CANCELLED", "Dependency", Optional.empty()));
        cycle();
        bench.clock.forward(Duration.ofSeconds(31));

        cycle();

        assertThat(bench.run(batches.get(1), 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.tile("a", 0).faults()).isOne();
        assertThat(openRun(batches.get(1), 1).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void oneQuestionCoversAllThatIsOpen() {
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
    void withNothingOpenNothingIsAsked() {
        assertThat(cycle()).isFalse();
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void aSceneWhoseRecipeIsGoneStopsNoOther() {
        Batch batch = queued(1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();
        bench.recipe("a", "steps: none of your business");
        succeeds(batch, 0);
        succeeds(bench.batch("b", 1), 0);

        cycle();

        assertThat(bench.scene("b").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(openRun(batch, 0).state()).isEqualTo(RunState.QUEUED);
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("recipe of a");
    }

    @Test
    void theRunsOfACancelledSceneEndWithoutItsRecipe() {
        Batch batch = queued(1);
        bench.recipe("a", "steps: none of your business");
        says(TaskRow.task(batch, 0).is(Phase.CANCELLED).detail("by 1001"));
        cycle();
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("recipe of a");

        bench.ledger.write(session -> session.scenes()
                .move("a", Set.of(SceneState.PROCESSING), SceneState.CANCELLED, "cancelled by a person"));
        cycle();

        assertThat(bench.run(batch, 0).cause()).contains(Cause.CANCELLED);
        assertThat(bench.batch("a", 1).state()).isEqualTo(BatchState.DONE);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(accounted()).isOne();
        assertThat(bench.troubles.open()).isEmpty();
    }
}
