package io.swath.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Submitted;
import io.swath.control.Control.Verb;
import io.swath.health.Troubles.Trouble;
import io.swath.ledger.Controls;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {
    private Workbench bench;
    private Control control;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        control = new Control(bench.ledger, bench.cluster, bench.troubles);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** A scene of two tiles whose jobs, 101 and 102, are queued. */
    private void queued() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.submitAll();
        bench.batches("a").forEach(batch -> bench.cluster.jobs.put(batch.token(), List.of(batch.clusterId())));
    }

    private void failed() {
        queued();
        bench.ledger.change(session -> {
            session.tiles()
                    .update(List.of(
                            bench.tile("a", 0).in(TileState.DONE),
                            bench.tile("a", 1).in(TileState.FAILED),
                            bench.tile("a", TileProgress.ASSEMBLY).in(TileState.WAITING)));
            session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.FAILED, "1 of 2 tiles failed");
        });
    }

    /** What the cluster was told to do, without what it was asked. */
    private List<String> told() {
        return bench.cluster.calls.stream()
                .filter(call -> !call.startsWith("find "))
                .toList();
    }

    /** Asks for something and has it carried out; what was answered. */
    private String wish(String verb) {
        String id = "wish-" + verb + "-" + bench.clock.millis();
        bench.ledger.change(session -> session.controls().add(id, "a", verb));
        control.work();
        return entry(id).outcome();
    }

    private Controls.Entry entry(String id) {
        return bench.ledger.read(session -> session.controls().find(id)).orElseThrow();
    }

    @Test
    void aRetriedSceneOfTheNightGoesByDay() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> {
            session.tiles().update(List.of(bench.tile("a", 0).in(TileState.FAILED)));
            session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "1 of 1 tiles failed");
        });

        assertThat(wish("retry")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.scene("a").nightly()).isFalse();
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void aSceneWhoseNewVersionIsCancelledStaysTheSceneThatItWas() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);

        assertThat(wish("cancel")).isEqualTo("done: a is not done again; what was delivered of it stays");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("version 2 was cancelled by a person");
        Scene scene = bench.scene("a");
        Optional<Scene> same = bench.ledger.read(session -> session.scenes().find(scene.recipe(), scene.contentKey()));
        assertThat(same).as("the same content is known").isPresent();
        assertThat(wish("retry")).startsWith("done");
    }

    @Test
    void whatTheClusterDoesNotGrantIsRefusedAndUndone() {
        queued();
        bench.cluster.denied.add("suspend");

        assertThat(wish("suspend")).startsWith("refused: Tried to suspend");

        assertThat(bench.scene("a").suspended()).isFalse();
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aWishThatMeetsTroubleKeepsOnlyTheLaterOnesOfItsSceneWaiting() {
        queued();
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.cluster.broken.add("suspend");
        bench.ledger.change(session -> {
            session.controls().add("1", "a", "suspend");
            session.controls().add("2", "a", "cancel");
            session.controls().add("3", "b", "cancel");
        });

        control.work();

        assertThat(entry("1").done()).isFalse();
        assertThat(entry("2").done()).isFalse();
        assertThat(entry("3").outcome()).startsWith("done");
        assertThat(bench.troubles.open()).hasSize(1);
        bench.cluster.broken.clear();
        control.work();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aSceneThatFailedBeforeItWasCutBeginsWithThat() {
        failed();
        bench.again("a");
        bench.ledger.change(session -> {
            session.tiles().remove("a");
            session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.FAILED, "it has no red band");
        });

        assertThat(wish("retry")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
    }

    @Test
    void aCancelledScenesJobsAreCancelledAndItIsToldWhoDidIt() {
        queued();

        assertThat(wish("cancel")).isEqualTo("done: a is cancelled");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.scene("a").reason()).isEqualTo("cancelled by a person");
        assertThat(told()).containsExactly("cancel [101, 102]");
    }

    @Test
    void aJobThatHasOurIdButAnothersNameIsNotTouched() {
        queued();
        bench.cluster.jobs.clear();

        assertThat(wish("cancel")).isEqualTo("done: a is cancelled");

        assertThat(told()).containsExactly("cancel []");
    }

    @Test
    void aSceneThatHasNotBeenPlannedCanBeCancelledToo() {
        bench.accepted("a", "ndvi");

        assertThat(wish("cancel")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void aJobThatBecomesKnownOnlyAfterTheCancelIsCancelledToo() {
        queued();
        wish("cancel");
        bench.cluster.calls.clear();
        // Another scene's job is nobody's business.
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();

        new Control(bench.ledger, bench.cluster, bench.troubles).work();

        assertThat(told()).containsExactly("cancel [101, 102]");
    }

    @Test
    void whatHasBeenCancelledIsNotCancelledAgainAtOnce() {
        queued();
        wish("cancel");

        assertThat(control.work()).isFalse();

        assertThat(told()).hasSize(1);
    }

    @Test
    void theSweepEndsWhatIsLeftOfAFailedSceneButNotOfOneWhoseJobsAreOver() {
        failed();
        assertThat(control.work()).isTrue();
        assertThat(told()).containsExactly("cancel [101, 102]");

        Control next = new Control(bench.ledger, bench.cluster, bench.troubles);
        bench.ledger.change(session -> {
            for (Batch batch : bench.batches("a")) {
                session.runs()
                        .finish(session.runs().open(batch.token()).stream()
                                .map(run -> ended(batch, run.index(), run.tile()))
                                .toList());
            }
            session.batches().closeEnded();
        });
        assertThat(next.work()).isFalse();
        assertThat(told()).hasSize(1);
    }

    private static Run ended(Batch batch, int index, int tile) {
        return new Run(
                batch.token(),
                index,
                "a",
                batch.stepIndex(),
                batch.step(),
                tile,
                1,
                RunState.FAILED,
                Optional.of(Cause.CANCELLED),
                "",
                Run.Facts.NONE);
    }

    @Test
    void aHeldSceneIsHeldInTheQueueAndLetGoAgain() {
        queued();

        assertThat(wish("hold")).startsWith("done");
        assertThat(bench.scene("a").held()).isTrue();
        assertThat(wish("release")).startsWith("done");
        assertThat(bench.scene("a").held()).isFalse();

        assertThat(told()).containsExactly("hold [101, 102]", "release [101, 102]");
    }

    @Test
    void aSuspendedSceneStandsStillAndGoesOnAgain() {
        queued();

        assertThat(wish("suspend")).startsWith("done");
        assertThat(bench.scene("a").suspended()).isTrue();
        assertThat(wish("resume")).startsWith("done");
        assertThat(bench.scene("a").suspended()).isFalse();

        assertThat(told()).containsExactly("suspend [101, 102]", "resume [101, 102]");
    }

    @Test
    void onlyTheFailedTilesOfAFailedSceneGoAgain() {
        failed();

        assertThat(wish("retry"))
                .isEqualTo("done: the failed tiles of a go again, with the recipe as it was when it was planned"
                        + " (./swath nightly does failed scenes with the recipe as it is now)");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.WAITING);
        bench.submitAll();
        assertThat(bench.batch("a", 3).size()).isOne();
        assertThat(bench.run(bench.batch("a", 3), 0).attempt()).isEqualTo(2);
    }

    @Test
    void anAssemblyThatWasTakenBackWhenItsSceneFailedGoesAgainWithTheRetry() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer = sent -> sent.token().endsWith("-1")
                ? accept.apply(sent)
                : new Submitted.Refused("QOSMaxSubmitJobPerUserLimit", true);
        bench.submitAll();
        Batch tiles = bench.batch("a", 1);
        bench.ledger.change(session -> {
            session.runs().finish(List.of(ended(tiles, 0, 0)));
            session.batches().closeEnded();
            session.tiles().update(List.of(bench.tile("a", 0).in(TileState.FAILED)));
            session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.FAILED, "1 of 1 tiles failed");
        });
        bench.cluster.answer = accept;
        bench.pass(Duration.ofMinutes(2));
        bench.submitAll(); // the assembly's intent is taken back
        assertThat(bench.batches("a")).hasSize(1);

        wish("retry");
        bench.submitAll();

        Batch again = bench.batch("a", 2);
        bench.ledger.change(session -> {
            session.runs().finish(List.of(ended(again, 0, 0)));
            session.tiles().update(List.of(bench.tile("a", 0).in(TileState.DONE)));
            session.batches().closeEnded();
        });
        bench.submitAll();
        assertThat(bench.batches("a")).extracting(Batch::assembly).contains(true);
    }

    @ParameterizedTest
    @EnumSource(
            value = SceneState.class,
            names = {"PLANNED", "PROCESSING", "ASSEMBLING", "DELIVERED", "REJECTED", "CANCELLED"})
    void onlyAFailedSceneCanBeRetried(SceneState state) {
        bench.accepted("a", "ndvi");
        bench.ledger.write(session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), state, ""));

        String remedy = Set.of(SceneState.REJECTED, SceneState.CANCELLED).contains(state) ? ": hand it in again" : "";
        assertThat(wish("retry")).isEqualTo("refused: a is " + state + ", only a FAILED scene can be retried" + remedy);
        assertThat(bench.scene("a").state()).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "hold", "release", "suspend", "resume"})
    void aSceneThatHasEndedIsLeftAlone(String verb) {
        bench.accepted("a", "ndvi");
        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, ""));

        assertThat(wish(verb)).isEqualTo("refused: a is DELIVERED already");
        assertThat(bench.scene("a").held()).isFalse();
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void aVerbThatNobodyKnowsIsRefused() {
        bench.accepted("a", "ndvi");

        assertThat(wish("explode")).startsWith("refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hold", "release", "suspend", "resume"})
    void aWishThatMeetsTroubleStaysOpenAndIsTriedAgain(String verb) {
        queued();
        bench.cluster.broken.add(verb);
        bench.ledger.change(session -> session.controls().add("w", "a", verb));

        control.work();
        assertThat(entry("w").done()).isFalse();
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("control");

        bench.cluster.broken.clear();
        control.work();
        assertThat(entry("w").outcome()).startsWith("done");
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aCancelIsKnownAtOnceAndItsJobsAreCancelledWhenTheClusterAnswersAgain() {
        queued();
        bench.cluster.broken.add("cancel");

        assertThat(wish("cancel")).startsWith("done");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("control");

        bench.cluster.broken.clear();
        bench.cluster.calls.clear();
        control.work();
        assertThat(told()).containsExactly("cancel [101, 102]");
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aVerbIsKnownInWhateverCase() {
        for (Verb verb : Verb.values()) {
            assertThat(Verb.of(verb.name())).contains(verb);
            assertThat(Verb.of(verb.word())).contains(verb);
        }
        assertThat(Verb.of("")).isEmpty();
    }
}
