package io.swath.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind.Availability;
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

/** How much one job may request: three small nodes, one of them with SSD, two with GPUs, and a large one. */
class MostPerJobTest {
    private static NodeKind kind(NodeResources offers, Set<String> features, String... names) {
        List<NodeKind.Node> nodes = Arrays.stream(names)
                .map(name -> new NodeKind.Node(name, Availability.READY, "IDLE", offers))
                .toList();
        return new NodeKind(offers, 1, features, nodes);
    }

    private static final NodeResources SMALL = new NodeResources(4, 8_000, Map.of(), 0, 0);
    private static final Partition MIXED = new Partition(
            "p",
            true,
            6,
            16,
            60_000,
            2,
            4,
            Optional.of(Duration.ofHours(1)),
            "",
            List.of(),
            List.of(
                    kind(SMALL, Set.of(), "s1", "s2"),
                    kind(SMALL, Set.of("ssd"), "s3"),
                    kind(new NodeResources(16, 20_000, Map.of("a100", 2), 8, 0), Set.of(), "g1", "g2"),
                    kind(new NodeResources(16, 60_000, Map.of(), 0, 0), Set.of(), "l1")),
            PartitionRules.NONE,
            PartitionAccess.ALL);

    private static Capabilities cluster(Limit... limits) {
        return cluster(MIXED, limits);
    }

    private static Capabilities cluster(Partition partition, Limit... limits) {
        Accounts accounts = new Accounts(
                true,
                true,
                "a",
                "",
                List.of(new Accounts.Association("a", "", List.of("normal"), "normal", List.of())),
                Map.of(),
                Map.of("normal", new Accounts.Qos(false, List.of(limits))));
        return new Capabilities(
                "slurm",
                1_001,
                List.of(partition),
                accounts,
                List.of(new Reservation("kept", true, Set.of(), Set.of("s1", "g1"), "")));
    }

    private static Request request(int cpus, int gpus, Placement placement, String... excluded) {
        return new Request("p", cpus, 1_000, Duration.ofMinutes(1), gpus, 0, List.of(excluded), placement);
    }

