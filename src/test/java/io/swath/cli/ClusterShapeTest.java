package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Accounts;
import io.swath.cluster.Backlog;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.Limit;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionAccess.Names;
import io.swath.cluster.PartitionRules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterShapeTest {
    private static final NodeResources CPU = new NodeResources(4, 8_000, Map.of(), 0, 0);
    private static final NodeResources GPU = new NodeResources(16, 60_000, Map.of("a100", 2), 8, 0);

    private static Partition partition(String name, PartitionAccess access, NodeKind kind) {
        return new Partition(
                name,
                name.equals("cpu"),
                kind.nodes().size(),
                kind.offers().cpus(),
                kind.offers().memoryMiB(),
                kind.offers().allGpus(),
                kind.offers().shardsPerGpu(),
                Optional.of(Duration.ofDays(1)),
                "",
                List.of(),
                List.of(kind),
                PartitionRules.NONE,
                access);
    }

    private static final ClusterShape SHAPE = new ClusterShape(
            new Capabilities(
                    "slurm 24.11.5",
                    1_001,
                    List.of(
                            partition(
                                    "cpu",
                                    PartitionAccess.ALL,
                                    new NodeKind(
                                            CPU,
                                            1,
                                            Set.of(),
                                            List.of(
                                                    new NodeKind.Node("cpu1", Availability.READY, "IDLE", CPU),
                                                    new NodeKind.Node(
                                                            "cpu2",
                                                            Availability.READY,
                                                            "MIXED",
                                                            new NodeResources(1, 2_000, Map.of(), 0, 0)),
                                                    new NodeKind.Node("cpu3", Availability.OUT, "DOWN*", CPU)))),
                            partition(
                                    "gpu",
                                    new PartitionAccess("part", new Names(Set.of("eo"), Set.of()), Names.ALL, "", true),
                                    new NodeKind(
                                            GPU,
                                            2,
                                            Set.of("ib"),
                                            List.of(new NodeKind.Node(
                                                    "gpu1",
                                                    Availability.READY,
                                                    "MIXED",
                                                    new NodeResources(8, 30_000, Map.of("a100", 1), 3, 0)))))),
                    new Accounts(
                            true,
                            true,
                            "swath",
                            "",
                            List.of(
                                    new Accounts.Association("swath", "", List.of("lean", "normal"), "lean", List.of()),
                                    new Accounts.Association("eo", "gpu", List.of("normal"), "", List.of())),
                            Map.of(),
                            Map.of(
                                    "lean",
                                    new Accounts.Qos(
                                            false, List.of(new Limit("MaxTRES", "mem", 400, "MaxTRES=mem=400M"))))),
                    List.of()),
            Map.of("cpu", new Backlog(120, 40)));

    @Test
    void the_shape_is_a_line_for_each_kind_of_node_and_then_what_limits_jobs() {
        assertThat(SHAPE.lines())
                .containsExactly(
                        "slurm 24.11.5, job arrays of at most 1001 tasks",
                        "partition cpu (default): 3 × 4 CPUs, 8000 MiB (cpu[1-3]); free now: 5 CPUs, 10000 MiB; no job"
                                + " starts on cpu3",
                        "partition cpu (default): jobs of at most 1 d, waiting now: 120 tasks, 40 of them ours",
                        "partition gpu: 1 × 16 CPUs, 60000 MiB, 2 GPUs a100, 8 shards, CPUs in cores of 2, features ib"
                                + " (gpu1); free now: 8 CPUs, 30000 MiB, 1 GPU a100, 3 shards",
                        "partition gpu: jobs of at most 1 d, limits of QOS part, only in a reservation, waiting now: 0"
                                + " tasks, 0 of them ours; account swath may not use partition gpu, which has"
                                + " AllowAccounts=eo. Name another account or partition; or have an administrator of the"
                                + " cluster allow it: scontrol update partitionname=gpu allowaccounts=…",
                        "account swath (default): QOS lean,normal, by default lean; limits: MaxTRES=mem=400M (QOS lean)",
                        "account eo in partition gpu: QOS normal, by default normal; no limits");
    }

    @Test
    void a_partition_that_no_recipe_uses_is_named_when_our_jobs_could_run_in_it() {
        assertThat(SHAPE.unused(Set.of("cpu"))).isEmpty();
        assertThat(SHAPE.unused(Set.of("gpu")))
                .containsExactly("no recipe uses partition cpu: slurm.partition.cpu decides which one is used");
    }
}
