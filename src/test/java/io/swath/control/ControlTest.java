package io.swath.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Submitted;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.ControlRequests;
import io.swath.ledger.ControlRequests.Result;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.Removal;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class ControlTest {
    private Workbench bench;
    private Control control;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        control = new Control(bench.ledger, bench.cluster, bench.storage, bench.incidents, bench.steady);
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

    /** The cluster's calls that change something: all but the lookups of jobs. */
    private List<String> clusterCommands() {
        return bench.cluster.calls.stream()
                .filter(call -> !call.startsWith("find "))
                .toList();
    }

    /** Makes a request for scene "a" and runs the control stage once. */
    private ControlRequests.Entry request(String action) {
        String id = "request-" + action + "-" + bench.clock.millis();
        bench.ledger.change(session -> session.controlRequests().add(id, "a", action));
        control.work();
        return entry(id);
    }

    private void assertDone(String action) {
        assertThat(request(action).result()).contains(Result.DONE);
    }

    private void assertDone(String action, String answer) {
        ControlRequests.Entry entry = request(action);
        assertThat(entry.result()).contains(Result.DONE);
        assertThat(entry.answer()).isEqualTo(answer);
    }

    private void assertRefused(String action, String answer) {
        ControlRequests.Entry entry = request(action);
        assertThat(entry.result()).contains(Result.REFUSED);
        assertThat(entry.answer()).isEqualTo(answer);
    }

    private ControlRequests.Entry entry(String id) {
        return bench.ledger.read(session -> session.controlRequests().find(id)).orElseThrow();
    }

    @Test
    void a_retried_scene_leaves_the_nightly_reprocessing() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> {
            session.tiles().update(List.of(bench.tile("a", 0).withState(TileState.FAILED)));
            session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "1 of 1 tiles failed");
        });

        assertDone("retry");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.scene("a").nightly()).isFalse();
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void cancelling_a_reprocessing_keeps_the_scene_and_its_content_key() {
        failed();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);

        assertDone(
                "cancel", "The reprocessing of a (version 2) is cancelled. Products that were delivered before stay.");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).isEqualTo("version 2 was cancelled by a person");
        Scene scene = bench.scene("a");
        Optional<Scene> same = bench.ledger.read(
                session -> session.scenes().find(scene.recipe(), scene.arrival().contentKey()));
        assertThat(same).as("a scene with the same content").isPresent();
        assertDone("retry");
    }

    @Test
    void an_action_that_the_cluster_denies_is_refused_and_reverted() {
        queued();
        bench.cluster.denied.add("suspend");

        assertRefused("suspend", "Tried to suspend but permission was denied");

        assertThat(bench.scene("a").status().suspended()).isFalse();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_request_that_fails_delays_only_the_later_requests_of_its_scene() {
        queued();
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.cluster.broken.add("suspend");
        bench.ledger.change(session -> {
            session.controlRequests().add("1", "a", "suspend");
            session.controlRequests().add("2", "a", "cancel");
            session.controlRequests().add("3", "b", "cancel");
        });

        control.work();

        assertThat(entry("1").result()).isEmpty();
        assertThat(entry("2").result()).isEmpty();
        assertThat(entry("3").result()).contains(Result.DONE);
        assertThat(bench.incidents.open()).hasSize(1);
        bench.cluster.broken.clear();
        control.work();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void retry_of_a_scene_that_failed_before_planning_starts_with_planning() {
        failed();
        bench.reprocess("a");
        bench.ledger.change(session -> {
            session.tiles().remove("a");
            session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.FAILED, "it has no red band");
        });

        assertDone("retry");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
    }

    @Test
    void cancel_cancels_the_jobs_and_records_the_reason() {
        queued();

        assertDone("cancel", "a is cancelled.");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.scene("a").reason()).isEqualTo("cancelled by a person");
        assertThat(clusterCommands()).containsExactly("cancel [101, 102]");
    }

    @Test
    void a_job_with_a_known_id_but_another_name_is_not_cancelled() {
        queued();
        bench.cluster.jobs.clear();

        assertDone("cancel", "a is cancelled.");

        assertThat(clusterCommands()).containsExactly("cancel []");
    }

    @Test
    void a_scene_that_has_not_been_planned_can_be_cancelled() {
        bench.accepted("a", "ndvi");

        assertDone("cancel");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void a_job_that_becomes_known_after_the_cancel_is_cancelled_too() {
        queued();
        request("cancel");
        bench.cluster.calls.clear();
        // The job of a scene that has not ended is not cancelled.
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.submitAll();

        new Control(bench.ledger, bench.cluster, bench.storage, bench.incidents, bench.steady).work();

        assertThat(clusterCommands()).containsExactly("cancel [101, 102]");
    }

    @Test
    void leftover_jobs_are_not_cancelled_twice_within_seconds() {
        queued();
        request("cancel");

        assertThat(control.work()).isFalse();

        assertThat(clusterCommands()).hasSize(1);
    }

    @Test
    void leftover_jobs_of_a_failed_scene_are_cancelled_until_they_have_ended() {
        failed();
        assertThat(control.work()).isTrue();
        assertThat(clusterCommands()).containsExactly("cancel [101, 102]");

        Control next = new Control(bench.ledger, bench.cluster, bench.storage, bench.incidents, bench.steady);
        endRuns();
        assertThat(next.work()).isFalse();
        assertThat(clusterCommands()).hasSize(1);
    }

    private void endRuns() {
        bench.ledger.change(session -> {
            for (Batch batch : bench.batches("a")) {
                session.runs()
                        .finish(session.runs().open(batch.token()).stream()
                                .map(run -> ended(batch, run.index(), run.tile()))
                                .toList());
            }
            session.batches().closeEnded();
        });
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
    void hold_holds_the_jobs_and_release_releases_them() {
        queued();

        assertDone("hold");
        assertThat(bench.scene("a").status().held()).isTrue();
        assertDone("release");
        assertThat(bench.scene("a").status().held()).isFalse();

        assertThat(clusterCommands()).containsExactly("hold [101, 102]", "release [101, 102]");
    }

    @Test
    void suspend_suspends_the_jobs_and_resume_resumes_them() {
        queued();

        assertDone("suspend");
        assertThat(bench.scene("a").status().suspended()).isTrue();
        assertDone("resume");
        assertThat(bench.scene("a").status().suspended()).isFalse();

        assertThat(clusterCommands()).containsExactly("suspend [101, 102]", "resume [101, 102]");
    }

    @Test
    void retry_repeats_only_the_failed_tiles() {
        failed();

        assertDone(
                "retry",
                "The failed tiles of a are retried, with the recipe as it was when the scene was planned."
                        + " ./swath nightly reprocesses failed scenes with the current recipe.");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PROCESSING);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.DONE);
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.WAITING);
        bench.submitAll();
        assertThat(bench.batch("a", 3).size()).isOne();
        assertThat(bench.run(bench.batch("a", 3), 0).attempt()).isEqualTo(2);
    }

    @Test
    void retry_of_a_scene_with_a_changed_file_plans_it_again() {
        bench.accepted("a", "ndvi");
        bench.inputChanged("a");

        assertDone(
                "retry",
                "a is planned again as version 2, because a file of it was changed. If its content is not the one that"
                        + " was accepted, it fails again: then send the original again.");

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void retry_of_a_scene_whose_work_folder_is_gone_plans_it_again() throws IOException {
        failed();
        Removal.remove(bench.storage.work("a"));
        endRuns();
        request("retry");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void retry_submits_an_assembly_that_was_withdrawn_when_the_scene_failed() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        var accept = bench.cluster.answer;
        bench.cluster.answer = sent -> sent.token().endsWith("-1")
                ? accept.apply(sent)
                : new Submitted.Rejected("QOSMaxSubmitJobPerUserLimit", Submitted.Reason.NOT_NOW);
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
        bench.submitAll(); // the assembly's intent is withdrawn
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
    void retry_is_refused_unless_the_scene_has_failed(SceneState state) {
        bench.accepted("a", "ndvi");
        bench.ledger.write(session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), state, ""));

        String remedy = Set.of(SceneState.REJECTED, SceneState.CANCELLED).contains(state)
                ? " Submit the scene again instead."
                : "";
        assertRefused("retry", "Cannot retry a: it is " + state + ", and only a FAILED scene can be retried." + remedy);
        assertThat(bench.scene("a").state()).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "hold", "release", "suspend", "resume"})
    void other_actions_are_refused_once_the_scene_has_ended(String action) {
        bench.accepted("a", "ndvi");
        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, ""));

        assertRefused(action, "Cannot " + action + " a: it is DELIVERED already.");
        assertThat(bench.scene("a").status().held()).isFalse();
        assertThat(bench.cluster.calls).isEmpty();
    }

    @Test
    void an_unknown_action_is_refused() {
        bench.accepted("a", "ndvi");

        assertRefused(
                "explode", "There is no action explode; use one of cancel, hold, release, suspend, resume, retry.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hold", "release", "suspend", "resume"})
    void a_request_stays_open_and_is_retried_while_the_cluster_does_not_answer(String action) {
        queued();
        bench.cluster.broken.add(action);
        bench.ledger.change(session -> session.controlRequests().add("w", "a", action));

        control.work();
        assertThat(entry("w").result()).isEmpty();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("control");

        bench.cluster.broken.clear();
        control.work();
        assertThat(entry("w").result()).contains(Result.DONE);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void cancel_ends_the_scene_at_once_and_its_jobs_when_the_cluster_answers_again() {
        queued();
        bench.cluster.broken.add("cancel");

        assertDone("cancel");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.CANCELLED);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("control");

        bench.cluster.broken.clear();
        bench.cluster.calls.clear();
        control.work();
        assertThat(clusterCommands()).containsExactly("cancel [101, 102]");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_action_is_parsed_in_upper_and_lower_case() {
        for (Action action : Action.values()) {
            assertThat(Action.parse(action.name())).contains(action);
            assertThat(Action.parse(action.word())).contains(action);
        }
        assertThat(Action.parse("")).isEmpty();
    }
}
