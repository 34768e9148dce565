package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.Nights.Firing;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.BoundingBox;
import io.swath.model.Coverage;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneFilter;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.Window;
import io.swath.testing.Filters;
import io.swath.testing.TaskRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The part of the ledger's contract about the nightly reprocessing, which holds on every database. */
abstract class NightContract extends LedgerContract {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Map<String, String> RECIPES = Map.of("ndvi", "new", "texture", "other");

    private static Firing firing(Instant due) {
        return new Firing("nightly", due, "0 0 1 * * ? UTC", 0, true);
    }

    /** Adds a scene that ended in this state, with a recipe of this hash, and whose messages are all sent. */
    private void ended(String id, SceneState state, String hash) {
        ledger().change(session -> {
            session.scenes().add(LedgerContract.scene(id, id));
            session.scenes().recordPlan(id, hash, new Scene.Plan(100, 100, 4, 2, "{}"));
            session.scenes().move(id, Set.of(SceneState.ACCEPTED), state, "because");
            session.outbox()
                    .sent(session.outbox().unsent(100).stream()
                            .map(Outbox.Entry::id)
                            .toList());
        });
    }

    private <T> List<T> list(Function<Session, List<T>> query) {
        return ledger().read(query);
    }

    private <T> Optional<T> optional(Function<Session, Optional<T>> query) {
        return ledger().read(query);
    }

    private List<String> selected(SceneFilter filter) {
        return selected(filter, 100);
    }

    private List<String> selected(SceneFilter filter, int limit) {
        return ledger().read(s -> s.nights().select(filter, RECIPES, 2, limit)).stream()
                .map(Scene::id)
                .toList();
    }

    private boolean reprocess(String id, SceneFilter by, String hash) {
        return ledger().write(s -> s.nights()
                .reprocess(
                        s.scenes().find(id).orElseThrow(),
                        by,
                        firing(NOW),
                        hash,
                        "why",
                        s.nights().nextPlace()));
    }

    private void fails(String id) {
        ledger().write(s -> s.scenes().move(id, Set.of(SceneState.ACCEPTED), SceneState.FAILED, "again"));
        ledger().change(s -> s.outbox()
                .sent(s.outbox().unsent(9).stream().map(Outbox.Entry::id).toList()));
    }

    @Test
    void a_firing_is_recorded_once_and_a_firing_in_the_future_is_ignored() {
        assertThat(ledger().<Boolean>write(s -> s.nights().add(firing(NOW), "")))
                .isTrue();
        assertThat(ledger().<Boolean>write(s -> s.nights().add(firing(NOW), "")))
                .isFalse();
        ledger().write(s -> s.nights().add(firing(NOW.plusSeconds(60)), "of a clock that was wrong"));
        assertThat(optional(s -> s.nights().last("nightly", NOW)))
                .get()
                .extracting(Firing::due)
                .isEqualTo(NOW);
        assertThat(optional(s -> s.nights().last("nightly", NOW.minusMillis(1))))
                .isEmpty();
        assertThat(optional(s -> s.nights().last("manual", NOW))).isEmpty();
    }

    @Test
    void the_mark_of_the_schedules_beginning_is_not_a_worked_firing() {
        ledger().write(s -> s.nights().add(new Firing("nightly", NOW, "rule", 0, false), ""));
        assertThat(optional(s -> s.nights().last("nightly", NOW))).isPresent();
        assertThat(optional(s -> s.nights().lastWorked(NOW))).isEmpty();
        assertThat(ledger().<Integer>read(s -> s.nights().count())).isZero();
        ledger().change(s -> {
            s.nights().add(firing(NOW.plusSeconds(1)), "");
            s.nights().setChosen(firing(NOW.plusSeconds(1)), 7);
        });
        assertThat(ledger().read(s -> s.nights().lastWorked(NOW.plusSeconds(9)))
                        .orElseThrow()
                        .chosen())
                .isEqualTo(7);
    }

