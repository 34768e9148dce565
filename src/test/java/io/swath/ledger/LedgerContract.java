package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.swath.model.Allocation;
import io.swath.model.Announcement;
import io.swath.model.Announcement.State;
import io.swath.model.AtFault;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.ExitStatus;
import io.swath.model.GpuRequest;
import io.swath.model.GpuUse;
import io.swath.model.LeadershipLostException;
import io.swath.model.Origin;
import io.swath.model.Pending;
import io.swath.model.Placement;
import io.swath.model.Priority;
import io.swath.model.Rejection;
import io.swath.model.Request;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.model.Timing;
import io.swath.model.Tres;
import io.swath.model.Wait;
import io.swath.model.WaitCause;
import io.swath.model.Window;
import io.swath.testing.TaskRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The ledger's contract, which holds on every database. */
abstract class LedgerContract {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    abstract Ledger ledger();

    /** The same database, opened by another program. The caller closes it. */
    abstract Ledger another();

    static Scene scene(String id, String key) {
        return scene(id, key, Priority.NORMAL, NOW);
    }

    private static Scene scene(String id, String key, Priority priority, Instant at) {
        Scene.Arrival arrival = new Scene.Arrival(id + ".tif", key, Origin.FOLDER, priority, at);
        return Scene.arrived(id, "ndvi", "hash", arrival, SceneState.ACCEPTED, "");
    }

    private static Request request() {
        return new Request(
                "cpu",
                1,
                600,
                Duration.ofMinutes(2),
                0,
                0,
                List.of("cpu2"),
                Placement.parse("qos=high tasks=4 nodes=2"));
    }

    private static Batch batch(String scene, int number, int size) {
        return new Batch(
                "swath-" + scene + "-" + number,
                scene,
                number,
                0,
                "ndvi",
                size,
                1,
                request(),
                List.of(),
                BatchState.INTENT,
                "",
                0,
                NOW,
                Instant.EPOCH,
                1,
                "0123abcd",
                "");
    }

    private static Run run(Batch batch, int index, RunState state, Optional<Cause> cause) {
        return new Run(batch.token(), index, batch.sceneId(), 0, "ndvi", index, 1, state, cause, "", Run.Facts.NONE);
    }

    private Batch submitted(String scene, int size) {
        Batch batch = batch(scene, 1, size);
        ledger().change(session -> {
            session.scenes().add(scene(scene, scene));
            session.batches().add(batch);
            List<Run> runs = new ArrayList<>();
            for (int index = 0; index < size; index++) {
                runs.add(run(batch, index, RunState.INTENT, Optional.empty()));
            }
            session.runs().add(runs);
            session.batches().submitted(batch.token(), "42", NOW);
        });
        return batch;
    }

    private <T> List<T> list(Function<Session, List<T>> query) {
        return ledger().read(query);
    }

    private int unsent() {
        return ledger().read(session -> session.outbox().unsentCount());
    }

