package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionRules;
import io.swath.model.GpuRequest;
import io.swath.submission.GpuParts.Chosen;
import io.swath.submission.GpuParts.Need;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuPartsTest {
    private static final Map<String, Integer> SLICES =
            Map.of("a100_1g.10gb", 2, "a100_2g.20gb", 1, "a100_3g.40gb", 1, "a100_1g.20gb", 1);

    private static NodeKind kind(Map<String, Integer> gpus, int shards, int mps, Availability availability) {
        NodeResources all = new NodeResources(16, 64_000, gpus, shards, mps);
        return new NodeKind(all, 1, Set.of(), List.of(new NodeKind.Node("gpu1", availability, "", all)));
    }

    private static Partition partition(NodeKind... kinds) {
        int gpus = 0;
        int shards = 0;
        for (NodeKind kind : kinds) {
            gpus = Math.max(gpus, kind.offers().allGpus());
            shards = Math.max(shards, kind.offers().shardsPerGpu());
        }
        return new Partition(
                "gpu",
                false,
                kinds.length,
                16,
                64_000,
                gpus,
                shards,
                Optional.empty(),
                "",
                List.of(),
                List.of(kinds),
                PartitionRules.NONE,
                PartitionAccess.ALL);
    }

    private static Partition offers(Map<String, Integer> gpus, int shards, int mps) {
        return partition(kind(gpus, shards, mps, Availability.READY));
    }

    private static Need measured(double memoryMiB, double use) {
        return new Need(0, memoryMiB, 81_920, use);
    }

    @ParameterizedTest
    @CsvSource({
        // MiB; use; the smallest slice with so much memory and so many of 7 computing units
        "9000, 0, a100_1g.10gb",
        "9102, 0.14, a100_1g.10gb",
        "9102, 0.2, a100_2g.20gb",
        "9103, 0, a100_1g.20gb",
        "18205, 0, a100_3g.40gb",
        "100, 0.4, a100_3g.40gb",
    })
    void a_slice_is_the_smallest_that_holds_what_is_needed(double memoryMiB, double use, String type) {
        Chosen chosen = GpuParts.choose(offers(SLICES, 0, 0), measured(memoryMiB, use));

        assertThat(chosen.request().type()).isEqualTo(type);
        assertThat(chosen.request().whole()).isOne();
        assertThat(chosen.request().partial()).isTrue();
        assertThat(chosen.text()).isEqualTo("1 slice " + type);
    }

    @Test
    void a_node_with_slices_does_not_keep_tasks_from_nodes_with_shards() {
        NodeKind sliced = kind(SLICES, 0, 0, Availability.READY);
        NodeKind shared = kind(Map.of("l40s", 4), 16, 0, Availability.READY);

        assertThat(GpuParts.choose(partition(sliced, shared), measured(5_900, 0))
                        .text())
                .isEqualTo("1 of 4 shards of a GPU");
    }

    @ParameterizedTest
    @CsvSource({"0.2, a30_1g.6gb", "0.25, a30_1g.6gb", "0.5, a30_2g.12gb", "0.6, a30_4g.24gb"})
    void an_a30_has_four_slices(double share, String type) {
        Map<String, Integer> slices = Map.of("a30_1g.6gb", 2, "a30_2g.12gb", 1, "a30_4g.24gb", 1);

        assertThat(GpuParts.choose(offers(slices, 0, 0), Need.guess(share))
                        .request()
                        .type())
                .isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({"0.1, a100_1g.10gb", "0.125, a100_1g.10gb", "0.25, a100_2g.20gb", "0.5, a100_3g.40gb"})
    void a_guess_is_compared_with_the_share_of_a_slice(double share, String type) {
        assertThat(GpuParts.choose(offers(SLICES, 0, 0), Need.guess(share))
                        .request()
                        .type())
                .isEqualTo(type);
    }

    @Test
    void where_no_slice_is_large_enough_a_whole_gpu_is_named_by_its_type_or_the_largest_slice_is_taken() {
        NodeKind sliced = kind(SLICES, 0, 0, Availability.READY);
        NodeKind whole = kind(Map.of("a100", 4), 0, 0, Availability.READY);

        assertThat(GpuParts.choose(partition(sliced, whole), measured(50_000, 0)))
                .isEqualTo(new Chosen(GpuRequest.typed("a100", 1), "a whole GPU a100"));
        assertThat(GpuParts.choose(partition(sliced), measured(50_000, 0)).text())
                .isEqualTo("1 slice a100_3g.40gb, the largest that there is");
    }

    @ParameterizedTest
    @CsvSource({
        // MiB of 81,920; use; shards of 16
        "5900, 0, 2",
        "5120, 0, 1",
        "5121, 0, 2",
        "1, 0, 1",
        "1, 0.5, 8",
        "81000, 0, 16"
    })
    void shards_are_rounded_up(double memoryMiB, double use, int shards) {
        Chosen chosen = GpuParts.choose(offers(Map.of("", 2), 32, 0), measured(memoryMiB, use));

        assertThat(chosen).isEqualTo(new Chosen(GpuRequest.shards(shards, 16), shards + " of 16 shards of a GPU"));
        assertThat(chosen.request().part()).isEqualTo(shards / 16.0);
    }

    @Test
    void without_slices_and_shards_mps_is_asked_for_and_else_a_whole_gpu() {
        assertThat(GpuParts.choose(offers(Map.of("a100", 2), 0, 200), measured(20_000, 0)))
                .isEqualTo(new Chosen(GpuRequest.mps(25, 100), "25 of 100 MPS of a GPU"));
        assertThat(GpuParts.choose(offers(Map.of("a100", 8), 0, 800), measured(20_000, 0)))
                .isEqualTo(new Chosen(GpuRequest.whole(1), "a whole GPU, because MPS is on one GPU of a node only"));
        assertThat(GpuParts.choose(offers(Map.of("a100", 2), 0, 0), measured(20_000, 0)))
                .isEqualTo(new Chosen(
                        GpuRequest.whole(1), "a whole GPU, because partition gpu offers no slices, shards or MPS"));
    }

    @Test
    void what_needs_all_of_a_gpu_gets_a_whole_one() {
        for (Partition each : List.of(offers(Map.of("", 2), 32, 0), offers(Map.of("", 2), 0, 200))) {
            assertThat(GpuParts.choose(each, measured(81_920, 0)))
                    .isEqualTo(new Chosen(GpuRequest.whole(1), "a whole GPU"));
        }
    }

    @Test
    void a_retry_never_asks_for_less_than_its_share() {
        assertThat(GpuParts.choose(offers(Map.of("", 2), 32, 0), new Need(0.5, 5_000, 81_920, 0))
                        .request())
                .isEqualTo(GpuRequest.shards(8, 16));
        assertThat(GpuParts.choose(offers(SLICES, 0, 0), new Need(0.25, 5_000, 81_920, 0))
                        .request()
                        .type())
                .isEqualTo("a100_2g.20gb");
    }

    @Test
    void what_only_broken_nodes_have_is_not_asked_for() {
        NodeKind broken = kind(Map.of("a100_1g.10gb", 7), 0, 0, Availability.OUT);
        NodeKind sound = kind(Map.of("", 2), 8, 0, Availability.READY);

        assertThat(GpuParts.choose(partition(broken, sound), Need.guess(0.1)).request())
                .isEqualTo(GpuRequest.shards(1, 4));
        assertThat(GpuParts.choose(partition(broken), Need.guess(0.1)).request().type())
                .isEqualTo("a100_1g.10gb");
    }
}
