package io.swath.arrival.night;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.PlannedRecipes;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class ForecastTest {
    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Recipe recipe(String id) {
        return new PlannedRecipes().find(bench.storage.work(id).resolve("recipe"), "ndvi");
    }

    /** A scene of two tiles, delivered: each of its runs took so long. */
    private Scene history(String id, String yaml, Duration each) {
        bench.planned(id, yaml, 2);
        bench.submitAll();
        bench.ledger.change(session -> {
            for (Batch batch : session.batches().ofScene(id)) {
                session.runs()
                        .finish(session.runs().open(batch.token()).stream()
                                .map(open -> run(batch, open.index(), open.tile(), each))
                                .toList());
            }
            session.batches().closeEnded();
            session.scenes().move(id, Set.of(SceneState.PROCESSING), SceneState.DELIVERED, "");
        });
        return bench.scene(id);
    }

    private static Run run(Batch batch, int index, int tile, Duration took) {
        Instant end = Instant.parse("2026-03-01T10:00:00Z");
        Run.Facts timed = TaskRow.facts(batch, index, "n1", Optional.of(end.minus(took)), end);
        return new Run(
                batch.token(),
                index,
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                tile,
                1,
                RunState.SUCCEEDED,
                Optional.empty(),
                "",
                timed);
    }

    @Test
    void an_estimate_is_the_time_per_pixel_times_the_pixels_and_the_requested_devices() {
        history("a", Workbench.TWO_STEPS, Duration.ofMinutes(30));
        Scene larger = bench.planned("b", Workbench.TWO_STEPS, 8);

        Forecast.Estimate estimate = new Forecast(bench.ledger).estimate(larger, recipe("b"));

        // Two tiles took an hour a step; four times the pixels take four. 2 CPUs and 1 CPU; the assembly half an hour
        // on 2.
        assertThat(estimate.cpuHours()).isCloseTo(4 * 2 + 4 * 1 + 4 * 0.5 * 2, within(1e-9));
        assertThat(estimate.gpuHours()).isCloseTo(4 * 0.25, within(1e-9));
        assertThat(estimate.guessed()).isEmpty();
    }

    @Test
    void a_step_without_a_history_counts_its_whole_time_limit_for_each_tile() {
        Scene scene = bench.planned("a", Workbench.TWO_STEPS, 6);

        Forecast.Estimate estimate = new Forecast(bench.ledger).estimate(scene, recipe("a"));

        assertThat(estimate.cpuHours()).isCloseTo(6 * 5 / 60.0 * 2 + 6 * 10 / 60.0, within(1e-9));
        assertThat(estimate.gpuHours()).isCloseTo(6 * 10 / 60.0 * 0.25, within(1e-9));
        assertThat(estimate.guessed()).containsExactlyInAnyOrder("ndvi/clean", "ndvi/infer");
        Forecast.Estimate both = estimate.plus(estimate);
        assertThat(both.cpuHours()).isCloseTo(2 * estimate.cpuHours(), within(1e-9));
        assertThat(both.guessed()).hasSize(2);
        assertThat(List.of(Forecast.Estimate.NOTHING.plus(estimate))).containsExactly(estimate);
    }

    @Test
    void the_step_that_puts_a_scene_onto_a_map_counts_too() {
        Scene scene = bench.planned("a", Workbench.TWO_STEPS, 6);
        double without = new Forecast(bench.ledger).estimate(scene, recipe("a")).cpuHours();
        bench.ledger.change(session -> session.scenes()
                .recordPlan(
                        "a",
                        scene.recipeHash(),
                        new Scene.Plan(
                                scene.plan().width(),
                                scene.plan().height(),
                                scene.plan().tileCount(),
                                2,
                                "{\"rectification\": {\"method\": \"RPC\"}}")));

        Forecast.Estimate estimate = new Forecast(bench.ledger).estimate(bench.scene("a"), recipe("a"));

        assertThat(estimate.guessed()).contains("ndvi/ortho");
        assertThat(estimate.cpuHours() - without).isBetween(6 * 5 / 60.0, 6 * 6 / 60.0); // 5 minutes a tile at least
    }
}