    @Test
    void accepts_the_same_content_and_recipe_once_until_the_scene_is_rejected_or_cancelled() {
        assertThat(ledger().<Boolean>write(s -> s.scenes().add(scene("a", "key"))))
                .isTrue();
        assertThat(ledger().<Boolean>write(s -> s.scenes().add(scene("b", "key"))))
                .isFalse();
        assertThat(ledger().<Boolean>write(s -> s.scenes().add(scene("a", "other"))))
                .isFalse();
        ledger().write(s -> s.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, ""));
        assertThat(ledger().<Boolean>write(s -> s.scenes().add(scene("b", "key"))))
                .isTrue();
        assertThat(ledger().read(s -> s.scenes().find("ndvi", "key"))
                        .orElseThrow()
                        .id())
                .isEqualTo("b");
    }

    @Test
    void moves_a_scene_only_from_the_given_states_and_records_history_and_one_event() {
        ledger().write(s -> s.scenes().add(scene("a", "key")));
        assertThat(unsent()).isEqualTo(1);
        assertThat(ledger().<Boolean>write(
                                s -> s.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, "")))
                .isFalse();
        assertThat(ledger().<Boolean>write(
                                s -> s.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.PLANNED, "")))
                .isTrue();
        assertThat(unsent()).as("planning has no event").isEqualTo(1);
        ledger().write(s -> s.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "why"));
        assertThat(unsent()).isEqualTo(2);
        assertThat(ledger().read(s -> s.scenes().history("a")).stream().map(Scenes.Change::state))
                .containsExactly(SceneState.ACCEPTED, SceneState.PLANNED, SceneState.FAILED);
        assertThat(ledger().read(s -> s.outbox().unsent(10)).stream().map(Outbox.Entry::type))
                .containsExactlyInAnyOrder("io.swath.scene.accepted", "io.swath.scene.failed");
    }

    @Test
    void adds_to_how_the_last_run_of_a_tile_ended_and_to_no_other_run() {
        Batch batch = submitted("a", 3);
        Window window = new Window(0, 0, 10, 10);
        ledger().change(s -> s.runs()
                .finish(List.of(
                        run(batch, 0, RunState.FAILED, Optional.of(Cause.OUT_OF_MEMORY)),
                        run(batch, 1, RunState.SUCCEEDED, Optional.empty()),
                        run(batch, 2, RunState.FAILED, Optional.of(Cause.OUT_OF_MEMORY)))));
        List<TileProgress> tiles = IntStream.range(0, 3)
                .mapToObj(tile -> TileProgress.notSubmitted("a", new Tile(tile, window, window))
                        .withAttempts(tile == 2 ? 2 : 1))
                .toList();

        ledger().change(s -> s.runs().addToFailures(tiles, "; no retry: it's too large"));

        assertThat(IntStream.range(0, 3)
                        .mapToObj(index -> ledger().read(s -> s.runs().find(batch.token(), index))
                                .orElseThrow()
                                .detail()))
                .containsExactly("; no retry: it's too large", "", "");
    }

    @Test
    void reads_many_tiles_as_they_were_written_and_empty_tiles_are_done() {
        List<Tile> tiles = new ArrayList<>();
        for (int index = 0; index < 100_000; index++) {
            Window core = new Window(index * 10, 5, 10, 20);
            tiles.add(new Tile(index, core, core.grownWithin(2, 1_000_000, 60)));
        }
        ledger().change(session -> {
            session.scenes().add(scene("a", "key"));
            session.tiles().add("a", tiles, tile -> tile.index() % 1_000 == 0);
        });
        assertThatObject(ledger().read(s -> s.tiles().counts("a")))
                .isEqualTo(Map.of(TileState.WAITING, 99_900, TileState.DONE, 100));
        List<TileProgress> all = ledger().read(s -> s.tiles().ofScene("a"));
        assertThat(all.stream().map(TileProgress::tile)).isEqualTo(tiles);
        assertThat(all.stream().filter(TileProgress::skipped)).hasSize(100);
        TileProgress retried = all.get(7).submitted().retry(true).withGpu(0.5).excludingNodes(List.of("n2", "n1"));
        ledger().change(s -> s.tiles().update(List.of(retried)));
        assertThat(list(s -> s.tiles().find("a", List.of(7)))).containsExactly(retried);
    }

    @Test
    void a_run_that_has_ended_teaches_once_and_what_it_read_is_known() {
        Batch batch = submitted("a", 3);
        Tile tile = new Tile(0, new Window(0, 0, 100, 50), new Window(0, 0, 200, 50));
        ledger().change(session -> {
            session.scenes().recordPlan("a", "0123abcd", new Scene.Plan(200, 50, 1, 4, "{}"));
            session.tiles().add("a", List.of(tile), each -> false);
        });
        assertThat(list(session -> session.learnedSizes().ended(10))).isEmpty();
        Run first = new Run(
                batch.token(),
                0,
                "a",
                0,
                "ndvi",
                0,
                1,
                RunState.SUCCEEDED,
                Optional.empty(),
                "",
                TaskRow.facts(batch, 0, "cpu1", NOW));
        ledger().change(session -> session.runs().finish(List.of(first)));

        List<LearnedSizes.Ended> ended = list(session -> session.learnedSizes().ended(10));

        assertThat(ended).singleElement().satisfies(run -> {
            assertThat(run.ref()).isEqualTo(new Runs.TaskRef(batch.token(), 0));
            assertThat(run.key()).isEqualTo(new LearnedSizes.RunClass("ndvi", "ndvi", "cpu", false));
            assertThat(run.megabytes()).isEqualTo(0.04); // 200 x 50 pixels of 4 bytes
            assertThat(run.node()).isEqualTo("cpu1");
            assertThat(run.succeeded()).isTrue();
            assertThat(run.lost()).isFalse();
            assertThat(run.requestedMiB()).isEqualTo(batch.request().memoryMiB());
            assertThat(run.limit()).isEqualTo(batch.request().time());
        });
        ledger().change(session ->
                session.learnedSizes().markLearned(List.of(ended.get(0).ref())));
        assertThat(list(session -> session.learnedSizes().ended(10))).isEmpty();
    }

    @Test
    void what_was_taught_is_kept_for_three_versions_of_a_recipe() {
        LearnedSizes.RunClass runs = new LearnedSizes.RunClass("ndvi", "ndvi", "cpu", false);
        LearnedSizes.RunClass onGpu = new LearnedSizes.RunClass("ndvi", "ndvi", "gpu", true);
        ledger().change(session -> session.learnedSizes().save(taught(onGpu, "MEMORY", "v0", 9)));
        for (String version : List.of("v1", "v2", "v3", "v4")) {
            ledger().change(session -> session.learnedSizes().save(taught(runs, "MEMORY", version, 1)));
        }
        ledger().change(session -> session.learnedSizes().save(taught(runs, "MEMORY", "v3", 2)));
        ledger().change(session -> session.learnedSizes().save(taught(runs, "TIME", "v1", 5)));

        assertThat(list(session -> session.learnedSizes().all()))
                .containsExactlyInAnyOrder(
                        taught(onGpu, "MEMORY", "v0", 9),
                        taught(runs, "MEMORY", "v2", 1),
                        taught(runs, "MEMORY", "v3", 2),
                        taught(runs, "MEMORY", "v4", 1),
                        taught(runs, "TIME", "v1", 5));
        assertThat(list(session -> session.learnedSizes().find(runs, "MEMORY", "v3").stream()
                        .toList()))
                .containsExactly(taught(runs, "MEMORY", "v3", 2));
        assertThat(list(session -> session.learnedSizes().find(runs, "MEMORY", "v1").stream()
                        .toList()))
                .isEmpty();
        assertThat(list(session ->
                        session.learnedSizes().latest(onGpu, "MEMORY").stream().toList()))
                .containsExactly(taught(onGpu, "MEMORY", "v0", 9));
    }

    private static LearnedSizes.Taught taught(LearnedSizes.RunClass runs, String quantity, String version, int number) {
        return new LearnedSizes.Taught(runs, quantity, version, number, 1.5, "text of " + number, 40_960);
    }

    @Test
    void the_tasks_in_front_of_others_are_counted_by_partition_device_and_priority() {
        Batch waiting = submitted("a", 3);
        Instant start = NOW.plusSeconds(90);
        ledger().change(s -> s.runs().setPendingReason(waiting.token(), List.of(1), "Resources", Optional.of(start)));
        DeviceLoads.Load load = new DeviceLoads.Load("ndvi", "ndvi", 3, 0, Optional.of(start), Optional.of(NOW));
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NORMAL, "cpu", false, "")))
                .containsExactly(load);
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NIGHT, "cpu", false, "")))
                .containsExactly(load);
        assertThat(list(s -> s.deviceLoads().ahead(Priority.URGENT, "cpu", false, "")))
                .isEmpty();
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NORMAL, "cpu", true, "")))
                .isEmpty();
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NORMAL, "gpu", false, "")))
                .isEmpty();
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NORMAL, "cpu", false, waiting.token())))
                .isEmpty();
        ledger().change(s -> s.scenes().hold("a", true));
        assertThat(list(s -> s.deviceLoads().ahead(Priority.NORMAL, "cpu", false, "")))
                .isEmpty();
    }

    @Test
    void a_tile_remembers_that_it_was_moved_to_another_device() {
        ledger().change(s -> {
            s.scenes().add(scene("a", "a"));
            s.tiles()
                    .add(
                            "a",
                            IntStream.range(0, 3)
                                    .mapToObj(LedgerContract::square)
                                    .toList(),
                            tile -> false);
            s.deviceLoads().markMoved("a", List.of(1));
            s.tiles().update(s.tiles().find("a", List.of(1)));
        });
        assertThat(ledger().<Boolean>read(s -> s.deviceLoads().anyMoved("a", List.of(0, 1))))
                .isTrue();
        assertThat(ledger().<Boolean>read(s -> s.deviceLoads().anyMoved("a", List.of(0, 2))))
                .isFalse();
        assertThat(ledger().<Boolean>read(s -> s.deviceLoads().anyMoved("a", List.of())))
                .isFalse();
    }

    private static Tile square(int index) {
        Window window = new Window(64 * index, 0, 64, 64);
        return new Tile(index, window, window);
    }

    @Test
    void a_batch_is_done_when_all_its_runs_have_ended() {
        Batch batch = submitted("a", 2);
        assertThat(ledger().read(s -> s.runs().open(batch.token())).stream().map(Runs.Open::state))
                .containsOnly(RunState.QUEUED);
        Batch found = ledger().read(s -> s.batches().find(batch.token())).orElseThrow();
        assertThat(found.state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(found.clusterId()).isEqualTo("42");
        assertThat(found.request()).isEqualTo(batch.request());
        ledger().change(s -> {
            s.runs().finish(List.of(run(batch, 0, RunState.SUCCEEDED, Optional.empty())));
            s.batches().closeEnded();
        });
        assertThat(ledger().read(s -> s.batches().find(batch.token()))
                        .orElseThrow()
                        .state())
                .isEqualTo(BatchState.SUBMITTED);
        ledger().change(s -> {
            s.runs().finish(List.of(run(batch, 1, RunState.FAILED, Optional.of(Cause.EXIT))));
            s.batches().closeEnded();
        });
        assertThat(ledger().read(s -> s.batches().find(batch.token()))
                        .orElseThrow()
                        .state())
                .isEqualTo(BatchState.DONE);
    }

    @Test
    void a_node_is_failing_if_several_different_tiles_failed_on_it_recently() {
        Batch batch = submitted("a", 4);
        ledger().write(s -> s.runs()
                .finish(List.of(
                        on("n1", NOW.minusSeconds(1), run(batch, 0, RunState.FAILED, Optional.of(Cause.NODE))),
                        on("n1", NOW.minusSeconds(2), run(batch, 1, RunState.FAILED, Optional.of(Cause.NODE))),
                        on("n1", NOW.minusSeconds(9), run(batch, 2, RunState.FAILED, Optional.of(Cause.NODE))),
                        on("n2", NOW.minusSeconds(1), run(batch, 3, RunState.FAILED, Optional.of(Cause.EXIT))))));
        ledger().change(s -> {
            List.of(0, 1, 2).forEach(index -> s.faults().setAtFault(batch.token(), index, AtFault.NODE));
            s.faults().setAtFault(batch.token(), 3, AtFault.RUN);
        });
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 3))).containsExactly("n1");
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 4))).isEmpty();
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(5), 3))).isEmpty();
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 1))).containsExactly("n1");
    }

    @Test
    void a_tile_that_failed_on_several_nodes_accuses_a_node_only_after_it_has_succeeded_elsewhere() {
        Batch first = submitted("a", 1);
        Batch second = next(first);
        failedOn("n1", first);
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 1))).containsExactly("n1");

        failedOn("n2", second);
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 1))).isEmpty();
        assertThat(ledger().<Integer>read(s -> s.faults().tilesFailingEverywhere(NOW.minusSeconds(10))))
                .isEqualTo(1);

        Batch third = next(second);
        ledger().write(s -> s.runs()
                .finish(List.of(on("n3", NOW.minusSeconds(1), run(third, 0, RunState.SUCCEEDED, Optional.empty())))));
        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 1))).containsExactly("n1", "n2");
        assertThat(ledger().<Integer>read(s -> s.faults().tilesFailingEverywhere(NOW.minusSeconds(10))))
                .isZero();
    }

    @Test
    void a_node_that_the_cluster_reports_as_unusable_is_named_after_one_failure() {
        Batch batch = submitted("a", 2);
        failedOn("n1", batch);
        ledger().change(s -> s.faults().setAtFault(batch.token(), 0, AtFault.BROKEN_NODE));

        assertThat(list(s -> s.faults().failingNodes(NOW.minusSeconds(10), 1))).isEmpty();
        assertThat(list(s -> s.faults().onBrokenNodes(NOW.minusSeconds(10))))
                .extracting(run -> run.facts().allocation().node())
                .containsExactly("n1");
        assertThat(list(s -> s.faults().onBrokenNodes(NOW))).isEmpty();
    }

    /** The batch after this one, with one run of the same tile. */
    private Batch next(Batch before) {
        Batch batch = batch(before.sceneId(), before.number() + 1, 1);
        ledger().change(session -> {
            session.batches().add(batch);
            session.runs().add(List.of(run(batch, 0, RunState.INTENT, Optional.empty())));
            session.batches().submitted(batch.token(), "43", NOW);
        });
        return batch;
    }

    private void failedOn(String node, Batch batch) {
        ledger().change(s -> {
            s.runs()
                    .finish(List.of(
                            on(node, NOW.minusSeconds(2), run(batch, 0, RunState.FAILED, Optional.of(Cause.NODE)))));
            s.faults().setAtFault(batch.token(), 0, AtFault.NODE);
        });
    }

    private static Run on(String node, Instant ended, Run run) {
        Batch batch = batch(run.sceneId(), 1, 4);
        return new Run(
                run.token(),
                run.index(),
                run.sceneId(),
                run.stepIndex(),
                run.step(),
                run.tile(),
                run.attempt(),
                run.state(),
                run.cause(),
                run.detail(),
                TaskRow.facts(batch, run.index(), node, ended));
    }

    @Test
    void a_paused_tile_is_not_among_the_waiting_tiles() {
        Window window = new Window(0, 0, 64, 64);
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.tiles().add("a", List.of(new Tile(0, window, window), new Tile(1, window, window)), tile -> false);
            s.tiles().pause("a", 0, NOW.plusSeconds(20));
        });
        assertThat(list(s -> s.tiles().waiting("a", NOW, 9)))
                .extracting(tile -> tile.tile().index())
                .containsExactly(1);
        assertThat(ledger().<Boolean>read(s -> s.tiles().isPaused("a", 0, NOW))).isTrue();
        assertThat(ledger().<Boolean>read(s -> s.tiles().isPaused("a", 1, NOW))).isFalse();
        assertThat(list(s -> s.tiles().waiting("a", NOW.plusSeconds(20), 9))).hasSize(2);
        ledger().change(s -> s.tiles().endPauses(NOW));
        assertThat(list(s -> s.tiles().waiting("a", NOW, 9))).hasSize(2);
    }

    @Test
    void a_reset_to_the_first_step_reaches_failed_tiles_too_and_leaves_empty_ones() {
        Window window = new Window(0, 0, 1, 1);
        List<Tile> tiles = IntStream.range(0, 5)
                .mapToObj(index -> new Tile(index, window, window))
                .toList();
        ledger().change(session -> {
            session.scenes().add(scene("a", "key"));
            session.tiles().add("a", tiles, tile -> tile.index() == 0);
            session.tiles()
                    .update(List.of(
                            submitted(tiles.get(1), TileState.DONE, 1),
                            submitted(tiles.get(2), TileState.FAILED, 1),
                            submitted(tiles.get(3), TileState.WAITING, 1)
                                    .retry(true)
                                    .withGpu(0.5)
                                    .excludingNodes(List.of("node1"))));
            session.tiles().resetToFirstStep("a");
        });
        assertThat(list(session -> session.tiles().ofScene("a")))
                .extracting(tile -> tile.tile().index(), TileProgress::state, TileProgress::step)
                .containsExactlyInAnyOrder(
                        tuple(0, TileState.DONE, 0),
                        tuple(1, TileState.WAITING, 0),
                        tuple(2, TileState.FAILED, 0),
                        tuple(3, TileState.WAITING, 0),
                        tuple(4, TileState.WAITING, 0));
        assertThat(list(session -> session.tiles().ofScene("a")))
                .filteredOn(tile -> tile.tile().index() == 3)
                .extracting(TileProgress::history)
                .containsExactly(new TileProgress.History(
                        1, 0, Optional.empty(), Optional.empty(), Optional.empty(), List.of("node1")));
        ledger().change(session -> session.tiles().retryFailed("a"));
        assertThat(list(session -> session.tiles().ofScene("a")))
                .filteredOn(tile -> tile.tile().index() == 2)
                .extracting(TileProgress::state, TileProgress::step)
                .containsExactly(tuple(TileState.WAITING, 0));
    }

    private static TileProgress submitted(Tile tile, TileState state, int step) {
        return new TileProgress("a", tile, state, step, 1, TileProgress.History.NONE);
    }

    @Test
    void waits_that_pass_by_themselves_share_a_row_and_all_keep_their_start() {
        WaitCause down = new WaitCause("PartitionDown", WaitCause.Kind.PERSON, "what", "who");
        WaitCause busy = new WaitCause("Resources", WaitCause.Kind.PASSES, "what", WaitCause.NOBODY);
        WaitCause priority = new WaitCause("Priority", WaitCause.Kind.PASSES, "what", WaitCause.NOBODY);
        ledger().write(session -> session.scenes().add(scene("a", "a")));
        record(Map.of("a", List.of(down, busy)));
        List<Wait> before = waits();
        assertThat(before).extracting(Wait::cause).containsExactlyInAnyOrder(down, busy);

        record(Map.of("a", List.of(priority)));
        assertThat(waits())
                .containsExactlyInAnyOrder(
                        new Wait("a", down, before.get(0).since(), Duration.ZERO),
                        new Wait("a", priority, before.get(0).since(), Duration.ofMinutes(2)));
        assertThat(ledger().<Set<String>>read(session -> session.waits().scenes(Waits.QUEUE)))
                .containsExactly("a");
        record(Map.of());
        assertThat(waits()).isEmpty();
        assertThat(ledger().<List<Waits.Idle>>read(session -> session.waits().idle()))
                .extracting(Waits.Idle::sceneId, Waits.Idle::tilesWait)
                .containsExactly(tuple("a", false));
        assertThat(ledger().<Waits.Progress>read(session -> session.waits().progress()))
                .isEqualTo(new Waits.Progress(Map.of(), 1));
    }

    private List<Wait> waits() {
        return ledger().read(session -> session.waits().all());
    }

    private void record(Map<String, List<WaitCause>> waits) {
        ledger().change(session ->
                session.waits().record(Waits.QUEUE, waits, session.waits().started(), Duration.ofMinutes(2)));
    }

    @Test
    void lookups_start_again_after_a_restart() {
        Batch batch = batch("a", 1, 1);
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.batches().add(batch);
            s.batches().postpone(batch.token(), BatchState.AMBIGUOUS, 3, NOW.plusSeconds(9_000));
        });
        assertThat(ledger().<Integer>write(s -> s.batches().markIntentsAmbiguous(NOW)))
                .isEqualTo(1);
        assertThat(list(s -> s.batches().due(NOW, 100)))
                .extracting(Batch::attempts)
                .containsExactly(0);
    }

    @Test
    void an_ended_run_is_never_overwritten_and_has_one_accounting_record() {
        Batch batch = submitted("a", 1);
        int before = unsent();
        List<Run> first = ledger().write(s ->
                s.runs().finish(List.of(run(batch, 0, RunState.FAILED, Optional.of(Cause.TIMEOUT)))));
        List<Run> second =
                ledger().write(s -> s.runs().finish(List.of(run(batch, 0, RunState.SUCCEEDED, Optional.empty()))));
        ledger().change(s -> s.runs().update(List.of(run(batch, 0, RunState.RUNNING, Optional.empty()))));
        assertThat(first).hasSize(1);
        assertThat(second).isEmpty();
        Run run = ledger().read(s -> s.runs().find(batch.token(), 0)).orElseThrow();
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.cause()).contains(Cause.TIMEOUT);
        assertThat(unsent()).isEqualTo(before + 1);
    }

    @Test
    void an_intent_can_be_withdrawn_and_is_ambiguous_after_a_restart() {
        Batch one = batch("a", 1, 1);
        Batch two = batch("a", 2, 1);
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.batches().add(one);
            s.runs().add(List.of(run(one, 0, RunState.INTENT, Optional.empty())));
            s.batches().add(two);
            s.runs().add(List.of(run(two, 0, RunState.INTENT, Optional.empty())));
            s.batches().withdraw(two.token());
        });
        assertThat(ledger().<Integer>write(s -> s.batches().markIntentsAmbiguous(NOW)))
                .isEqualTo(1);
        assertThat(ledger().read(s -> s.batches().due(NOW, 100)).stream().map(Batch::state))
                .containsExactly(BatchState.AMBIGUOUS);
        assertThat(ledger().<Integer>read(s -> s.runs().openCount())).isEqualTo(1);
        assertThat(ledger().<Integer>read(s -> s.batches().nextNumber("a")))
                .as("no number is used twice")
                .isEqualTo(3);
    }

    @Test
    void a_failed_transaction_writes_nothing() {
        assertThatThrownBy(() -> ledger().change(s -> {
                    s.scenes().add(scene("a", "key"));
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertThat(list(s -> s.scenes().latest(9))).isEmpty();
        assertThat(unsent()).isZero();
    }

    @Test
    void a_message_keeps_its_id_until_it_is_sent() {
        submitted("a", 1);
        List<Outbox.Entry> once = ledger().read(s -> s.outbox().unsent(10));
        assertThat(list(s -> s.outbox().unsent(10))).isEqualTo(once).hasSize(1);
        ledger().change(s -> s.outbox().sent(List.of(once.get(0).id())));
        assertThat(unsent()).isZero();
        assertThat(ledger().<Integer>read(s -> s.outbox().count())).isEqualTo(1);
    }

    @Test
    void a_control_request_is_open_until_it_is_done() {
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.controlRequests().add("w", "a", "cancel");
            s.controlRequests().add("w", "a", "cancel");
        });
        assertThat(list(s -> s.controlRequests().open())).hasSize(1);
        ledger().change(s -> s.controlRequests().close("w", ControlRequests.Result.DONE, "a is cancelled."));
        assertThat(list(s -> s.controlRequests().open())).isEmpty();
        assertThat(ledger().read(s -> s.controlRequests().find("w")).orElseThrow())
                .extracting(ControlRequests.Entry::result, ControlRequests.Entry::answer)
                .containsExactly(Optional.of(ControlRequests.Result.DONE), "a is cancelled.");
    }

    @Test
    void totals_are_sums_of_the_measured_values() {
        Batch batch = submitted("a", 2);
        ledger().write(s -> s.runs()
                .finish(List.of(
                        run(batch, 0, RunState.SUCCEEDED, Optional.empty()),
                        run(batch, 1, RunState.FAILED, Optional.of(Cause.EXIT)))));
        assertThat(ledger().read(s -> s.usage().totals()).stream().map(Usage.Total::outcome))
                .containsExactly("EXIT", "SUCCEEDED");
    }

    @Test
    void a_control_request_that_an_older_swath_closed_has_a_result() {
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            for (String id : List.of("1", "2", "3")) {
                s.controlRequests().add(id, "a", "hold");
            }
            s.handle.execute(
                    "update control set done_at = 1, outcome = 'done: nothing more of a starts' where id = '1'");
            s.handle.execute("update control set done_at = 1, outcome = 'refused: a is DELIVERED' where id = '2'");
        });
        assertThat(list(s -> s.controlRequests().open()))
                .extracting(ControlRequests.Entry::id)
                .containsExactly("3");
        assertThat(List.of("1", "2", "3"))
                .extracting(id -> ledger().read(
                                s -> s.controlRequests().find(id).orElseThrow().result()))
                .containsExactly(
                        Optional.of(ControlRequests.Result.DONE),
                        Optional.of(ControlRequests.Result.REFUSED),
                        Optional.empty());
    }

    @Test
    void totals_use_the_measured_wall_time_where_a_run_has_one_and_else_the_seconds_of_sacct() {
        Batch batch = submitted("a", 5);
        Optional<Duration> halfSecond = Optional.of(Duration.ofMillis(500));
        ledger().write(s -> s.runs()
                .finish(List.of(
                        // sacct rounds half a second to 0 or 1 s
                        measured(batch, 0, Optional.of(0L), halfSecond, Optional.of(2), Optional.of(700L)),
                        measured(batch, 1, Optional.of(1L), halfSecond, Optional.of(2), Optional.of(700L)),
                        measured(batch, 2, Optional.of(4L), Optional.empty(), Optional.of(2), Optional.of(1_600L)),
                        measured(batch, 3, Optional.of(3L), Optional.empty(), Optional.empty(), Optional.empty()),
                        measured(batch, 4, Optional.empty(), Optional.empty(), Optional.of(2), Optional.of(9_000L)))));
        List<Usage.Total> totals = ledger().read(s -> s.usage().totals());
        assertThat(totals).singleElement().satisfies(total -> {
            assertThat(total.runs()).isEqualTo(5);
            assertThat(total.elapsed()).isEqualTo(Duration.ofSeconds(8));
            assertThat(total.allocatedCpu())
                    .as("2 x 0.5 s x 2 CPUs, 4 s x 2 CPUs, and 3 s x the 1 CPU that the batch requested")
                    .isEqualTo(Duration.ofSeconds(13));
            assertThat(total.usedCpu()).isEqualTo(Duration.ofSeconds(12));
            assertThat(total.cpuEfficiency())
                    .as("3 s / 10 s: only the first three runs have both an elapsed and a CPU time")
                    .contains(0.3);
        });
    }

    @Test
    void totals_leave_out_values_that_no_task_can_have() {
        Batch batch = submitted("a", 4);
        Optional<Duration> impossible = Optional.of(Duration.ofNanos(Long.MAX_VALUE));
        ledger().write(s -> s.runs()
                .finish(List.of(
                        measured(batch, 0, Optional.of(3L), impossible, Optional.of(2), Optional.of(Long.MAX_VALUE)),
                        measured(batch, 1, Optional.of(3L), impossible, Optional.of(2), Optional.of(Long.MAX_VALUE)),
                        measured(
                                batch,
                                2,
                                Optional.of(3L),
                                Optional.of(Duration.ofSeconds(-9)),
                                Optional.of(2),
                                Optional.of(-1L)),
                        measured(batch, 3, Optional.of(3L), Optional.empty(), Optional.of(2), Optional.of(1_000L)))));
        List<Usage.Total> totals = ledger().read(s -> s.usage().totals());
        assertThat(totals).singleElement().satisfies(total -> {
            assertThat(total.elapsed()).as("4 x the 3 s of sacct").isEqualTo(Duration.ofSeconds(12));
            assertThat(total.usedCpu()).isEqualTo(Duration.ofSeconds(1));
        });
    }

    @Test
    void the_cpu_efficiency_is_unknown_where_no_run_has_both_an_elapsed_and_a_cpu_time() {
        Batch batch = submitted("a", 3);
        ledger().write(s -> s.runs()
                .finish(List.of(
                        measured(batch, 0, Optional.of(3L), Optional.empty(), Optional.of(2), Optional.empty()),
                        measured(batch, 1, Optional.empty(), Optional.empty(), Optional.of(2), Optional.of(1_000L)),
                        measured(batch, 2, Optional.of(0L), Optional.empty(), Optional.of(2), Optional.of(1_000L)))));
        List<Usage.Total> totals = ledger().read(s -> s.usage().totals());
        assertThat(totals)
                .singleElement()
                .extracting(Usage.Total::cpuEfficiency)
                .isEqualTo(Optional.empty());
    }

    private static Run measured(
            Batch batch,
            int index,
            Optional<Long> elapsedSeconds,
            Optional<Duration> wall,
            Optional<Integer> cpus,
            Optional<Long> cpuMillis) {
        Run.Facts none = Run.Facts.NONE;
        Run.Facts facts = new Run.Facts(
                "",
                "COMPLETED",
                none.exit(),
                new Timing(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(NOW), elapsedSeconds),
                new Allocation("cpu", "cpu1", cpus),
                none.tres(),
                new ResourceUse(wall, cpuMillis, Optional.empty()),
                0,
                none.pending(),
                "");
        return new Run(
                batch.token(),
                index,
                batch.sceneId(),
                0,
                "ndvi",
                index,
                1,
                RunState.SUCCEEDED,
                Optional.empty(),
                "",
                facts);
    }

    private static Batch onGpu(String scene, int number, GpuRequest gpu) {
        Request request = new Request("gpu", 1, 600, Duration.ofMinutes(2), gpu, List.of(), Placement.NONE);
        return batch(scene, number, 1).resized(request, "");
    }

    private static Run onGpu(Batch batch, Duration wall, GpuUse gpu) {
        Run run = measured(batch, 0, Optional.of(1L), Optional.of(wall), Optional.of(1), Optional.empty());
        Run.Facts facts = run.facts();
        return new Run(
                run.token(),
                run.index(),
                run.sceneId(),
                run.stepIndex(),
                run.step(),
                run.tile(),
                run.attempt(),
                run.state(),
                run.cause(),
                run.detail(),
                new Run.Facts(
                        facts.jobId(),
                        facts.clusterState(),
                        facts.exit(),
                        facts.timing(),
                        facts.allocation(),
                        facts.tres(),
                        new ResourceUse(facts.used().wall(), Optional.empty(), Optional.empty(), gpu),
                        0,
                        facts.pending(),
                        ""));
    }

    @Test
    void what_was_asked_for_and_used_of_a_gpu_is_kept_and_added_up_once() {
        GpuUse tenth = new GpuUse(Optional.of(4_096), Optional.of(40_960), Optional.of(3), "samples");
        GpuUse busy = new GpuUse(Optional.of(4_096), Optional.of(40_960), Optional.of(50), "accounts");
        List<Batch> batches = List.of(
                onGpu("a", 1, GpuRequest.shards(1, 4)),
                onGpu("a", 2, GpuRequest.mps(25, 100)),
                onGpu("a", 3, GpuRequest.typed("a100_2g.10gb", 0.25)),
                onGpu("a", 4, GpuRequest.whole(2)),
                onGpu("a", 5, new GpuRequest(0, "", 1, 0, 0)));
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            batches.forEach(batch -> {
                s.batches().add(batch);
                s.runs().add(List.of(run(batch, 0, RunState.INTENT, Optional.empty())));
                s.batches().submitted(batch.token(), "4" + batch.number(), NOW);
            });
        });
        List<Batch> kept = list(s -> s.batches().ofScene("a"));
        assertThat(kept)
                .extracting(Batch::request)
                .containsExactlyElementsOf(batches.stream().map(Batch::request).toList());

        ledger().change(s -> {
            s.runs()
                    .finish(List.of(
                            onGpu(batches.get(0), Duration.ofSeconds(10), tenth),
                            onGpu(batches.get(1), Duration.ofSeconds(20), busy),
                            onGpu(batches.get(2), Duration.ofSeconds(40), GpuUse.NONE),
                            onGpu(batches.get(3), Duration.ofSeconds(80), tenth),
                            onGpu(batches.get(4), Duration.ofSeconds(160), tenth)));
            s.batches().closeEnded();
        });
        assertThat(list(s -> s.runs().last("a", 1, 0).isEmpty()
                        ? List.of()
                        : s.learnedSizes().ended(10)))
                .extracting(LearnedSizes.Ended::gpu)
                .containsExactly(tenth, busy, GpuUse.NONE, tenth, tenth);

        GpuUsage.Total expected = new GpuUsage.Total("ndvi", "ndvi", 70, 17.5, 30, 11);
        assertThat(list(s -> s.gpuUsage().totals())).containsExactly(expected);
        int counted = ledger().write(s -> s.usage().count(100));
        assertThat(counted).isEqualTo(5);
        assertThat(list(s -> s.gpuUsage().totals())).containsExactly(expected);
    }

    @Test
    void the_open_runs_of_a_task_that_makes_several_tiles_count_as_one_task() {
        Batch one = batch("a", 1, 10);
        Batch batch = new Batch(
                one.token(),
                "a",
                1,
                0,
                "ndvi",
                10,
                4,
                request(),
                List.of(),
                BatchState.INTENT,
                "",
                0,
                NOW,
                Instant.EPOCH,
                1,
                "0123abcd",
                "");
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.batches().add(batch);
            s.runs()
                    .add(IntStream.range(0, 10)
                            .mapToObj(index -> run(batch, index, RunState.INTENT, Optional.empty()))
                            .toList());
            s.batches().submitted(batch.token(), "42", NOW);
        });
        assertThat(ledger().read(s -> s.batches().find(batch.token()))
                        .orElseThrow()
                        .perTask())
                .isEqualTo(4);
        assertThat(list(s -> s.unsentBatches().openRuns()))
                .extracting(open -> List.of(open.runs(), open.running(), open.batches()))
                .containsExactly(List.of(3, 0, 1));

        ledger().change(s -> {
            s.runs().update(List.of(run(batch, 8, RunState.RUNNING, Optional.empty())));
            s.runs()
                    .finish(IntStream.range(0, 4)
                            .mapToObj(index -> run(batch, index, RunState.SUCCEEDED, Optional.empty()))
                            .toList());
        });
        assertThat(list(s -> s.unsentBatches().openRuns()))
                .extracting(open -> List.of(open.runs(), open.running(), open.batches()))
                .containsExactly(List.of(2, 1, 1));
    }

    @Test
    void commands_and_accepted_tasks_are_added_up_for_each_day() {
        Batch batch = submitted("a", 3);
        ledger().change(s -> s.batches().submitted(batch.token(), "42", NOW)); // it is accepted already
        ledger().change(s -> s.commandCounts().addCommands(6));
        ledger().change(s -> s.commandCounts().addCommands(1));

        Optional<CommandCounts.Sent> sent = ledger().read(s -> s.commandCounts().lastDays(7));

        assertThat(sent).isPresent();
        assertThat(sent.get().commands()).isEqualTo(7);
        assertThat(sent.get().tasks()).isEqualTo(3);
    }

    @Test
    void an_ambiguous_batch_is_due_again_after_its_pause() {
        Batch batch = batch("a", 1, 1);
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.batches().add(batch);
            s.batches().postpone(batch.token(), BatchState.AMBIGUOUS, 3, NOW.plusSeconds(60));
        });
        assertThat(list(s -> s.batches().due(NOW, 100))).isEmpty();
        ledger().change(s -> s.batches().postpone(batch.token(), BatchState.AMBIGUOUS, 4, NOW.minusSeconds(1)));
        assertThat(list(s -> s.batches().due(NOW, 100)))
                .extracting(Batch::attempts)
                .containsExactly(4);
        ledger().change(s -> s.batches().submitted(batch.token(), "42", NOW));
        ledger().change(s -> s.batches().postpone(batch.token(), BatchState.INTENT, 0, NOW));
        assertThat(list(s -> s.batches().due(NOW, 100)))
                .as("a submitted batch is not sent again")
                .isEmpty();
    }

    @Test
    void a_submitted_batch_is_neither_withdrawn_nor_made_ambiguous() {
        Batch batch = submitted("a", 1);
        ledger().change(s -> s.batches().withdraw(batch.token()));
        assertThat(list(s -> s.batches().ofScene("a"))).hasSize(1);
        assertThat(list(s -> s.runs().open(batch.token()))).hasSize(1);
        assertThat(ledger().<Integer>write(s -> s.batches().markIntentsAmbiguous(NOW)))
                .isZero();
    }

    @Test
    void scenes_are_ordered_by_priority_and_then_by_age() {
        List<Priority> priorities = List.of(Priority.NIGHT, Priority.NORMAL, Priority.URGENT, Priority.NORMAL);
        ledger().change(session -> {
            for (int number = 0; number < priorities.size(); number++) {
                session.scenes()
                        .add(scene("s" + number, "key" + number, priorities.get(number), NOW.plusSeconds(number)));
            }
        });
        assertThat(list(s -> s.scenes().inStates(Set.of(SceneState.ACCEPTED))))
                .extracting(Scene::id)
                .containsExactly("s2", "s1", "s3", "s0");
    }

    @Test
    void reads_a_runs_facts_as_they_were_reported_and_missing_facts_stay_empty() {
        Batch batch = submitted("a", 2);
        Run.Facts reported = new Run.Facts(
                "42_0",
                "CANCELLED by 1001",
                new ExitStatus(Optional.of(0), Optional.of(15)),
                new Timing(
                        Optional.of(NOW),
                        Optional.of(NOW.plusMillis(1)),
                        Optional.of(NOW.plusMillis(2)),
                        Optional.of(NOW.plusMillis(3)),
                        Optional.of(30L)),
                new Allocation("cpu", "cpu1", Optional.of(2)),
                new Tres("cpu=1", "cpu=2"),
                new ResourceUse(
                        Optional.of(Duration.ofNanos(29_123_456_000L)), Optional.of(5_000_000_000L), Optional.of(0L)),
                1,
                Pending.NONE,
                "a note");
        Run first = new Run(
                batch.token(),
                0,
                "a",
                0,
                "ndvi",
                0,
                1,
                RunState.FAILED,
                Optional.of(Cause.CANCELLED),
                "cancelled by 1001",
                reported);
        ledger().write(s -> s.runs().finish(List.of(first, run(batch, 1, RunState.SUCCEEDED, Optional.empty()))));
        assertThat(ledger().read(s -> s.runs().find(batch.token(), 0)).orElseThrow())
                .isEqualTo(first);
        assertThat(ledger().read(s -> s.runs().find(batch.token(), 1))
                        .orElseThrow()
                        .facts())
                .isEqualTo(Run.Facts.NONE);
    }

    @Test
    void has_no_leader_at_first_and_gives_the_first_leader_a_fencing_token() {
        assertThat(ledger().leader().held()).isFalse();
        assertThat(ledger().becomeLeader(ledger().leader(), "one")).isTrue();
        assertThat(ledger().fencingToken()).isEqualTo(1);
        try (Ledger other = another()) {
            assertThat(other.leader().holder()).isEqualTo("one");
            assertThat(other.fencingToken()).as("it is not the leader").isZero();
        }
    }

    @Test
    void leadership_is_not_taken_from_a_leader_that_has_sent_a_heartbeat_meanwhile() {
        ledger().becomeLeader(ledger().leader(), "one");
        try (Ledger other = another()) {
            Leader seen = other.leader();
            assertThat(ledger().heartbeat()).isTrue();
            assertThat(other.becomeLeader(seen, "other")).isFalse();
            assertThat(other.leader().holder()).isEqualTo("one");
            assertThat(ledger().<Boolean>write(s -> s.scenes().add(scene("a", "key"))))
                    .isTrue();
        }
    }

    @Test
    void only_one_of_two_standbys_becomes_the_leader() {
        try (Ledger other = another()) {
            Leader seen = ledger().leader();
            assertThat(other.becomeLeader(seen, "other")).isTrue();
            assertThat(ledger().becomeLeader(seen, "one")).isFalse();
            assertThat(ledger().leader()).isEqualTo(new Leader(1, "other", 1));
        }
    }

    @Test
    void a_former_leader_can_no_longer_write_but_commands_can() {
        ledger().becomeLeader(ledger().leader(), "one");
        ledger().change(s -> s.scenes().add(scene("a", "key")));
        try (Ledger other = another();
                Ledger person = another()) {
            assertThat(other.becomeLeader(other.leader(), "other")).isTrue();
            assertThatThrownBy(() -> ledger().change(s -> s.batches().add(batch("a", 1, 1))))
                    .isInstanceOf(LeadershipLostException.class)
                    .hasMessageContaining("other is the leader");
            assertThatThrownBy(() -> ledger().write(
                                    s -> s.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.FAILED, "")))
                    .isInstanceOf(LeadershipLostException.class);
            List<String> done = new ArrayList<>();
            assertThatThrownBy(() -> ledger().guard(() -> done.add("late")))
                    .isInstanceOf(LeadershipLostException.class);
            assertThat(done).isEmpty();
            assertThat(ledger().heartbeat()).isFalse();
            assertThat(list(s -> s.batches().ofScene("a"))).isEmpty();
            assertThat(ledger().read(s -> s.scenes().find("a")).orElseThrow().state())
                    .isEqualTo(SceneState.ACCEPTED);
            other.change(s -> s.batches().add(batch("a", 1, 1)));
            person.change(s -> s.controlRequests().add("w", "a", "cancel"));
            assertThat(other.<Boolean, RuntimeException>guard(() -> done.add("in time")))
                    .isTrue();
            assertThat(list(s -> s.controlRequests().open())).hasSize(1);
        }
    }

    @Test
    void leadership_that_was_given_up_can_be_acquired_at_once_and_late_writes_are_refused() {
        ledger().becomeLeader(ledger().leader(), "one");
        ledger().stepDown();
        try (Ledger other = another()) {
            assertThat(other.leader().held()).isFalse();
            assertThatThrownBy(() -> ledger().change(s -> s.scenes().add(scene("a", "key"))))
                    .isInstanceOf(LeadershipLostException.class);
            assertThat(other.becomeLeader(other.leader(), "other")).isTrue();
            ledger().stepDown();
            assertThat(other.leader().holder())
                    .as("only the leader can give up the leadership")
                    .isEqualTo("other");
        }
    }

    @Test
    void leadership_is_acquired_once_by_the_same_ledger() {
        ledger().becomeLeader(ledger().leader(), "one");
        assertThatThrownBy(() -> ledger().becomeLeader(ledger().leader(), "one"))
                .isInstanceOf(IllegalStateException.class);
    }

    private static Announcement announcement(String message, String station, Priority priority) {
        return new Announcement(
                new Announcement.Message(message, "correlation", "{}", "digest"),
                station,
                new Announcement.Order("a.tif", "ndvi", priority, Instant.EPOCH),
                State.WAITING,
                Announcement.Watch.NONE,
                Optional.empty(),
                Optional.empty(),
                NOW);
    }

    private boolean announce(String message, String station) {
        return ledger().write(s -> s.announcements().add(announcement(message, station, Priority.NORMAL)));
    }

    private static final Rejection REJECTION = new Rejection("rule", "field", "it is wrong", "Correct it.");

    @Test
    void an_announcement_is_read_as_it_was_written() {
        Announcement whole = new Announcement(
                new Announcement.Message("ID:1", "c", "body", "d"),
                "7",
                new Announcement.Order("a.tif", "ndvi", Priority.URGENT, NOW),
                State.WAITING,
                new Announcement.Watch("a file", 5, Optional.of(9L), "look", 3),
                Optional.empty(),
                Optional.empty(),
                NOW);
        ledger().write(s -> s.announcements().add(whole));
        assertThatObject(ledger().read(s -> s.announcements().find("ID:1"))).isEqualTo(Optional.of(whole));
        ledger().change(s -> s.scenes().add(scene("a", "key")));
        Announcement rejected = new Announcement(
                new Announcement.Message("ID:2", "", "", "d"),
                "8",
                new Announcement.Order("b.tif", "", Priority.NIGHT, Instant.EPOCH),
                State.REJECTED,
                Announcement.Watch.NONE,
                Optional.of("a"),
                Optional.of(REJECTION),
                NOW);
        ledger().write(s -> s.announcements().add(rejected));
        assertThatObject(ledger().read(s -> s.announcements().find("ID:2"))).isEqualTo(Optional.of(rejected));
    }

    @Test
    void an_announcement_is_identified_by_its_message_id_and_by_its_station_id() {
        assertThat(announce("ID:1", "7")).isTrue();
        assertThat(announce("ID:1", "8")).as("the same message").isFalse();
        assertThat(announce("ID:2", "7")).as("the same id").isFalse();
        assertThat(announce("ID:3", "")).isTrue();
        assertThat(announce("ID:4", ""))
                .as("an empty station id identifies nothing")
                .isTrue();
        assertThat(ledger().read(s -> s.announcements().findByStationId("")).isPresent())
                .isFalse();
        assertThat(ledger().read(s -> s.announcements().findByStationId("7"))
                        .orElseThrow()
                        .messageId())
                .isEqualTo("ID:1");
        ledger().change(s -> s.scenes().add(scene("a", "key")));
        ledger().change(s -> s.announcements().rejected("ID:1", "a", REJECTION));
        assertThat(announce("ID:5", "7")).as("the first was rejected").isTrue();
    }

    @Test
    void a_rejected_announcement_leaves_one_dead_letter() {
        announce("ID:1", "7");
        ledger().change(s -> s.scenes().add(scene("a", "key")));
        ledger().change(s -> s.announcements().rejected("ID:1", "a", REJECTION));
        ledger().change(s -> s.announcements().rejected("ID:1", "a", REJECTION));
        assertThat(list(s -> s.outbox().unsent(10)))
                .filteredOn(entry -> entry.type().equals(Outbox.DEAD))
                .singleElement()
                .satisfies(entry -> assertThat(entry.subject()).isEqualTo("ID:1"));
        Announcement dead = ledger().read(s -> s.announcements().find("ID:1")).orElseThrow();
        assertThat(dead.state()).isEqualTo(State.REJECTED);
        assertThatObject(dead.rejection()).isEqualTo(Optional.of(REJECTION));
        assertThat(dead.sceneId().orElseThrow()).isEqualTo("a");
    }

    @Test
    void announcements_become_due_by_the_station_clock_the_most_urgent_first() {
        ledger().change(s -> {
            s.announcements().add(announcement("ID:1", "", Priority.NIGHT));
            s.announcements().add(announcement("ID:2", "", Priority.NORMAL));
            s.announcements().add(announcement("ID:3", "", Priority.URGENT));
        });
        Announcement later = announcement("ID:2", "", Priority.NORMAL)
                .with(new Announcement.Watch("a file", 1000, Optional.of(5000L), "x", 7));
        ledger().change(s -> s.announcements().updateWatch(later));
        assertThat(list(s -> s.announcements().due(10)))
                .extracting(Announcement::messageId)
                .containsExactly("ID:3", "ID:1");
        assertThat(list(s -> s.announcements().due(1)))
                .extracting(Announcement::messageId)
                .containsExactly("ID:3");
        ledger().change(s -> s.announcements().advanceClock(Duration.ofMillis(999)));
        assertThat(list(s -> s.announcements().due(10))).hasSize(2);
        ledger().change(s -> s.announcements().advanceClock(Duration.ofMillis(1)));
        assertThat(ledger().<Long>read(s -> s.announcements().clock())).isEqualTo(1000L);
        assertThat(list(s -> s.announcements().due(10)))
                .extracting(Announcement::messageId)
                .containsExactly("ID:3", "ID:2", "ID:1");
        assertThatObject(ledger().read(s -> s.announcements().find("ID:2"))).isEqualTo(Optional.of(later));
    }

    private static InboxEntries.Entry inboxEntry(String path, String missing, int seconds) {
        return new InboxEntries.Entry(path, "ndvi", missing, NOW.plusSeconds(seconds), Duration.ofMillis(seconds));
    }

    @Test
    void inbox_entries_are_added_replaced_and_removed_by_their_path() {
        InboxEntries.Entry newer = inboxEntry("ndvi/a.tif", "a marker", 2);
        InboxEntries.Entry older = inboxEntry("ndvi/\ud83d\udef0.tif", "nir.tif", 1);
        ledger().change(s -> s.inboxEntries().put(List.of(newer, older)));
        assertThat(list(s -> s.inboxEntries().all())).containsExactly(older, newer);
        assertThat(list(s -> s.inboxEntries().oldest(1))).containsExactly(older);

        InboxEntries.Entry changed = inboxEntry("ndvi/a.tif", "red.tif", 3);
        ledger().change(s -> s.inboxEntries().put(List.of(changed)));
        ledger().change(s -> s.inboxEntries().remove(List.of(older.path(), "ndvi/unknown.tif")));
        assertThat(list(s -> s.inboxEntries().all())).containsExactly(changed);
        assertThat(ledger().<Integer>read(s -> s.inboxEntries().count())).isEqualTo(1);
    }

    @Test
    void a_taken_announcement_waits_no_longer_and_its_scene_has_the_station_id() {
        announce("ID:1", "7");
        ledger().change(s -> s.scenes().add(scene("a", "key")));
        ledger().change(s -> s.announcements().setScene("ID:1", "a"));
        assertThat(ledger().<Integer>read(s -> s.announcements().waitingCount()))
                .isEqualTo(1);
        assertThat(ledger().read(s -> s.announcements().stationId("a")).orElseThrow())
                .isEqualTo("7");
        ledger().change(s -> s.announcements().taken("ID:1", "a"));
        assertThat(ledger().<Integer>read(s -> s.announcements().waitingCount()))
                .isZero();
        assertThat(list(s -> s.announcements().due(10))).isEmpty();
        assertThat(list(s -> s.announcements().waiting(10))).isEmpty();
        ledger().change(s -> s.announcements().rejected("ID:1", "a", REJECTION));
        assertThat(ledger().read(s -> s.announcements().find("ID:1"))
                        .orElseThrow()
                        .state())
                .as("it was taken")
                .isEqualTo(State.TAKEN);
    }

    @Test
    void keeps_any_text_that_a_station_sends() {
        String text = "a\u0001\u007f \ud83d\udef0 '\"\\";
        Announcement odd = new Announcement(
                new Announcement.Message("ID:1", text, text, text),
                text,
                new Announcement.Order(text, text, Priority.NORMAL, NOW),
                State.WAITING,
                new Announcement.Watch(text, 0, Optional.empty(), text, 0),
                Optional.empty(),
                Optional.empty(),
                NOW);
        ledger().write(s -> s.announcements().add(odd));
        assertThatObject(ledger().read(s -> s.announcements().find("ID:1"))).isEqualTo(Optional.of(odd));
    }

    @Test
    void what_retention_asks_of_an_empty_ledger_is_nothing() {
        ledger().change(s -> {
            assertThat(s.usage().count(100)).isZero();
            assertThat(s.usage().totals()).isEmpty();
            assertThat(s.archives().open()).isEmpty();
            assertThat(s.archives().oldest(NOW)).isEmpty();
            assertThat(s.archives().choose(NOW, 100, tokens -> "x")).isEmpty();
            assertThat(s.archives().removeSome("x", 100)).isFalse();
            assertThat(s.archives().size()).isEqualTo(new Archives.Size(0, 0));
            assertThat(s.outbox().removeSent(NOW, 100)).isZero();
            assertThat(s.workFolders().started(10)).isEmpty();
            assertThat(s.workFolders().ofDelivered(10)).isEmpty();
            assertThat(s.workFolders().wholeBefore(NOW, 10)).isEmpty();
            assertThat(s.workFolders().logsBefore(NOW, 10)).isEmpty();
            assertThat(s.scenes().withoutCoverage(1)).isEmpty();
            assertThat(s.nights().waiting()).isEmpty();
            assertThat(s.nights().nextPlace()).isEqualTo(1);
            assertThat(s.usage().pace("ndvi", 3)).isEmpty();
            assertThat(s.deadLetters().removeSent(NOW, 100, 10)).isZero();
            s.tiles().endPauses(NOW);
        });
    }
}
