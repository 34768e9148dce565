package io.swath.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind.Availability;
import io.swath.model.GpuRequest;
import io.swath.model.Placement;
import io.swath.model.Request;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many tasks run at once on nodes of several kinds. Each number is counted by hand. */
class PartitionTest {
    private static final NodeResources SMALL = new NodeResources(4, 8_000, Map.of(), 0, 0);
    private static final NodeResources LARGE = new NodeResources(16, 60_000, Map.of("a100", 2), 8, 0);
    private static final PartitionRules RULES = PartitionRules.NONE;

    private static NodeKind kind(NodeResources offers, String... names) {
        List<NodeKind.Node> nodes = Arrays.stream(names)
                .map(name -> new NodeKind.Node(name, Availability.READY, "IDLE", offers))
                .toList();
        return new NodeKind(offers, 1, Set.of(), nodes);
    }

    private static Partition partition(PartitionRules rules, NodeKind... kinds) {
        return new Partition(
                "p",
                true,
                9,
                16,
                60_000,
                2,
                4,
                Optional.empty(),
                "",
                List.of(),
                List.of(kinds),
                rules,
                PartitionAccess.ALL);
    }

    private static final Partition MIXED = partition(RULES, kind(SMALL, "s1", "s2", "s3"), kind(LARGE, "l1", "l2"));

    private static Request request(int cpus, int memoryMiB, int gpus, int shards, String... excluded) {
        return new Request("p", cpus, memoryMiB, Duration.ofMinutes(1), gpus, shards, List.of(excluded));
    }

    @ParameterizedTest
    @CsvSource({
        // CPUs, MiB, GPUs, shards: tasks on the 3 small nodes, and on the 2 large ones
        "1, 1000, 0, 0, 12, 32",
        "3, 1000, 0, 0, 3, 10",
        "1, 3000, 0, 0, 6, 32",
        "1, 8001, 0, 0, 0, 14",
        "1, 0, 0, 0, 12, 32",
        "8, 20000, 0, 0, 0, 4",
        "17, 1, 0, 0, 0, 0",
        "1, 60001, 0, 0, 0, 0",
        "1, 1000, 1, 0, 0, 4",
        "1, 1000, 2, 0, 0, 2",
        "1, 1000, 3, 0, 0, 0",
        "1, 1000, 0, 1, 0, 16",
        "1, 1000, 0, 2, 0, 8",
        "1, 1000, 0, 3, 0, 4", // one shard of each GPU is left over
        "1, 1000, 0, 5, 0, 0", // more shards than one GPU has
    })
    void tasks_are_counted_on_each_kind_of_node(
            int cpus, int memoryMiB, int gpus, int shards, int onSmall, int onLarge) {
        Request request = request(cpus, memoryMiB, gpus, shards);
        assertThat(MIXED.slots(request)).isEqualTo(onSmall + onLarge);
        assertThat(partition(RULES, kind(SMALL, "a", "b", "c")).slots(request)).isEqualTo(onSmall);
    }

    @Test
    void a_part_of_a_gpu_is_counted_by_slices_of_its_type_and_by_the_mps_of_one_gpu_of_each_node() {
        NodeResources sliced = new NodeResources(16, 60_000, Map.of("a100_1g.10gb", 4, "a100_3g.40gb", 1), 0, 0);
        NodeResources mps = new NodeResources(16, 60_000, Map.of("", 2), 0, 200);
        Partition partition = partition(RULES, kind(sliced, "s1", "s2"), kind(mps, "m1"));

        assertThat(partition.slots(request(1, 1000, 0, 0).withGpu(GpuRequest.typed("a100_1g.10gb", 0.125))))
                .isEqualTo(8);
        assertThat(partition.slots(request(1, 1000, 0, 0).withGpu(GpuRequest.mps(30, 100))))
                .isEqualTo(3);
    }

    @Test
    void nodes_that_run_no_job_now_and_excluded_nodes_are_left_out() {
        NodeKind kind = new NodeKind(
                SMALL,
                1,
                Set.of(),
                List.of(
                        new NodeKind.Node("n1", Availability.READY, "IDLE", SMALL),
                        new NodeKind.Node("n2", Availability.OUT, "DOWN*", SMALL),
                        new NodeKind.Node("n3", Availability.LATER, "IDLE+MAINT", SMALL),
                        new NodeKind.Node("n4", Availability.READY, "IDLE", SMALL)));
        Partition partition = partition(RULES, kind);
        assertThat(partition.slots(request(1, 1000, 0, 0))).isEqualTo(8);
        assertThat(partition.slots(request(1, 1000, 0, 0, "n1", "n3"))).isEqualTo(4);
        assertThat(partition.slots(request(1, 1000, 0, 0, "n1", "n4"))).isZero();
    }

