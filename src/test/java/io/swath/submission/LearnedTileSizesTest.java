package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities;
import io.swath.cluster.UnreachableException;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import io.swath.model.Tiling;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Observation;
import io.swath.submission.sizing.Observation.Ending;
import io.swath.submission.sizing.Quantity;
import io.swath.testing.WithWorkbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Of a recipe whose step ran with tiles of 4096 pixels and 64 MB. */
@Tag("resources")
class LearnedTileSizesTest extends WithWorkbench {
    private static final List<TileCut> SIZES =
            List.of(new TileCut(4096, 9, 64), new TileCut(2048, 36, 16), new TileCut(1024, 144, 4));

    private static Recipe recipe(Device device, double gpu) {
        return recipe(new Recipe.Step("ndvi", "ndvi.py", device, 1, 600, Duration.ofMinutes(2), gpu));
    }

    private static Recipe recipe(Recipe.Step... steps) {
        return new Recipe(
                "ndvi",
                Path.of("/nowhere"),
                "4567cdef",
                "",
                List.of(),
                Tiling.of(64),
                List.of(steps),
                Optional.empty(),
                new Recipe.Assemble(true, "DEFLATE", "AVERAGE"),
                2);
    }

    private void taught(boolean gpu, Quantity quantity, double used) {
        taught("ndvi", gpu, quantity, used);
    }

    private void taught(String step, boolean gpu, Quantity quantity, double used) {
        Learned learned = Learned.of(quantity, 600);
        for (int tile = 0; tile < 10; tile++) {
            learned.learn(new Observation(64, used, 1e6, Ending.FINISHED, "a/1/" + step + "/" + tile, "a", "cpu1"));
        }
        RunClass key = new RunClass("ndvi", step, gpu ? "gpu" : "cpu", gpu);
        bench.ledger.change(session -> session.learnedSizes()
                .save(new Taught(key, quantity.name(), "4567cdef", learned.runs(), 64, learned.text(), 0)));
    }

    private Optional<TileChoice> choose(Recipe recipe, Supplier<Capabilities> cluster) {
        return new LearnedTileSizes(bench.ledger, new Sizing("", "", false, 0.02, 2, 2), cluster).choose(recipe, SIZES);
    }

    private Optional<Integer> side() {
        return choose(recipe(Device.CPU, 0), bench.cluster::capabilities).map(TileChoice::side);
    }

    @Test
    void nothing_is_chosen_before_a_run_has_taught_how_long_a_task_takes() {
        assertThat(side()).isEmpty();
        taught(false, Quantity.MEMORY, 100);
        assertThat(side()).isEmpty();
    }

    @Test
    void the_smallest_tile_is_chosen_whose_task_lasts() {
        assertThat(bench.cluster
                        .capabilities()
                        .free(new Sizing("", "", false, 0.02, 2, 2)
                                .firstRequests(recipe(Device.CPU, 0), bench.cluster.capabilities())
                                .get("ndvi")))
                .isPositive();
        taught(false, Quantity.TIME, 500);
        assertThat(side()).contains(1024);
    }

    @Test
    void a_tile_that_no_node_can_hold_is_not_chosen() {
        taught(false, Quantity.TIME, 20);
        int node = bench.cluster.capabilities().partition("cpu").orElseThrow().memoryMiBPerNode();
        taught(false, Quantity.MEMORY, 2.0 * node);
        assertThat(side()).contains(1024);
    }

    @Test
    void a_tile_is_chosen_that_every_step_can_hold_each_in_its_own_partition() {
        Recipe two = recipe(
                new Recipe.Step("ndvi", "ndvi.py", Device.CPU, 1, 600, Duration.ofMinutes(2), 0),
                new Recipe.Step("map", "map.py", Device.GPU, 16, 600, Duration.ofMinutes(2), 1));
        taught("ndvi", false, Quantity.TIME, 2);
        taught("ndvi", false, Quantity.MEMORY, 100);
        taught("map", true, Quantity.TIME, 20);
        taught("map", true, Quantity.MEMORY, 20_000);
        TileChoice held = choose(two, bench.cluster::capabilities).orElseThrow();
        taught("ndvi", false, Quantity.MEMORY, 100_000);

        TileChoice choice = choose(two, bench.cluster::capabilities).orElseThrow();

        assertThat(held.side())
                .as("a node without GPUs could not hold it, but need not")
                .isEqualTo(4096);
        assertThat(choice.side()).as("ndvi needs more than its node has").isEqualTo(1024);
        assertThat(choice.why()).startsWith("a task of step map").endsWith("larger ones need too much memory");
    }

    @Test
    void a_step_on_any_device_is_judged_by_the_device_that_has_taught_the_shortest_time() {
        Recipe any = recipe(Device.ANY, 0.25);
        assertThat(choose(any, bench.cluster::capabilities)).isEmpty();
        taught(false, Quantity.TIME, 2_000);
        taught(true, Quantity.TIME, 130);
        assertThat(choose(any, bench.cluster::capabilities).orElseThrow().why())
                .contains("takes about 33 s")
                .contains("in partition gpu");

        taught(false, Quantity.MEMORY, 100_000);
        assertThat(choose(any, bench.cluster::capabilities).orElseThrow().side())
                .as("tiles may go to CPUs, too, whose node could hold no larger ones")
                .isEqualTo(1024);
    }

    @Test
    void a_cluster_that_cannot_be_asked_keeps_no_scene_from_being_planned() {
        taught(false, Quantity.TIME, 500);
        assertThat(choose(recipe(Device.CPU, 0), () -> {
                    throw new UnreachableException("no route to host");
                }))
                .isEmpty();
    }
}