    private static long memory(Request request, Limit... limits) {
        return MostPerJob.of(request, cluster(limits)).memoryMiB().most();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, '', '', 1, 60000",
        "1, 1, '', '', 1, 20000",
        "1, 0, ssd, '', 1, 8000",
        "1, 0, '', kept, 1, 20000",
        "1, 0, '', '', 2, 20000", // the second of two nodes has no more
        "1, 0, '', '', 4, 8000",
        "99, 0, '', '', 1, 60000", // fits nowhere: others say so
    })
    void memory_is_that_of_the_largest_node_with_all_else_that_the_job_asks_for(
            int cpus, int gpus, String constraint, String reservation, int nodes, long mib) {
        Placement placement =
                new Placement(constraint, reservation, "", "", false, "", nodes, nodes, Placement.Bind.USUAL);
        assertThat(memory(request(cpus, gpus, placement))).isEqualTo(mib);
    }

    @Test
    void a_node_that_is_left_out_does_not_count() {
        assertThat(memory(request(1, 0, Placement.NONE, "l1"))).isEqualTo(20_000);
        assertThat(memory(request(1, 0, Placement.NONE, "l1", "g1", "g2"))).isEqualTo(8_000);
    }

    @ParameterizedTest
    @CsvSource({
        "MaxTRES, 400, 1, 400",
        "MaxTRES, 400, 2, 200", // of both nodes together
        "MaxTRESPerNode, 400, 2, 400",
        "MaxTRESPerUser, 400, 1, 400",
        "GrpTRES, 400, 1, 400",
        "MinTRES, 400, 1, 60000",
        "MaxTRES, 70000, 1, 60000",
    })
    void memory_lies_under_the_limits_of_the_account_and_the_qos(String column, long limit, int nodes, long mib) {
        Limit memory = new Limit(column, "mem", limit, column + "=mem=" + limit + "M");
        assertThat(memory(request(1, 0, Placement.of(nodes, nodes)), memory)).isEqualTo(mib);
    }

    private static MostPerJob.Amount memoryWithMaxMemPerCpu(
            int perCpu, int cpusPerCore, int mostCpusPerNode, int nodes, Limit... limits) {
        NodeResources large = new NodeResources(64, 257_000, Map.of(), 0, 0);
        NodeKind kind = new NodeKind(
                large,
                cpusPerCore,
                Set.of(),
                List.of(
                        new NodeKind.Node("l1", Availability.READY, "IDLE", large),
                        new NodeKind.Node("l2", Availability.READY, "IDLE", large)));
        PartitionRules rules =
                new PartitionRules(false, mostCpusPerNode, Integer.MAX_VALUE, perCpu, 0, Integer.MAX_VALUE);
        Partition partition = new Partition(
                "p",
                true,
                2,
                64,
                257_000,
                0,
                0,
                Optional.empty(),
                "",
                List.of(),
                List.of(kind),
                rules,
                PartitionAccess.ALL);
        Capabilities cluster = cluster(partition, limits);
        MostPerJob.Amount most = MostPerJob.of(request(1, 0, Placement.of(nodes, nodes)), cluster)
                .memoryMiB();

        Request all = request(1, 0, Placement.of(nodes, nodes)).withMemoryMiB((int) most.most());
        assertThat(partition.slots(all)).as("such a job can start").isPositive();
        return most;
    }

    @ParameterizedTest
    @CsvSource({
        "4000, 1, 64, 256000", // of 257,000 MiB, which would cost 65 CPUs
        "5000, 1, 64, 257000",
        "4000, 1, 10, 40000",
        "4000, 4, 10, 32000", // two whole cores
    })
    void where_memory_costs_cpus_no_more_than_all_cpus_of_a_node_are_worth(
            int perCpu, int cpusPerCore, int mostCpusPerNode, long mib) {
        assertThat(memoryWithMaxMemPerCpu(perCpu, cpusPerCore, mostCpusPerNode, 1)
                        .most())
                .isEqualTo(mib);
    }

    @Test
    void the_reason_names_what_memory_costs() {
        assertThat(memoryWithMaxMemPerCpu(4_000, 1, 64, 1).because())
                .isEqualTo(
                        "partition p gives at most 4000 MiB for each CPU (MaxMemPerCPU), and no node has more CPUs that"
                                + " has the CPUs, GPUs and features that it asks for, and that it may use");
    }

    @ParameterizedTest
    @CsvSource({
        "MaxTRES, 8, 1, 32000",
        "MaxTRES, 8, 2, 16000", // of both nodes together
        "MaxTRESPerNode, 8, 2, 32000",
        "GrpTRES, 8, 1, 32000",
        "MinTRES, 8, 1, 256000",
        "MaxTRES, 500, 1, 256000",
    })
    void where_memory_costs_cpus_a_limit_of_cpus_is_one_of_memory_too(String column, long cpus, int nodes, long mib) {
        Limit limit = new Limit(column, "cpu", cpus, column + "=cpu=" + cpus);
        assertThat(memoryWithMaxMemPerCpu(4_000, 1, 64, nodes, limit).most()).isEqualTo(mib);
        assertThat(memory(request(1, 0, Placement.NONE), limit))
                .as("without MaxMemPerCPU")
                .isEqualTo(60_000);
    }

    @ParameterizedTest
    @CsvSource({
        "MaxTRES, 400, false",
        "GrpTRES, 400, true",
        "MaxTRESPerUser, 400, true",
        "MaxTRESPerAccount, 400, true",
        "GrpTRES, 60000, true", // as much as the largest node has
        "GrpTRES, 70000, false",
    })
    void memory_that_jobs_have_together_is_told_from_what_one_job_may_have(String column, long limit, boolean shared) {
        Limit memory = new Limit(column, "mem", limit, column + "=mem=" + limit + "M");
        assertThat(MostPerJob.of(request(1, 0, Placement.NONE), cluster(memory))
                        .memoryMiB()
                        .shared())
                .isEqualTo(shared);
    }

    @Test
    void each_bound_says_what_sets_it() {
        MostPerJob most = MostPerJob.of(
                request(1, 1, Placement.NONE), cluster(new Limit("MaxWall", "", 1_800, "MaxWall=00:30:00")));

        assertThat(most.seconds()).isEqualTo(new MostPerJob.Amount(1_800, "QOS normal has MaxWall=00:30:00", false));
        assertThat(most.memoryMiB().because())
                .isEqualTo("no node of partition p has more that has the CPUs, GPUs and features that it asks for, and"
                        + " that it may use");
        assertThat(MostPerJob.of(request(1, 0, Placement.NONE), cluster())
                        .seconds()
                        .because())
                .isEqualTo("partition p allows no more");
    }

    @Test
    void an_unknown_partition_limits_nothing() {
        Capabilities nothing = new Capabilities("slurm", 1_001, List.of());
        assertThat(MostPerJob.of(request(1, 0, Placement.NONE), nothing)).isEqualTo(MostPerJob.ANY);
        assertThat(MostPerJob.ANY.memoryMiB().asDouble()).isInfinite();
    }
}