    @Test
    void the_partitions_rules_count() {
        int none = Integer.MAX_VALUE;
        NodeKind kind = kind(LARGE, "n1", "n2");
        assertThat(partition(new PartitionRules(false, 6, none, none, 0, none), kind)
                        .slots(request(2, 1000, 0, 0)))
                .isEqualTo(6);
        PartitionRules memory = new PartitionRules(false, none, 4_000, 1_500, 0, none);
        assertThat(partition(memory, kind).slots(request(1, 4_001, 0, 0))).isZero();
        assertThat(partition(memory, kind).slots(request(1, 4_000, 0, 0))).isEqualTo(10); // 3 CPUs each
        assertThat(partition(memory, kind).slots(request(1, 1_500, 0, 0))).isEqualTo(32);
    }

    @Test
    void jobs_get_whole_cores() {
        NodeKind kind =
                new NodeKind(SMALL, 2, Set.of(), List.of(new NodeKind.Node("n1", Availability.READY, "IDLE", SMALL)));
        assertThat(partition(RULES, kind).slots(request(1, 1000, 0, 0))).isEqualTo(2);
        assertThat(partition(RULES, kind).slots(request(3, 1000, 0, 0))).isEqualTo(1);
    }

    private static Request placed(int cpus, int memoryMiB, int gpus, String placement) {
        return new Request("p", cpus, memoryMiB, Duration.ofMinutes(1), gpus, 0, List.of(), Placement.parse(placement));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // CPUs of a task; MiB of a node; GPUs of a node; placement; jobs on 3 small and 2 large nodes
                "1; 1000; 0; tasks=2; 3 * 2 + 2 * 8",
                "2; 1000; 0; tasks=3; 0 + 2 * 2",
                "4; 8000; 0; tasks=2 nodes=2; 5", // places 1 1 1 4 4: each job on two different nodes
                "4; 1000; 0; tasks=5 nodes=5; 1",
                "4; 1000; 0; tasks=6 nodes=6; 0",
                "1; 1000; 1; tasks=2 nodes=2; 2",
                "1; 1000; 0; exclusive; 5",
                "1; 1000; 0; constraint=ib; 2 * 16",
                "1; 1000; 0; constraint=none; 0",
                "1; 1000; 1; gpu-type=a100; 2 * 2",
                "1; 1000; 1; gpu-type=h100; 0",
            })
    void jobs_of_several_tasks_and_of_certain_nodes_are_counted(
            int cpus, int memoryMiB, int gpus, String placement, String sum) {
        NodeKind large = kind(LARGE, "l1", "l2");
        NodeKind fast = new NodeKind(large.offers(), 1, Set.of("ib"), large.nodes());
        Partition partition = partition(RULES, kind(SMALL, "s1", "s2", "s3"), fast);
        int slots = Arrays.stream(sum.split("\\+"))
                .mapToInt(part -> Arrays.stream(part.split("\\*"))
                        .mapToInt(factor -> Integer.parseInt(factor.strip()))
                        .reduce(1, (one, other) -> one * other))
                .sum();
        assertThat(partition.slots(placed(cpus, memoryMiB, gpus, placement))).isEqualTo(slots);
    }

    @ParameterizedTest
    @CsvSource({"1,0,4,1", "3,0,4,0", "2,2,2,1", "2,0,1,0"})
    void a_partition_may_ask_for_a_number_of_nodes(int nodes, int least, int most, int jobs) {
        PartitionRules rules =
                new PartitionRules(true, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, least, most);
        Request request = placed(1, 1000, 0, nodes == 1 ? "" : "tasks=" + nodes + " nodes=" + nodes);
        assertThat(partition(rules, kind(LARGE, "l1", "l2")).slots(request)).isEqualTo(jobs * 2 / nodes);
    }

    @Test
    void the_nodes_of_a_reservation_count_for_the_jobs_that_name_it() {
        NodeKind kind = new NodeKind(
                SMALL,
                1,
                Set.of(),
                List.of(
                        new NodeKind.Node("n1", Availability.READY, "IDLE", SMALL),
                        new NodeKind.Node("n2", Availability.LATER, "IDLE+RESERVED", SMALL),
                        new NodeKind.Node("n3", Availability.OUT, "DOWN", SMALL)));
        Capabilities cluster = new Capabilities(
                "slurm 24.11.5",
                1001,
                List.of(partition(RULES, kind)),
                Accounts.UNKNOWN,
                List.of(new Reservation("night", true, Set.of(), Set.of("n2", "n3"), "")));
        assertThat(cluster.slots(placed(1, 1000, 0, ""))).isEqualTo(4);
        assertThat(cluster.slots(placed(1, 1000, 0, "reservation=night"))).isEqualTo(4);
        assertThat(cluster.slots(placed(1, 1000, 0, "reservation=other"))).isEqualTo(8);
    }

    @Test
    void nodes_whose_memory_differs_by_what_is_measured_are_of_one_kind() {
        String id = kind(new NodeResources(64, 257_000, Map.of(), 0, 0), "n1").id();
        assertThat(kind(new NodeResources(64, 257_612, Map.of(), 0, 0), "n2").id())
                .isEqualTo(id);
        assertThat(kind(new NodeResources(64, 515_000, Map.of(), 0, 0), "n3").id())
                .isNotEqualTo(id);
        assertThat(kind(new NodeResources(32, 257_000, Map.of(), 0, 0), "n4").id())
                .isNotEqualTo(id);
        assertThat(kind(new NodeResources(64, 257_000, Map.of("a100", 1), 0, 0), "n5")
                        .id())
                .isNotEqualTo(id);
        assertThat(kind(new NodeResources(64, 0, Map.of(), 0, 0), "n6").id()).hasSize(8);
    }

    @Test
    void a_job_fits_some_time_where_a_node_has_enough_that_is_not_ready_now() {
        NodeKind large = new NodeKind(
                LARGE,
                1,
                Set.of(),
                List.of(
                        new NodeKind.Node("l1", Availability.LATER, "IDLE+MAINT", LARGE),
                        new NodeKind.Node("l2", Availability.OUT, "DOWN", LARGE)));
        Capabilities cluster = new Capabilities(
                "slurm 24.11.5",
                1001,
                List.of(partition(RULES, kind(SMALL, "s1"), large)),
                Accounts.UNKNOWN,
                List.of(new Reservation("night", true, Set.of(), Set.of("s1", "l2"), "")));

        assertThat(cluster.slots(request(1, 20_000, 0, 0))).isZero();
        assertThat(cluster.everFits(request(1, 20_000, 0, 0))).isTrue();
        assertThat(cluster.everFits(request(1, 20_000, 0, 0, "l1"))).isTrue();
        assertThat(cluster.everFits(request(1, 20_000, 0, 0, "l1", "l2"))).isFalse();
        assertThat(cluster.everFits(request(1, 60_001, 0, 0))).isFalse();
        assertThat(cluster.everFits(placed(1, 20_000, 0, "reservation=night"))).isTrue();
        Request kept = placed(1, 20_000, 0, "reservation=night").excludingNode("l2");
        assertThat(cluster.everFits(kept)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; true",
                "ib; true",
                "IB; true",
                "gpu; false",
                "ib&ssd; true",
                "ib&gpu; false",
                "gpu|ssd; true",
                "gpu|hdd; false",
                "(gpu|ib)&ssd; true",
                "gpu&ib|ssd; true",
                "[gpu|ssd]; true",
                "gpu*2&ib*4; true",
                "gpu*2&hdd*4; false",
                "&; false",
                "(((; false",
                "ib); true",
            })
    void a_constraint_chooses_nodes_by_their_features(String text, boolean allowed) {
        assertThat(new Constraint(text).allows(Set.of("ib", "ssd"))).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "a100_1g.10gb, 1, 10", "3g.40gb, 3, 40", "nvidia_h100_80gb_hbm3_7g.80gb, 7, 80", "1g.12gb+me, 1, 12",
        "a100, ,", "'', ,", "9g.10gb, ,", "tesla, ,"
    })
    void a_slice_of_a_gpu_is_known_by_its_name(String type, Integer units, Integer memoryGb) {
        assertThat(GpuSlice.of(type))
                .isEqualTo(units == null ? Optional.empty() : Optional.of(new GpuSlice(units, memoryGb)));
    }
}
