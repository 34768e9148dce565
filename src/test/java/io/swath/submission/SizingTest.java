package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Device;
import io.swath.model.Placement;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.RecipeRequest;
import io.swath.model.Request;
import io.swath.model.TileProgress;
import io.swath.model.Tiling;
import io.swath.testing.FakeCluster;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SizingTest {
    private static final Sizing SIZING = new Sizing("", "", false, 0.02, 2, 2);
    private static final TileProgress TILE = TileProgress.notSubmitted("a", Workbench.tile(0));

    private static Capabilities cluster(Partition... partitions) {
        return new Capabilities("slurm 24.11.5", 1_001, List.of(partitions));
    }

    private static final Capabilities BOTH = cluster(FakeCluster.CPU, FakeCluster.GPU);

    private static Step step(Device device, double gpu) {
        return new Step("infer", "infer.sh", device, 2, 600, Duration.ofMinutes(2), gpu);
    }

    private static Recipe recipe(Step step) {
        return recipe(step, false);
    }

    private static Recipe recipe(Step step, boolean polygons) {
        return new Recipe(
                "texture",
                Path.of("/nowhere"),
                "00",
                "",
                List.of(),
                Tiling.of(64),
                List.of(step),
                Optional.of(new Recipe.Output("Int16", 0, 1)),
                new Recipe.Assemble(true, "DEFLATE", "AVERAGE", polygons, RecipeRequest.NONE),
                2);
    }

    private static Request request(Step step, Capabilities cluster) {
        return SIZING.request(recipe(step), step, TILE, cluster);
    }

    private static Partition cpu(int cpus, int memoryMiB, Duration maxTime) {
        return new Partition("small", true, 1, cpus, memoryMiB, 0, 0, Optional.of(maxTime));
    }

    @Test
    void a_cpu_step_asks_the_default_partition_for_what_the_recipe_says() {
        assertThat(request(step(Device.CPU, 0), BOTH))
                .isEqualTo(new Request("cpu", 2, 600, Duration.ofMinutes(2), 0, 0, List.of()));
    }

    @Test
    void the_step_that_makes_a_map_never_asks_for_more_than_the_partition_gives() {
        Step ortho = new Step("ortho", "ortho.py", Device.CPU, 1, 1_000, Duration.ofHours(7), 0);
        assertThat(request(ortho, cluster(cpu(2, 800, Duration.ofHours(1)))))
                .isEqualTo(new Request("small", 1, 800, Duration.ofHours(1), 0, 0, List.of()));
    }

    @Test
    void a_cpu_step_avoids_a_gpu_partition_even_when_it_is_the_default() {
        Partition gpuByDefault = new Partition("gpu", true, 1, 8, 8_000, 2, 0, Optional.empty());
        Partition other = new Partition("plain", false, 1, 8, 8_000, 0, 0, Optional.empty());

        assertThat(request(step(Device.CPU, 0), cluster(gpuByDefault, other)).partition())
                .isEqualTo("plain");
        assertThat(request(step(Device.CPU, 0), cluster(gpuByDefault)).partition())
                .isEqualTo("gpu");
    }

    @Test
    void partitions_in_the_settings_come_first() {
        Partition other = new Partition("night", false, 1, 8, 8_000, 4, 0, Optional.empty());
        Sizing sizing = new Sizing("night", "night", false, 0.02, 2, 2);
        Capabilities cluster = cluster(FakeCluster.CPU, FakeCluster.GPU, other);

        for (Step step : List.of(step(Device.CPU, 0), step(Device.GPU, 1))) {
            assertThat(sizing.request(recipe(step), step, TILE, cluster).partition())
                    .isEqualTo("night");
        }
    }

    @Test
    void a_part_of_a_gpu_becomes_shards_rounded_up() {
        assertThat(request(step(Device.GPU, 0.25), BOTH).shards()).isOne();
        assertThat(request(step(Device.GPU, 0.26), BOTH).shards()).isEqualTo(2);
        assertThat(request(step(Device.GPU, 0.25), BOTH).gpus()).isZero();
        assertThat(request(step(Device.GPU, 0.25), BOTH).partition()).isEqualTo("gpu");
    }

    @Test
    void a_whole_gpu_is_never_requested_as_shards() {
        Request request = request(step(Device.GPU, 1), BOTH);

        assertThat(request.gpus()).isOne();
        assertThat(request.shards()).isZero();
    }

    @Test
    void a_part_of_a_gpu_is_a_whole_gpu_where_there_are_no_shards() {
        Partition whole = new Partition("gpu", false, 1, 8, 8_000, 2, 0, Optional.empty());
        Request request = request(step(Device.GPU, 0.25), cluster(FakeCluster.CPU, whole));

        assertThat(request.gpus()).isOne();
        assertThat(request.shards()).isZero();
    }

    @Test
    void a_larger_share_of_a_gpu_is_more_shards_and_a_full_share_is_a_whole_gpu() {
        Step step = step(Device.GPU, 0.25);

        Request half = SIZING.request(recipe(step), step, TILE.withGpu(0.5), BOTH);
        assertThat(half.shards()).isEqualTo(2);
        assertThat(half.gpus()).isZero();
        Request whole = SIZING.request(recipe(step), step, TILE.withGpu(1), BOTH);
        assertThat(whole.shards()).isZero();
        assertThat(whole.gpus()).isOne();
    }

    @Test
    void tiles_that_exclude_the_same_nodes_have_equal_requests_in_any_order_of_failure() {
        Step step = step(Device.CPU, 0);

        assertThat(SIZING.request(recipe(step), step, TILE.excludingNodes(List.of("cpu3", "cpu1")), BOTH))
                .isEqualTo(SIZING.request(recipe(step), step, TILE.excludingNodes(List.of("cpu1", "cpu3")), BOTH));
    }

    @Test
    void after_too_little_memory_and_time_a_tile_asks_for_more() {
        Step step = step(Device.CPU, 0);
        Request more = new Request("cpu", 2, 1_200, Duration.ofMinutes(8), 0, 0, List.of("cpu1"));
        TileProgress killed = TILE.retry(true).withTooLittle(600).withTooShort(Duration.ofMinutes(4));

        assertThat(SIZING.request(recipe(step), step, killed.excludingNodes(List.of("cpu1")), BOTH))
                .isEqualTo(more);
    }

    @Test
    void more_memory_than_a_node_has_names_the_recipe_the_field_and_the_remedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(8, 500, Duration.ofHours(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessage(
                        "recipe texture, step infer: request.memory 600M is more than the 500M of a node in partition"
                                + " small; ask for less, or name another partition in the settings");
    }

    @Test
    void more_cpus_than_a_node_has_names_the_recipe_the_field_and_the_remedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(1, 8_000, Duration.ofHours(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessage(
                        "recipe texture, step infer: request.cpus 2 is more than the 1 of a node in partition small;"
                                + " ask for fewer, or name another partition in the settings");
    }

    @Test
    void more_time_than_the_partition_allows_names_the_recipe_the_field_and_the_remedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(8, 8_000, Duration.ofMinutes(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessageStartingWith("recipe texture, step infer: request.time ")
                .hasMessageEndingWith("ask for less, or name another partition");
    }

    @Test
    void more_gpus_than_a_node_has_names_the_recipe_the_field_and_the_remedy() {
        assertThatThrownBy(() -> request(step(Device.GPU, 3), BOTH))
                .isInstanceOf(SizingException.class)
                .hasMessage("recipe texture, step infer: request.gpus 3 is more than the 2 of a node in partition gpu;"
                        + " ask for fewer");
    }

    @Test
    void a_gpu_step_on_a_cluster_without_gpus_says_what_to_do() {
        assertThatThrownBy(() -> request(step(Device.GPU, 1), cluster(FakeCluster.CPU)))
                .isInstanceOf(SizingException.class)
                .hasMessageContaining("no partition of slurm 24.11.5 has a GPU")
                .hasMessageContaining("slurm.partition.gpu");
    }

    @Test
    void a_gpu_step_on_the_local_cluster_runs_without_a_gpu() {
        Capabilities local = new Capabilities(
                Capabilities.LOCAL, 1_000, List.of(new Partition("local", true, 1, 4, 8_000, 0, 0, Optional.empty())));
        Request request = request(step(Device.GPU, 0.25), local);

        assertThat(request.gpus()).isZero();
        assertThat(request.shards()).isZero();
    }

    @Test
    void no_memory_is_requested_where_the_cluster_does_not_manage_it() {
        Capabilities unmanaged = cluster(new Partition("cpu", true, 3, 8, 0, 0, 0, Optional.of(Duration.ofHours(24))));
        Step step = step(Device.CPU, 0);

        assertThat(request(step, unmanaged).memoryMiB()).isZero();
        assertThat(SIZING.assembly(recipe(step), 1_000, TILE, unmanaged).memoryMiB())
                .isZero();
    }

    @Test
    void a_tile_that_ran_where_memory_is_not_managed_asks_for_the_recipes_memory_elsewhere() {
        Step step = step(Device.CPU, 0);
        TileProgress before = TILE.retry(true);

        assertThat(SIZING.request(recipe(step), step, before, BOTH).memoryMiB()).isEqualTo(step.memoryMiB());
    }

    @Test
    void a_partition_that_does_not_exist_is_named_with_its_setting() {
        Step step = step(Device.CPU, 0);
        assertThatThrownBy(() -> new Sizing("nowhere", "", false, 0.02, 2, 2).request(recipe(step), step, TILE, BOTH))
                .isInstanceOf(SizingException.class)
                .hasMessage("recipe texture needs partition nowhere (slurm.partition.cpu), which slurm 24.11.5 does not"
                        + " have");
    }

    @Test
    void a_cluster_without_a_partition_is_an_error_that_says_so() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster())).isInstanceOf(SizingException.class);
    }

    @Test
    void the_time_of_an_assembly_grows_with_the_scene_up_to_the_partitions_limit() {
        Recipe recipe = recipe(step(Device.CPU, 0));

        assertThat(SIZING.assembly(recipe, 1_000, TILE, BOTH).time()).isEqualTo(Duration.ofMinutes(2));
        assertThat(SIZING.assembly(recipe, 300_000_000L, TILE, BOTH).time()).isEqualTo(Duration.ofMinutes(12));
        assertThat(SIZING.assembly(recipe, 10_000_000_000_000L, TILE, BOTH).time())
                .isEqualTo(Duration.ofHours(24));
    }

    @Test
    void an_assembly_that_makes_polygons_has_more_time() {
        Recipe recipe = recipe(step(Device.CPU, 0), true);

        assertThat(SIZING.assembly(recipe, 10980L * 10980, TILE, BOTH).time()).isEqualTo(Duration.ofMinutes(18));
    }

    private static Recipe asking(RecipeRequest request) {
        Recipe recipe = recipe(step(Device.CPU, 0));
        return new Recipe(
                recipe.name(),
                recipe.folder(),
                recipe.hash(),
                recipe.description(),
                recipe.bands(),
                recipe.tiling(),
                recipe.steps(),
                recipe.output(),
                new Recipe.Assemble(true, "DEFLATE", "AVERAGE", false, request),
                recipe.retries());
    }

    @Test
    void an_assembly_asks_for_what_the_recipe_says_and_retries_with_more() {
        Recipe recipe = asking(new RecipeRequest(
                OptionalInt.of(3), OptionalInt.of(2_000), Optional.of(Duration.ofMinutes(7)), Placement.of(4, 2)));

        Request first = SIZING.assembly(recipe, 300_000_000L, TILE, BOTH);
        assertThat(first)
                .isEqualTo(new Request("cpu", 3, 2_000, Duration.ofMinutes(7), 0, 0, List.of(), Placement.of(4, 2)));
        assertThat(SIZING.firstRequests(recipe, BOTH)).containsEntry("assembly", first);
        assertThat(SIZING.assembly(recipe, 1, TILE.retry(true).withTooLittle(3_000), BOTH)
                        .memoryMiB())
                .isEqualTo(6_000);
    }

    @Test
    void an_assembly_of_which_the_recipe_says_only_the_tasks_fits_a_node_and_has_memory_for_each_cpu() {
        Capabilities cluster = cluster(new Partition("cpu", true, 2, 8, 64_000, 0, 0, Optional.empty()));
        for (int tasks : List.of(1, 2, 4, 8)) {
            RecipeRequest asked = new RecipeRequest(
                    OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), Placement.of(tasks, 1));
            Request request = SIZING.assembly(asking(asked), 1, TILE, cluster);
            assertThat(request.cpus()).isEqualTo(tasks == 8 ? 1 : 2);
            assertThat(request.memoryMiB()).isEqualTo(1_000 + 250 * (request.cpusPerNode() - 2));
        }
    }

    @Test
    void an_assembly_that_no_node_can_give_is_an_error_that_names_it() {
        RecipeRequest many =
                new RecipeRequest(OptionalInt.of(27), OptionalInt.empty(), Optional.empty(), Placement.NONE);
        RecipeRequest large =
                new RecipeRequest(OptionalInt.empty(), OptionalInt.of(999_000), Optional.empty(), Placement.NONE);
        RecipeRequest wide =
                new RecipeRequest(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), Placement.of(99, 99));

        assertThatThrownBy(() -> SIZING.assembly(asking(many), 1, TILE, BOTH))
                .isInstanceOf(SizingException.class)
                .hasMessageContaining("step assemble: request.cpus 27 is more than the 26 of a node");
        assertThatThrownBy(() -> SIZING.assembly(asking(large), 1, TILE, BOTH))
                .hasMessageContaining("step assemble: request.memory 999000M is more than");
        assertThatThrownBy(() -> SIZING.assembly(asking(wide), 1, TILE, BOTH))
                .hasMessageContaining("step assemble: request.nodes 99 is more than");
    }

    @Test
    void an_assembly_requests_no_more_than_a_small_node_has() {
        Request request =
                SIZING.assembly(recipe(step(Device.CPU, 0)), 1_000, TILE, cluster(cpu(1, 500, Duration.ofHours(1))));

        assertThat(request.cpus()).isOne();
        assertThat(request.memoryMiB()).isEqualTo(500);
    }
}
