package io.swath.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Submitted;
import io.swath.control.Control.Action;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.ControlRequests;
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
        control = new Control(bench.ledger, bench.cluster, bench.incidents);
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
                            bench.tile("a", 0).withState(TileState.DONE),
                            bench.tile("a", 1).withState(TileState.FAILED),
                            bench.tile("a", TileProgress.ASSEMBLY).withState(TileState.WAITING)));
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
    private String request(String action) {
        String id = "wish-" + action + "-" + bench.clock.millis();
        bench.ledger.change(session -> session.controlRequests().add(id, "a", action));
        control.work();
        return entry(id).outcome();
    }

    private ControlRequests.Entry entry(String id) {
        return bench.ledger.read(session -> session.controlRequests().find(id)).orElseThrow();
    }

    @Test
    void a_retried_scene_of_the_night_goes_by_day() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> {
            session.tiles().update(List.of(bench.tile("a", 0).withState(TileState.FAILED)));
            session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "1 of 1 tiles failed");
        });

        assertThat(request("retry")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.scene("a").nightly()).isFalse();
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void a_scene_whose_new_version_is_cancelled_stays_the_scene_that_it_was() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);

        assertThat(request("cancel")).isEqualTo("done: a is not done again; what was delivered of it stays");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("version 2 was cancelled by a person");
        Scene scene = bench.scene("a");
        Optional<Scene> same = bench.ledger.read(
                session -> session.scenes().find(scene.recipe(), scene.arrival().contentKey()));
        assertThat(same).as("the same content is known").isPresent();
        assertThat(request("retry")).startsWith("done");
    }

    @Test
    void what_the_cluster_does_not_grant_is_refused_and_undone() {
        queued();
        bench.cluster.denied.add("suspend");

        assertThat(request("suspend")).startsWith("refused: Tried to suspend");

        assertThat(bench.scene("a").status().suspended()).isFalse();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_wish_that_meets_trouble_keeps_only_the_later_ones_of_its_scene_waiting() {
        queued();
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.cluster.broken.add("suspend");
        bench.ledger.change(session -> {
            session.controlRequests().add("1", "a", "suspend");
            session.controlRequests().add("2", "a", "cancel");
            session.controlRequests().add("3", "b", "cancel");
        });

        control.work();

        assertThat(entry("1").done()).isFalse();
        assertThat(entry("2").done()).isFalse();
        assertThat(entry("3").outcome()).startsWith("done");
        assertThat(bench.incidents.open()).hasSize(1);
        bench.cluster.broken.clear();
        control.work();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_scene_that_failed_before_it_was_cut_begins_with_that() {
        failed();
        bench.reprocess("a");
        bench.ledger.change(session -> {
            session.tiles().remove("a");
            session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.FAILED, "it has no red band");
        });

        assertThat(request("retry")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
    }

    @Test
    void a_cancelled_scenes_jobs_are_cancelled_and_it_is_told_who_did_it() {
        queued();

        assertThat(request("cancel")).isEqualTo("done: a is cancelled");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.scene("a").reason()).isEqualTo("cancelled by a person");
        assertThat(told()).containsExactly("cancel [101, 102]");
    }

    @Test
    void a_job_that_has_our_id_but_anothers_name_is_not_touched() {
        queued();
        bench.cluster.jobs.clear();

        assertThat(request("cancel")).isEqualTo("done: a is cancelled");

        assertThat(told()).containsExactly("cancel []");
    }

    @Test
    void a_scene_that_has_not_been_planned_can_be_cancelled_too() {
        bench.accepted("a", "ndvi");

        assertThat(request("cancel")).startsWith("done");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void a_job_that_becomes_known_only_after_the_cancel_is_cancelled_too() {
        queued();
        request("cancel");
        bench.cluster.calls.clear();
        // Another scene's job is nobody's business.
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();

        new Control(bench.ledger, bench.cluster, bench.incidents).work();

        assertThat(told()).containsExactly("cancel [101, 102]");
    }

    @Test
    void what_has_been_cancelled_is_not_cancelled_again_at_once() {
        queued();
        request("cancel");

        assertThat(control.work()).isFalse();

        assertThat(told()).hasSize(1);
    }

    @Test
    void the_sweep_ends_what_is_left_of_a_failed_scene_but_not_of_one_whose_jobs_are_over() {
        failed();
        assertThat(control.work()).isTrue();
        assertThat(told()).containsExactly("cancel [101, 102]");

        Control next = new Control(bench.ledger, bench.cluster, bench.incidents);
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
    void a_held_scene_is_held_in_the_queue_and_let_go_again() {
        queued();

        assertThat(request("hold")).startsWith("done");
        assertThat(bench.scene("a").status().held()).isTrue();
        assertThat(request("release")).startsWith("done");
        assertThat(bench.scene("a").status().held()).isFalse();

        assertThat(told()).containsExactly("hold [101, 102]", "release [101, 102]");
    }

    @Test
    void a_suspended_scene_stands_still_and_goes_on_again() {
        queued();

        assertThat(request("suspend")).startsWith("done");
        assertThat(bench.scene("a").status().suspended()).isTrue();
        assertThat(request("resume")).startsWith("done");
        assertThat(bench.scene("a").status().suspended()).isFalse();

        assertThat(told()).containsExactly("suspend [101, 102]", "resume [101, 102]");
    }

    @Test
    void only_the_failed_tiles_of_a_failed_scene_go_again() {
        failed();

        assertThat(request("retry"))
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
    void an_assembly_that_was_taken_back_when_its_scene_failed_goes_again_with_the_retry() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer = sent -> sent.token().endsWith("-1")
                ? accept.apply(sent)
                : new Submitted.Rejected("QOSMaxSubmitJobPerUserLimit", true);
        bench.submitAll();
        Batch tiles = bench.batch("a", 1);
        bench.ledger.change(session -> {
            session.runs().finish(List.of(ended(tiles, 0, 0)));
            session.batches().closeEnded();
            session.tiles().update(List.of(bench.tile("a", 0).withState(TileState.FAILED)));
            session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.FAILED, "1 of 1 tiles failed");
        });
        bench.cluster.answer = accept;
        bench.pass(Duration.ofMinutes(2));
        bench.submitAll(); // the assembly's intent is taken back
        assertThat(bench.batches("a")).hasSize(1);

        request("retry");
        bench.submitAll();

        Batch again = bench.batch("a", 2);
        bench.ledger.change(session -> {
            session.runs().finish(List.of(ended(again, 0, 0)));
            session.tiles().update(List.of(bench.tile("a", 0).withState(TileState.DONE)));
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
        assertThat(request("retry"))
                .isEqualTo("refused: a is " + state + ", only a FAILED scene can be retried" + remedy);
        assertThat(bench.scene("a").state()).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "hold", "release", "suspend", "resume"})
    void aSceneThatHasEndedIsLeftAlone(String action) {
        bench.accepted("a", "ndvi");
        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, ""));

        assertThat(request(action)).isEqualTo("refused: a is DELIVERED already");
        assertThat(bench.scene("a").status().held()).isFalse();
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void a_verb_that_nobody_knows_is_refused() {
        bench.accepted("a", "ndvi");

        assertThat(request("explode")).startsWith("refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hold", "release", "suspend", "resume"})
    void aWishThatMeetsTroubleStaysOpenAndIsTriedAgain(String action) {
        queued();
        bench.cluster.broken.add(action);
        bench.ledger.change(session -> session.controlRequests().add("w", "a", action));

        control.work();
        assertThat(entry("w").done()).isFalse();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("control");

        bench.cluster.broken.clear();
        control.work();
        assertThat(entry("w").outcome()).startsWith("done");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_cancel_is_known_at_once_and_its_jobs_are_cancelled_when_the_cluster_answers_again() {
        queued();
        bench.cluster.broken.add("cancel");

        assertThat(request("cancel")).startsWith("done");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("control");

        bench.cluster.broken.clear();
        bench.cluster.calls.clear();
        control.work();
        assertThat(told()).containsExactly("cancel [101, 102]");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_verb_is_known_in_whatever_case() {
        for (Action action : Action.values()) {
            assertThat(Action.of(action.name())).contains(action);
            assertThat(Action.of(action.word())).contains(action);
        }
        assertThat(Action.of("")).isEmpty();
    }
}