    @Test
    void a_scene_is_reprocessed_once_as_its_next_version_after_all_scenes_of_the_day() {
        ended("a", SceneState.DELIVERED, "old");
        Scene before = ledger().read(s -> s.scenes().find("a")).orElseThrow();
        assertThat(reprocess("a", Filters.stale(), "new")).isTrue();
        assertThat(ledger().<Boolean>write(
                                s -> s.nights().reprocess(before, Filters.stale(), firing(NOW), "new", "why", 9)))
                .as("as it was chosen it is no more")
                .isFalse();
        Scene after = ledger().read(s -> s.scenes().find("a")).orElseThrow();
        assertThat(after.state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(after.version()).isEqualTo(2);
        assertThat(after.nightly()).isTrue();
        assertThat(after.priority()).isEqualTo(Priority.NIGHT);
        assertThat(after.recipeHash()).isEqualTo("new");
        assertThat(after.arrival().acceptedAt())
                .as("it is the same scene")
                .isEqualTo(before.arrival().acceptedAt());
        assertThat(list(s -> s.outbox().unsent(9))).extracting(Outbox.Entry::id).containsExactly("a/accepted/3");
        ledger().write(s -> s.scenes().add(LedgerContract.scene("day", "day")));
        ended("b", SceneState.DELIVERED, "old");
        assertThat(reprocess("b", Filters.stale(), "new")).isTrue();
        assertThat(list(s -> s.scenes().inStates(Set.of(SceneState.ACCEPTED))))
                .extracting(Scene::id)
                .containsExactly("day", "a", "b");
        assertThat(list(s -> s.nights().waiting())).extracting(Scene::id).containsExactly("a", "b");
        ledger().change(s -> s.scenes().removeFromNight("a"));
        assertThat(list(s -> s.nights().waiting())).extracting(Scene::id).containsExactly("b");
        assertThat(ledger().<Boolean>write(s -> s.scenes().add(LedgerContract.scene("copy", "a"))))
                .as("the same content is still the same scene")
                .isFalse();
    }

    @Test
    void a_scene_is_stale_if_its_recipe_has_changed() {
        ended("old", SceneState.DELIVERED, "old");
        ended("fresh", SceneState.DELIVERED, "new");
        ended("failed", SceneState.FAILED, "older");
        assertThat(selected(Filters.stale())).containsExactly("failed", "old");
        assertThat(selected(Filters.stale(), 1)).hasSize(1);
        assertThat(list(s -> s.nights().select(Filters.stale(), Map.of(), 2, 9)))
                .as("without a recipe that can be used")
                .isEmpty();
        assertThat(selected(Filters.of("recipe=texture", f -> f.recipe = "texture")))
                .isEmpty();
    }

    @Test
    void does_not_select_a_scene_that_is_held_or_not_finished() {
        ended("held", SceneState.DELIVERED, "old");
        ended("untold", SceneState.DELIVERED, "old");
        ended("busy", SceneState.FAILED, "old");
        ledger().change(s -> {
            s.scenes().hold("held", true);
            s.nights()
                    .reprocess(
                            s.scenes().find("untold").orElseThrow(), Filters.stale(), firing(NOW), "older", "why", 1);
            s.scenes().move("untold", Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, "");
            s.batches().add(batch("busy", 1, 1));
        });
        assertThat(selected(Filters.stale())).isEmpty();
        ledger().change(s -> s.batches().withdraw("swath-busy-1"));
        assertThat(selected(Filters.stale())).containsExactly("busy");
    }

    @Test
    void a_failed_scene_is_selected_only_a_limited_number_of_times_with_the_same_recipe() {
        ended("a", SceneState.FAILED, "new");
        for (int time = 0; time < 2; time++) {
            assertThat(selected(Filters.failed())).containsExactly("a");
            reprocess("a", Filters.failed(), "new");
            assertThat(selected(Filters.failed())).as("it is being processed").isEmpty();
            fails("a");
        }
        assertThat(selected(Filters.failed())).isEmpty();
        assertThat(list(s -> s.nights().select(Filters.failed(), Map.of("ndvi", "newer"), 2, 9)))
                .as("the recipe was changed")
                .hasSize(1);
    }

    @Test
    void a_filter_selects_a_scene_only_once_until_its_text_changes() {
        ended("a", SceneState.DELIVERED, "new");
        SceneFilter all = Filters.of("recipe=ndvi", f -> f.recipe = "ndvi");
        assertThat(selected(all)).containsExactly("a");
        reprocess("a", all, "new");
        fails("a");
        assertThat(selected(all)).isEmpty();
        assertThat(selected(Filters.of("recipe=ndvi  ", f -> f.recipe = "ndvi")))
                .containsExactly("a");
    }

    @Test
    void a_list_keeps_its_order_and_unknown_ids_can_be_found() {
        ended("a", SceneState.DELIVERED, "new");
        ended("b", SceneState.DELIVERED, "new");
        ended("c", SceneState.DELIVERED, "new");
        SceneFilter list = Filters.of("list=x", f -> f.ids = List.of("c", "nobody", "a", "c"));
        assertThat(selected(list)).containsExactly("c", "a");
        assertThat(selected(list, 1)).containsExactly("c");
        assertThat(selected(Filters.of("list=x", f -> f.ids = List.of()))).isEmpty();
        assertThat(list(s -> s.nights().known(List.of("c", "nobody", "a")))).containsExactlyInAnyOrder("a", "c");
    }

    private void covered(String id, String acquired, BoundingBox box, String... sensors) {
        ended(id, SceneState.DELIVERED, "new");
        ledger().change(s -> s.scenes()
                .recordCoverage(
                        id, new Coverage(Optional.of(Instant.parse(acquired)), List.of(sensors), Optional.of(box))));
    }

    @Test
    void filters_select_by_sensor_time_and_place_the_newest_first_and_never_scenes_without_coverage() {
        covered("alps", "2024-05-01T10:00:00Z", new BoundingBox(10, 46, 12, 48), "landsat-8", "oli");
        covered("rome", "2024-06-30T23:59:59Z", new BoundingBox(12, 41, 13, 42), "sentinel-2a", "msi");
        covered("fiji", "2024-07-01T00:00:00Z", new BoundingBox(177, -20, -178, -15), "landsat-8");
        ended("unknown", SceneState.DELIVERED, "new");
        assertThat(selected(Filters.of("1", f -> f.sensor = "landsat-8"))).containsExactly("fiji", "alps");
        assertThat(selected(Filters.of("2", f -> f.sensor = "landsat"))).isEmpty();
        assertThat(selected(Filters.of("3", f -> f.sensor = "oli"))).containsExactly("alps");
        assertThat(selected(Filters.of("4", f -> {
                    f.from = Instant.parse("2024-05-01T10:00:00Z");
                    f.until = Instant.parse("2024-07-01T00:00:00Z");
                })))
                .containsExactly("rome", "alps");
        assertThat(selected(Filters.of("5", f -> f.box = new BoundingBox(11, 47, 20, 50))))
                .containsExactly("alps");
        assertThat(selected(Filters.of("6", f -> f.box = new BoundingBox(-180, -90, -179, 90))))
                .containsExactly("fiji");
        assertThat(selected(Filters.of("7", f -> f.box = new BoundingBox(178, -90, 179, 90))))
                .containsExactly("fiji");
        assertThat(selected(Filters.of("8", f -> f.box = new BoundingBox(170, -90, -170, 90))))
                .containsExactly("fiji");
        assertThat(selected(Filters.of("9", f -> f.box = new BoundingBox(13, 40, 11.5, 50))))
                .as("around the earth from east of Rome to the Alps")
                .containsExactly("rome", "alps");
        assertThat(selected(Filters.of("0", f -> f.recipe = "ndvi"))).hasSize(4);
        assertThat(list(s -> s.scenes().withoutCoverage(9)))
                .extracting(Scene::id)
                .containsExactly("unknown");
    }

    @Test
    void only_the_last_version_of_a_product_is_current_and_the_others_are_removed_once() {
        ended("a", SceneState.DELIVERED, "new");
        ledger().change(s -> {
            s.products().delivered("a", 1, "old");
            s.products().delivered("a", 1, "old");
            s.products().delivered("a", 3, "new");
        });
        List<Products.Product> products = ledger().read(s -> s.products().of("a"));
        assertThat(products).extracting(Products.Product::version).containsExactly(1, 3);
        Instant replaced = products.get(0).replacedAt().orElseThrow();
        assertThat(products.get(1).replacedAt()).isEmpty();
        assertThat(list(s -> s.products().replacedBefore(replaced, 9))).isEmpty();
        assertThat(list(s -> s.products().replacedBefore(replaced.plusMillis(1), 9)))
                .extracting(Products.Product::version)
                .containsExactly(1);
        ledger().change(s -> s.products().removed("a", 1));
        assertThat(list(s -> s.products().replacedBefore(replaced.plusMillis(1), 9)))
                .isEmpty();
    }

    private static Batch batch(String scene, int number, int version) {
        return new Batch(
                "swath-" + scene + "-" + number,
                scene,
                number,
                0,
                "ndvi",
                1,
                1,
                new Request("cpu", 2, 600, Duration.ofMinutes(2), 0, 0, List.of()),
                List.of(),
                BatchState.INTENT,
                "",
                0,
                NOW,
                Instant.EPOCH,
                version,
                "0123abcd",
                "");
    }

    private static Run run(Batch batch, RunState state, int seconds) {
        Run.Facts timed = TaskRow.facts(batch, 0, "n1", Optional.of(NOW.minusSeconds(seconds)), NOW);
        return new Run(batch.token(), 0, batch.sceneId(), 0, "ndvi", 0, 1, state, Optional.empty(), "", timed);
    }

    @Test
    void runs_belong_to_one_version_and_the_pace_uses_only_the_last_version() {
        ended("a", SceneState.DELIVERED, "new");
        Batch first = batch("a", 1, 1);
        Batch second = batch("a", 2, 2);
        Window window = new Window(0, 0, 50, 20);
        ledger().change(s -> {
            s.tiles().add("a", List.of(new Tile(0, window, window)), tile -> false);
            for (Batch batch : List.of(first, second)) {
                s.batches().add(batch);
                s.runs().add(List.of(run(batch, RunState.INTENT, 0)));
                s.batches().submitted(batch.token(), "4", NOW);
            }
            s.runs().finish(List.of(run(first, RunState.SUCCEEDED, 7), run(second, RunState.SUCCEEDED, 30)));
            s.batches().closeEnded();
        });
        assertThat(optional(s -> s.batches().find(second.token())).orElseThrow())
                .extracting(Batch::version, Batch::state)
                .containsExactly(2, BatchState.DONE);
        List<Run> runs = new java.util.ArrayList<>();
        ledger().read(s -> {
            s.runs().forEach("a", 2, runs::add);
            return runs;
        });
        assertThat(runs).extracting(Run::token).containsExactly(second.token());
        assertThat(list(s -> s.usage().pace("ndvi", 9))).containsExactly(new Usage.Pace("ndvi", 7_000, 1_000, 2));
        reprocess("a", Filters.of("all", f -> {}), "new");
        ledger().write(s -> s.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, ""));
        assertThat(list(s -> s.usage().pace("ndvi", 9))).containsExactly(new Usage.Pace("ndvi", 30_000, 1_000, 2));
        assertThat(list(s -> s.usage().pace("texture", 9))).isEmpty();
    }

