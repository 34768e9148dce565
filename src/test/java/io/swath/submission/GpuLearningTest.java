package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionRules;
import io.swath.cluster.Submitted;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.GpuRequest;
import io.swath.model.GpuUse;
import io.swath.testing.FakeCluster;
import io.swath.testing.TaskEnd;
import io.swath.testing.WithWorkbench;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What runs teach about the part of a GPU that later ones request. A recipe of one step guesses a quarter of a GPU. */
@Tag("resources")
class GpuLearningTest extends WithWorkbench {
    private static final String ON_GPU = """
            accepts: { bands: [red, nir] }
            tile: { size: 64 }
            steps:
              - { name: infer, run: step.sh, device: gpu, gpu: 0.25, request: { cpus: 1, memory: 2G, time: 10m } }
            retries: 2
            """;
    /** Two GPUs a node, with 16 shards each. */
    private static final Capabilities.Partition GPU =
            new Capabilities.Partition("gpu", false, 2, 64, 64_000, 2, 16, Optional.empty());

    @BeforeEach
    void offerGpus() {
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(FakeCluster.CPU, GPU));
    }

    private static GpuUse used(int memoryMiB, int percent) {
        return new GpuUse(Optional.of(memoryMiB), Optional.of(40_960), Optional.of(percent), "samples");
    }

    /** Ends all runs of a batch that have not ended. */
    private void end(Batch batch, GpuUse gpu) {
        TaskEnd.SUCCESS.gpu(gpu).all(bench, batch);
    }

    private Batch first(String scene) {
        return bench.batch(scene, 1);
    }

    private Batch submitted(String scene, int tiles) {
        bench.planned(scene, ON_GPU, tiles);
        bench.submitAll();
        return first(scene);
    }

    private Optional<Taught> taught(String quantity) {
        return bench.ledger.read(session -> session.learnedSizes().all()).stream()
                .filter(taught -> taught.quantity().equals(quantity))
                .findFirst();
    }

    @Test
    void before_a_run_was_measured_the_recipes_guess_is_requested() {
        Batch batch = submitted("a", 10);

        assertThat(batch.request().gpu()).isEqualTo(GpuRequest.shards(4, 16));
        assertThat(batch.why()).endsWith("; 4 of 16 shards of a GPU: the recipe's guess, and no run was measured");
        end(batch, GpuUse.NONE);
        assertThat(submitted("b", 10).request().gpu()).isEqualTo(GpuRequest.shards(4, 16));
        assertThat(taught("GPU_MEMORY")).isEmpty();
    }

    @Test
    void what_runs_have_needed_of_a_gpu_is_requested_in_shards_and_the_sentence_says_so() {
        end(submitted("a", 10), used(5_900, 3));

        Batch next = submitted("b", 10);

        assertThat(next.request().gpu()).isEqualTo(GpuRequest.shards(3, 16));
        assertThat(next.why())
                .contains("; 3 of 16 shards of a GPU: of its 40960 MiB, ")
                .contains("MiB: no run of this size has needed more than 5900 MiB (10 runs, 1 scene)");
        assertThat(bench.cluster.submissions)
                .filteredOn(array -> array.token().equals(next.token()))
                .extracting(array -> array.request().shards())
                .containsExactly(3);
        assertThat(taught("GPU_MEMORY").orElseThrow().cardMiB()).isEqualTo(40_960);
    }

    @Test
    void runs_that_keep_the_gpu_busy_request_as_much_of_it_as_they_use() {
        end(submitted("a", 10), used(1_000, 45));

        Batch next = submitted("b", 10);

        assertThat(next.request().shards()).isBetween(8, 9);
        assertThat(next.why()).contains("use of the GPU ").contains("1000 MiB");
    }

    @Test
    void a_batch_that_waits_takes_the_part_that_was_learned_meanwhile() {
        Batch runs = submitted("a", 10);
        bench.planned("b", ON_GPU, 10);
        bench.cluster.answer = array -> new Submitted.Rejected("try later", Submitted.Reason.NOT_NOW);
        bench.submitAll();
        Batch waits = first("b");
        assertThat(waits.state()).isEqualTo(BatchState.INTENT);
        end(runs, used(5_900, 3));
        bench.cluster.answer = array -> new Submitted.Accepted("900");
        bench.pass(Duration.ofMinutes(10));

        bench.submitAll();

        assertThat(first("b").state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(first("b").request().gpu()).isEqualTo(GpuRequest.shards(3, 16));
    }

    @Test
    void a_run_that_found_the_gpu_full_is_a_kill_at_its_part_of_the_gpu() {
        end(submitted("a", 10), used(2_000, 3));
        Batch small = submitted("b", 1);
        assertThat(small.request().shards()).isOne();

        TaskEnd.failure(Cause.GPU_OUT_OF_MEMORY, "").gpu(used(2_400, 3)).all(bench, small);

        Batch next = submitted("c", 1);
        assertThat(next.request().shards()).as("1.2 x 2,560 MiB of 40,960").isEqualTo(2);
        assertThat(next.why()).contains("a run was killed at 2560 MiB");
    }

    @Test
    void another_version_of_the_recipe_requests_its_guess_or_what_the_version_before_needed() {
        end(submitted("a", 10), used(20_000, 3));
        bench.planned("b", ON_GPU + "# changed\n", 1);
        bench.planned("c", ON_GPU.replace("0.25", "0.75"), 1);
        bench.submitAll();

        assertThat(first("b").request().shards()).isBetween(8, 10);
        assertThat(first("b").why()).endsWith("; the recipe was changed since, and no run was measured");
        assertThat(first("c").request().shards()).isEqualTo(12);
    }

    @Test
    void a_tile_that_found_the_gpu_full_asks_for_more_than_the_others() {
        end(submitted("a", 10), used(2_000, 3));
        bench.planned("b", ON_GPU, 1);
        bench.ledger.change(session ->
                session.tiles().update(List.of(bench.tile("b", 0).retry(true).withGpu(0.5))));

        bench.submitAll();

        assertThat(first("b").request().gpu()).isEqualTo(GpuRequest.shards(8, 16));
        assertThat(first("b").why())
                .contains("8 of 16 shards of a GPU: more than was too little for this tile; of its");
    }

    @Test
    void where_a_cluster_has_slices_the_smallest_that_holds_what_runs_need_is_requested() {
        end(submitted("a", 10), used(5_900, 3));
        NodeResources sliced = new NodeResources(64, 64_000, Map.of("a100_1g.5gb", 2, "a100_2g.10gb", 2), 0, 0);
        NodeKind kind = new NodeKind(
                sliced, 1, Set.of(), List.of(new NodeKind.Node("gpu1", Availability.READY, "IDLE", sliced)));
        Capabilities.Partition partition = new Capabilities.Partition(
                "gpu",
                false,
                1,
                64,
                64_000,
                4,
                0,
                Optional.empty(),
                "",
                List.of(),
                List.of(kind),
                PartitionRules.NONE,
                PartitionAccess.ALL);
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(FakeCluster.CPU, partition));

        Batch next = submitted("b", 2);

        assertThat(next.request().gpu()).isEqualTo(GpuRequest.typed("a100_2g.10gb", 0.25));
        assertThat(next.why()).contains("; 1 slice a100_2g.10gb: of its 40960 MiB, ");
    }

    @Test
    void the_report_has_what_runs_need_of_a_gpu() throws IOException {
        bench.installRecipe("ndvi", ON_GPU);
        end(submitted("a", 10), used(5_900, 3));
        new Learning(bench.ledger, bench.cluster).learn();

        NextRequests requests = new NextRequests(new Sizing("", "", false, 0.02, 2, 2), bench.recipes()::find);
        List<NextRequests.Next> next =
                bench.ledger.read(session -> requests.of(session, bench.cluster.capabilities, false));

        assertThat(next)
                .extracting(NextRequests.Next::why)
                .anySatisfy(why -> assertThat(why).startsWith("GPU memory, of 40960 MiB, 6148 MiB: no run"))
                .anySatisfy(why -> assertThat(why).startsWith("use of the GPU "));
    }

    @Test
    void the_smallest_gpu_counts_because_nobody_chooses_the_gpu_of_a_shard() {
        end(submitted("a", 10), used(5_900, 3));
        GpuUse onSmall = new GpuUse(Optional.of(5_900), Optional.of(16_384), Optional.empty(), "samples");
        end(submitted("b", 2), onSmall);
        end(submitted("c", 2), used(5_900, 3));

        assertThat(taught("GPU_MEMORY").orElseThrow().cardMiB()).isEqualTo(16_384);
        assertThat(submitted("d", 2).request().shards()).isBetween(6, 7);
    }
}
