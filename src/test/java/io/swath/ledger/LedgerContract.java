package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatObject;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Door;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.model.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What the ledger promises, whatever database it stands on. */
abstract class LedgerContract {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    abstract Ledger ledger();

    private static Scene scene(String id, String key) {
        return new Scene(
                id,
                id + ".tif",
                "ndvi",
                "hash",
                key,
                Door.FOLDER,
                Priority.NORMAL,
                SceneState.ACCEPTED,
                "",
                false,
                false,
                0,
                0,
                0,
                "",
                NOW,
                NOW);
    }

    private static Request request() {
        return new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of("cpu2"));
    }

    private static Batch batch(String scene, int number, int size) {
        return new Batch(
                "swath-" + scene + "-" + number,
                scene,
                number,
                0,
                "ndvi",
                size,
                request(),
                List.of(),
                BatchState.INTENT,
                "",
                0,
                NOW,
                Instant.EPOCH);
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
    void the_same_content_for_the_same_recipe_is_one_scene_until_it_is_rejected_or_cancelled() {
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
    void a_scene_moves_only_from_the_states_named_with_its_history_and_one_event() {
        ledger().write(s -> s.scenes().add(scene("a", "key")));
        assertThat(unsent()).isEqualTo(1);
        assertThat(ledger().<Boolean>write(
                                s -> s.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, "")))
                .isFalse();
        assertThat(ledger().<Boolean>write(
                                s -> s.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.PLANNED, "")))
                .isTrue();
        assertThat(unsent()).as("nobody outside hears of planning").isEqualTo(1);
        ledger().write(s -> s.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "why"));
        assertThat(unsent()).isEqualTo(2);
        assertThat(ledger().read(s -> s.scenes().history("a")).stream().map(Scenes.Change::state))
                .containsExactly(SceneState.ACCEPTED, SceneState.PLANNED, SceneState.FAILED);
        assertThat(ledger().read(s -> s.outbox().unsent(10)).stream().map(Outbox.Entry::type))
                .containsExactlyInAnyOrder("io.swath.scene.accepted", "io.swath.scene.failed");
    }

    @Test
    void many_tiles_come_back_as_they_were_written_and_empty_ones_are_done() {
        List<Tile> tiles = new ArrayList<>();
        for (int index = 0; index < 5_003; index++) {
            Window core = new Window(index * 10, 5, 10, 20);
            tiles.add(new Tile(index, core, core.grownWithin(2, 60_000, 60)));
        }
        ledger().change(session -> {
            session.scenes().add(scene("a", "key"));
            session.tiles().add("a", tiles, tile -> tile.index() % 1_000 == 0);
        });
        assertThatObject(ledger().read(s -> s.tiles().counts("a")))
                .isEqualTo(Map.of(TileState.WAITING, 4_997, TileState.DONE, 6));
        List<TileProgress> all = ledger().read(s -> s.tiles().of("a"));
        assertThat(all.stream().map(TileProgress::tile)).isEqualTo(tiles);
        assertThat(all.stream().filter(TileProgress::skipped)).hasSize(6);
        TileProgress again = all.get(7).submitted().again(request().withMemoryMiB(1200), true);
        ledger().change(s -> s.tiles().update(List.of(again)));
        assertThat(list(s -> s.tiles().find("a", List.of(7)))).containsExactly(again);
    }

    @Test
    void a_batch_goes_from_intent_to_done_when_all_its_runs_have_ended() {
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
    void a_run_that_has_ended_is_never_overwritten_and_has_one_accounting_record() {
        Batch batch = submitted("a", 1);
        int before = unsent();
        List<Run> first = ledger().write(s ->
                s.runs().finish(List.of(run(batch, 0, RunState.FAILED, Optional.of(Cause.TIMEOUT)))));
        List<Run> second =
                ledger().write(s -> s.runs().finish(List.of(run(batch, 0, RunState.SUCCEEDED, Optional.empty()))));
        ledger().change(s -> s.runs().progress(List.of(run(batch, 0, RunState.RUNNING, Optional.empty()))));
        assertThat(first).hasSize(1);
        assertThat(second).isEmpty();
        Run run = ledger().read(s -> s.runs().find(batch.token(), 0)).orElseThrow();
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.cause()).contains(Cause.TIMEOUT);
        assertThat(unsent()).isEqualTo(before + 1);
    }

    @Test
    void what_was_about_to_be_sent_is_in_doubt_after_a_restart_and_can_be_withdrawn_before() {
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
        assertThat(ledger().<Integer>write(s -> s.batches().doubtIntents())).isEqualTo(1);
        assertThat(ledger().read(s -> s.batches().due()).stream().map(Batch::state))
                .containsExactly(BatchState.AMBIGUOUS);
        assertThat(ledger().<Integer>read(s -> s.runs().openCount())).isEqualTo(1);
        assertThat(ledger().<Integer>read(s -> s.batches().nextNumber("a"))).isEqualTo(2);
    }

    @Test
    void a_transaction_that_fails_has_not_happened() {
        assertThatThrownBy(() -> ledger().change(s -> {
                    s.scenes().add(scene("a", "key"));
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertThat(list(s -> s.scenes().latest(9))).isEmpty();
        assertThat(unsent()).isZero();
    }

    @Test
    void a_message_keeps_its_id_until_it_is_sent_and_then_is_gone() {
        submitted("a", 1);
        List<Outbox.Entry> once = ledger().read(s -> s.outbox().unsent(10));
        assertThat(list(s -> s.outbox().unsent(10))).isEqualTo(once).hasSize(1);
        ledger().change(s -> s.outbox().sent(List.of(once.get(0).id())));
        assertThat(unsent()).isZero();
        assertThat(ledger().<Integer>read(s -> s.outbox().count())).isEqualTo(1);
    }

    @Test
    void a_wish_is_open_until_it_is_done() {
        ledger().change(s -> {
            s.scenes().add(scene("a", "key"));
            s.controls().add("w", "a", "cancel");
            s.controls().add("w", "a", "cancel");
        });
        assertThat(list(s -> s.controls().open())).hasSize(1);
        ledger().change(s -> s.controls().done("w", "done: so it is"));
        assertThat(list(s -> s.controls().open())).isEmpty();
        assertThat(ledger().read(s -> s.controls().find("w")).orElseThrow().outcome())
                .isEqualTo("done: so it is");
    }

    @Test
    void totals_sum_what_was_measured() {
        Batch batch = submitted("a", 2);
        ledger().write(s -> s.runs()
                .finish(List.of(
                        run(batch, 0, RunState.SUCCEEDED, Optional.empty()),
                        run(batch, 1, RunState.FAILED, Optional.of(Cause.EXIT)))));
        assertThat(ledger().read(s -> s.runs().totals()).stream().map(Runs.Total::outcome))
                .containsExactly("EXIT", "SUCCEEDED");
    }
}