    @Test
    void the_batches_of_the_day_are_due_before_a_limited_number_of_nightly_batches() {
        for (String id : List.of("n1", "n2", "n3")) {
            ended(id, SceneState.DELIVERED, "old");
            reprocess(id, Filters.stale(), "new");
        }
        ledger().change(s -> {
            s.scenes().add(LedgerContract.scene("day", "day"));
            for (String id : List.of("n2", "n3", "n1", "day")) {
                Batch batch = batch(id, 1, 1);
                s.batches().add(batch);
                s.runs().add(List.of(run(batch, RunState.INTENT, 0)));
            }
        });
        assertThat(list(s -> s.batches().due(NOW, 100)))
                .extracting(Batch::sceneId)
                .containsExactly("day", "n1", "n2", "n3");
        assertThat(list(s -> s.batches().due(NOW, 3)))
                .extracting(Batch::sceneId)
                .containsExactly("day", "n1", "n2");
        assertThat(ledger().<Integer>read(s -> s.runs().openCount())).isEqualTo(4);
        assertThat(ledger().<Integer>read(s -> nightlyOpenRuns(s))).isEqualTo(3);
    }

    private static int nightlyOpenRuns(Session session) {
        return session.unsentBatches().openRuns().stream()
                .filter(UnsentBatches.OpenRuns::nightly)
                .mapToInt(UnsentBatches.OpenRuns::runs)
                .sum();
    }
}
