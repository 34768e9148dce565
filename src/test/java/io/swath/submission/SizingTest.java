package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.TileProgress;
import io.swath.testing.FakeCluster;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SizingTest {
    private static final Sizing SIZING = new Sizing("", "");
    private static final TileProgress TILE = TileProgress.fresh("a", Workbench.tile(0));

    private static Capabilities cluster(Partition... partitions) {
        return new Capabilities("slurm 24.11.5", 1_001, List.of(partitions));
    }

    private static final Capabilities BOTH = cluster(FakeCluster.CPU, FakeCluster.GPU);

    private static Step step(Device device, double gpu) {
        return new Step("infer", "infer.sh", device, 2, 600, Duration.ofMinutes(2), gpu);
    }

    private static Recipe recipe(Step step) {
        return new Recipe(
                "texture",
                Path.of("/nowhere"),
                "00",
                "",
                List.of(),
                64,
                0,
                true,
                List.of(step),
                Optional.of(new Recipe.Output("Int16", 0, 1)),
                new Recipe.Assemble(true, "DEFLATE", "AVERAGE"),
                2);
    }

    private static Request request(Step step, Capabilities cluster) {
        return SIZING.request(recipe(step), step, TILE, cluster);
    }

    private static Partition cpu(int cpus, int memoryMiB, Duration maxTime) {
        return new Partition("small", true, 1, cpus, memoryMiB, 0, 0, Optional.of(maxTime));
    }

    @Test
    void aStepOnCpusGoesToTheDefaultPartitionWithWhatTheRecipeGuessed() {
        assertThat(request(step(Device.CPU, 0), BOTH))
                .isEqualTo(new Request("cpu", 2, 600, Duration.ofMinutes(2), 0, 0, List.of()));
    }

    @Test
    void aStepOnCpusStaysAwayFromGpusEvenWhenTheyAreTheDefault() {
        Partition gpuByDefault = new Partition("gpu", true, 1, 8, 8_000, 2, 0, Optional.empty());
        Partition other = new Partition("plain", false, 1, 8, 8_000, 0, 0, Optional.empty());

        assertThat(request(step(Device.CPU, 0), cluster(gpuByDefault, other)).partition())
                .isEqualTo("plain");
        assertThat(request(step(Device.CPU, 0), cluster(gpuByDefault)).partition())
                .isEqualTo("gpu");
    }

    @Test
    void thePartitionsOfTheSettingsWin() {
        Partition other = new Partition("night", false, 1, 8, 8_000, 4, 0, Optional.empty());
        Sizing sizing = new Sizing("night", "night");
        Capabilities cluster = cluster(FakeCluster.CPU, FakeCluster.GPU, other);

        for (Step step : List.of(step(Device.CPU, 0), step(Device.GPU, 1))) {
            assertThat(sizing.request(recipe(step), step, TILE, cluster).partition())
                    .isEqualTo("night");
        }
    }

    @Test
    void aPartOfAGpuBecomesShardsOfOneRoundedUp() {
        assertThat(request(step(Device.GPU, 0.25), BOTH).shards()).isOne();
        assertThat(request(step(Device.GPU, 0.26), BOTH).shards()).isEqualTo(2);
        assertThat(request(step(Device.GPU, 0.25), BOTH).gpus()).isZero();
        assertThat(request(step(Device.GPU, 0.25), BOTH).partition()).isEqualTo("gpu");
    }

    @Test
    void aWholeGpuIsNeverAskedForAsShards() {
        Request request = request(step(Device.GPU, 1), BOTH);

        assertThat(request.gpus()).isOne();
        assertThat(request.shards()).isZero();
    }

    @Test
    void whereGpusCannotBeCutAPartOfOneIsAWholeOne() {
        Partition whole = new Partition("gpu", false, 1, 8, 8_000, 2, 0, Optional.empty());
        Request request = request(step(Device.GPU, 0.25), cluster(FakeCluster.CPU, whole));

        assertThat(request.gpus()).isOne();
        assertThat(request.shards()).isZero();
    }

    @Test
    void aLargerShareOfAGpuIsMoreShardsAndAtLastTheWholeOfIt() {
        Step step = step(Device.GPU, 0.25);

        Request half = SIZING.request(recipe(step), step, TILE.withGpu(0.5), BOTH);
        assertThat(half.shards()).isEqualTo(2);
        assertThat(half.gpus()).isZero();
        Request whole = SIZING.request(recipe(step), step, TILE.withGpu(1), BOTH);
        assertThat(whole.shards()).isZero();
        assertThat(whole.gpus()).isOne();
    }

    @Test
    void tilesThatAvoidTheSameNodesAskForTheSameInWhateverOrderTheNodesFailed() {
        Step step = step(Device.CPU, 0);

        assertThat(SIZING.request(recipe(step), step, TILE.avoiding(List.of("cpu3", "cpu1")), BOTH))
                .isEqualTo(SIZING.request(recipe(step), step, TILE.avoiding(List.of("cpu1", "cpu3")), BOTH));
    }

    @Test
    void whatATilesHistoryTaughtWinsOverTheRecipesGuess() {
        Step step = step(Device.CPU, 0);
        Request learned = new Request("cpu", 2, 1_200, Duration.ofMinutes(8), 0, 0, List.of("cpu1"));

        assertThat(SIZING.request(recipe(step), step, TILE.again(learned, true).avoiding(List.of("cpu1")), BOTH))
                .isEqualTo(learned);
    }

    @Test
    void moreMemoryThanANodeHasNamesTheRecipeTheFieldAndTheRemedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(8, 500, Duration.ofHours(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessage(
                        "recipe texture, step infer: request.memory 600M is more than the 500M of a node in partition"
                                + " small; ask for less, or name another partition in the settings");
    }

    @Test
    void moreCpusThanANodeHasNamesTheRecipeTheFieldAndTheRemedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(1, 8_000, Duration.ofHours(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessage(
                        "recipe texture, step infer: request.cpus 2 is more than the 1 of a node in partition small;"
                                + " ask for fewer, or name another partition in the settings");
    }

    @Test
    void moreTimeThanThePartitionAllowsNamesTheRecipeTheFieldAndTheRemedy() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster(cpu(8, 8_000, Duration.ofMinutes(1)))))
                .isInstanceOf(SizingException.class)
                .hasMessageStartingWith("recipe texture, step infer: request.time ")
                .hasMessageEndingWith("ask for less, or name another partition");
    }

    @Test
    void moreGpusThanANodeHasNamesTheRecipeTheFieldAndTheRemedy() {
        assertThatThrownBy(() -> request(step(Device.GPU, 3), BOTH))
                .isInstanceOf(SizingException.class)
                .hasMessage("recipe texture, step infer: request.gpus 3 is more than the 2 of a node in partition gpu;"
                        + " ask for fewer");
    }

    @Test
    void aGpuStepOnAClusterWithoutGpusSaysWhatToDo() {
        assertThatThrownBy(() -> request(step(Device.GPU, 1), cluster(FakeCluster.CPU)))
                .isInstanceOf(SizingException.class)
                .hasMessageContaining("no partition of slurm 24.11.5 has a GPU")
                .hasMessageContaining("slurm.partition.gpu");
    }

    @Test
    void onThisMachineAGpuStepRunsWithoutOne() {
        Capabilities local = new Capabilities(
                Capabilities.LOCAL, 1_000, List.of(new Partition("local", true, 1, 4, 8_000, 0, 0, Optional.empty())));
        Request request = request(step(Device.GPU, 0.25), local);

        assertThat(request.gpus()).isZero();
        assertThat(request.shards()).isZero();
    }

    @Test
    void aPartitionOfTheSettingsThatIsNotThereIsNamedWithItsSetting() {
        Step step = step(Device.CPU, 0);
        assertThatThrownBy(() -> new Sizing("nowhere", "").request(recipe(step), step, TILE, BOTH))
                .isInstanceOf(SizingException.class)
                .hasMessage("recipe texture needs partition nowhere (slurm.partition.cpu), which slurm 24.11.5 does not"
                        + " have");
    }

    @Test
    void aClusterWithoutPartitionsIsSaidToHaveNone() {
        assertThatThrownBy(() -> request(step(Device.CPU, 0), cluster())).isInstanceOf(SizingException.class);
    }

    @Test
    void anAssemblysTimeFollowsTheScenesSizeUpToWhatThePartitionAllows() {
        Recipe recipe = recipe(step(Device.CPU, 0));

        assertThat(SIZING.assembly(recipe, 1_000, TILE, BOTH).time()).isEqualTo(Duration.ofMinutes(2));
        assertThat(SIZING.assembly(recipe, 300_000_000L, TILE, BOTH).time()).isEqualTo(Duration.ofMinutes(12));
        assertThat(SIZING.assembly(recipe, 10_000_000_000_000L, TILE, BOTH).time())
                .isEqualTo(Duration.ofHours(24));
    }

    @Test
    void anAssemblyFitsASmallNode() {
        Request request =
                SIZING.assembly(recipe(step(Device.CPU, 0)), 1_000, TILE, cluster(cpu(1, 500, Duration.ofHours(1))));

        assertThat(request.cpus()).isOne();
        assertThat(request.memoryMiB()).isEqualTo(500);
    }
}
