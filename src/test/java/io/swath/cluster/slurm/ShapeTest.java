package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Backlog;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.model.Request;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How nodes and partitions are read. The answers have the form of Slurm 24.11.5 and 22.05.8. */
class ShapeTest {
    private final FakeRunner runner = new FakeRunner();
    private final SteppedClock clock = new SteppedClock();
    private final SlurmCluster cluster = new SlurmCluster(runner, "swath", Duration.ofSeconds(5), clock);

    /** A clock that a test moves. */
    private static final class SteppedClock extends Clock {
        private Instant now = Instant.parse("2026-11-26T20:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @BeforeEach
    void answer() {
        runner.answering("scontrol show config", "SLURM_VERSION = 24.11.5\nSelectTypeParameters = CR_CORE_MEMORY");
        runner.answering("scontrol show partition -o", "PartitionName=p State=UP");
    }

    private Partition partition(String nodes) {
        runner.answering("scontrol show node -o", nodes);
        return cluster.capabilities().partitions().get(0);
    }

    private static Request request(int cpus, int memoryMiB, int gpus, int shards) {
        return new Request("p", cpus, memoryMiB, Duration.ofMinutes(1), gpus, shards, List.of());
    }

    @Test
    void nodes_that_offer_the_same_are_one_kind() {
        Partition partition = partition("""
                NodeName=a1 CoresPerSocket=2 CPUAlloc=1 CPUEfctv=4 CPUTot=4 AvailableFeatures=fast,ib ActiveFeatures=ib,fast Gres=(null) GresDrain=N/A GresUsed=gpu:0 RealMemory=8000 AllocMem=500 Sockets=2 State=MIXED ThreadsPerCore=1 Partitions=p,q AllocTRES=cpu=1,mem=500M
                NodeName=a2 CoresPerSocket=2 CPUAlloc=0 CPUEfctv=4 CPUTot=4 AvailableFeatures=ib,fast ActiveFeatures=ib,fast Gres=(null) RealMemory=8000 AllocMem=0 Sockets=2 State=DOWN* ThreadsPerCore=1 Partitions=p Reason=Not responding [root@2026-11-26T02:17:58]
                NodeName=a3 CoresPerSocket=2 CPUAlloc=0 CPUEfctv=4 CPUTot=4 AvailableFeatures=(null) ActiveFeatures=(null) Gres=(null) RealMemory=8000 AllocMem=0 Sockets=2 State=IDLE ThreadsPerCore=1 Partitions=p
                NodeName=g1 CoresPerSocket=8 CPUAlloc=2 CPUEfctv=16 CPUTot=16 AvailableFeatures=(null) Gres=gpu:tesla:2(S:0-1),gpu:a100:1(S:1),shard:6,mps:400 GresUsed=gpu:tesla:1(IDX:0),gpu:a100:0(IDX:N/A),shard:0 RealMemory=64000 MemSpecLimit=4000 AllocMem=1000 Sockets=1 State=MIXED+PLANNED ThreadsPerCore=2 Partitions=p
                """);
        Map<String, Integer> none = Map.of();
        assertThat(partition.kinds())
                .containsExactly(
                        new NodeKind(
                                new NodeResources(4, 8000, none, 0, 0),
                                1,
                                Set.of("fast", "ib"),
                                List.of(
                                        new NodeKind.Node(
                                                "a1",
                                                Availability.READY,
                                                "MIXED",
                                                new NodeResources(3, 7500, none, 0, 0)),
                                        new NodeKind.Node(
                                                "a2",
                                                Availability.OUT,
                                                "DOWN* (Not responding [root@2026-11-26T02:17:58])",
                                                new NodeResources(4, 8000, none, 0, 0)))),
                        new NodeKind(
                                new NodeResources(4, 8000, none, 0, 0),
                                1,
                                Set.of(),
                                List.of(new NodeKind.Node(
                                        "a3", Availability.READY, "IDLE", new NodeResources(4, 8000, none, 0, 0)))),
                        new NodeKind(
                                new NodeResources(16, 60_000, Map.of("tesla", 2, "a100", 1), 6, 400),
                                2,
                                Set.of(),
                                List.of(new NodeKind.Node(
                                        "g1",
                                        Availability.READY,
                                        "MIXED+PLANNED",
                                        new NodeResources(14, 59_000, Map.of("tesla", 1, "a100", 1), 4, 400)))));
        assertThat(partition.slots(request(1, 1000, 0, 0))).isEqualTo(4 + 4 + 8);
        assertThat(partition.slots(request(1, 4000, 0, 0))).isEqualTo(2 + 2 + 8);
        assertThat(partition.slots(request(3, 1000, 1, 0))).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // Gres; in use; free GPUs; free shards
                "gpu:2(S:0-1),shard:8; GresUsed=gpu:(null):1(IDX:0),shard:0; 1; 4",
                "gpu:2(S:0-1),shard:8; GresUsed=gpu:0,shard:(null):3(3/4,0/4); 1; 5",
                "gpu:2(S:0-1),shard:8; GresUsed=gpu:0,shard:5(4/4,1/4); 0; 3",
                "gpu:2,shard:8; AllocTRES=cpu=1,mem=1G,gres/gpu=1; 1; 4",
                "gpu:a100:2; AllocTRES=cpu=1,gres/gpu=2,gres/gpu:a100=2; 0; 0",
                "gpu:a100:2; AllocTRES=cpu=1,gres/gpu=1; 1; 0",
                "gpu:a100_1g.10gb:7,gpu:a100_3g.20gb:2; GresUsed=gpu:a100_1g.10gb:3(IDX:0-2),gpu:a100_3g.20gb:0(IDX:N/A); 6; 0",
                "gpu:2; AllocTRES=; 2; 0",
                "gpu:99999999999999999999; AllocTRES=; 1; 0",
                "gpu:-3; AllocTRES=; 0; 0",
                "gpu:2; GresUsed=gpu:9; 0; 0",
            })
    void what_of_the_gpus_is_free_is_read(String gres, String used, int gpus, int shards) {
        NodeResources free = partition(
                        "NodeName=n CPUTot=8 RealMemory=8000 State=IDLE Partitions=p Gres=" + gres + " " + used)
                .kinds()
                .get(0)
                .nodes()
                .get(0)
                .free();
        assertThat(free.allGpus()).isEqualTo(gpus);
        assertThat(free.shards()).isEqualTo(shards);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "IDLE;READY",
                "idle~;READY",
                "mix-;READY",
                "alloc+;READY",
                "ALLOCATED+COMPLETING;READY",
                "idle#;READY",
                "IDLE+CLOUD+POWERED_DOWN;READY",
                "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP;READY",
                "MIXED+PLANNED;READY",
                "IDLE*+POWERING_DOWN;READY",
                "comp;READY",
                "mix@;READY",
                "IDLE+DYNAMIC_NORM;READY",
                "IDLE+REBOOT_REQUESTED;READY",
                "DOWN;OUT",
                "down*;OUT",
                "down~;OUT",
                "DOWN+CLOUD+POWERED_DOWN+NOT_RESPONDING;OUT",
                "drain;OUT",
                "drng;OUT",
                "drained*;OUT",
                "MIXED+DRAIN;OUT",
                "IDLE*;OUT",
                "idle*;OUT",
                "unk*;OUT",
                "FUTURE;OUT",
                "inval;OUT",
                "IDLE+INVALID_REG;OUT",
                "fail;OUT",
                "IDLE+FAIL;OUT",
                "ALLOCATED+NOT_RESPONDING;OUT",
                "maint;LATER",
                "IDLE+MAINT+RESERVED;LATER",
                "idle$;LATER",
                "resv;LATER",
                "IDLE+RESERVED;LATER",
                "IDLE+DRAIN+REBOOT_REQUESTED;LATER",
                "MIXED+DRAIN+REBOOT_ISSUED;LATER",
                "DOWN+REBOOT_ISSUED;OUT",
                "IDLE+DRAIN+MAINT;OUT",
            })
    void a_state_says_whether_jobs_can_start(String state, Availability availability) {
        Partition partition = partition("NodeName=n CPUTot=4 RealMemory=8000 State=" + state + " Partitions=p");
        assertThat(partition.kinds().get(0).nodes().get(0).availability()).isEqualTo(availability);
        assertThat(partition.slots(request(1, 1000, 0, 0))).isEqualTo(availability == Availability.READY ? 4 : 0);
        assertThat(partition.blocked().isEmpty()).isEqualTo(availability != Availability.OUT);
        assertThat(partition.notes()).hasSize(availability == Availability.LATER ? 1 : 0);
    }

    @Test
    void a_hidden_partition_has_the_nodes_that_it_names() {
        runner.answering(
                "scontrol show partition -o", "PartitionName=p Hidden=YES State=UP Nodes=r[0-1]n[01-02],gpu[3,5]");
        Partition partition = partition("""
                NodeName=r0n01 CPUTot=4 RealMemory=8000 State=IDLE
                NodeName=r1n02 CPUTot=4 RealMemory=8000 State=IDLE Partitions=
                NodeName=r2n01 CPUTot=4 RealMemory=8000 State=IDLE Partitions=other
                NodeName=gpu5 CPUTot=4 RealMemory=8000 State=IDLE Partitions=other
                """);
        assertThat(partition.nodes()).isEqualTo(3);
        assertThat(partition.slots(request(4, 1, 0, 0))).isEqualTo(3);
        assertThat(runner.sent).anyMatch(argv -> argv.containsAll(List.of("node", "-a")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "MaxCPUsPerNode=2 MaxMemPerNode=UNLIMITED; 2",
                "MaxCPUsPerNode=UNLIMITED MaxMemPerCPU=500; 2", // 1000 MiB take 2 CPUs
                "MaxMemPerNode=999; 0",
                "OverSubscribe=EXCLUSIVE; 1",
                "OverSubscribe=NO MaxMemPerNode=0 MaxCPUsPerNode=INFINITE MaxTime=INFINITE; 4",
                "SelectTypeParameters=CR_SOCKET_MEMORY; 2",
            })
    void the_rules_of_the_partition_lower_the_slots(String rules, int slots) {
        runner.answering("scontrol show partition -o", "PartitionName=p State=UP " + rules);
        Partition partition = partition(
                "NodeName=n CPUTot=4 Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=8000 State=IDLE Partitions=p");
        assertThat(partition.slots(request(1, 1000, 0, 0))).isEqualTo(slots);
        assertThat(partition.maxTime()).isEmpty();
    }

    @Test
    void a_node_as_slurm_22_05_prints_it_is_read() {
        Partition partition = partition(
                "NodeName=cpu1 Arch=x86_64 CoresPerSocket=4 CPUAlloc=0 CPUTot=8 CPULoad=0.35 AvailableFeatures=(null)"
                        + " ActiveFeatures=(null) Gres=gpu:1,shard:4 NodeAddr=cpu1 NodeHostName=cpu1 Version=22.05.8"
                        + " OS=Linux 6.1.0 #1 SMP RealMemory=8000 AllocMem=0 FreeMem=500 Sockets=1 Boards=1"
                        + " CoreSpecCount=1 CPUSpecList=6-7 State=IDLE ThreadsPerCore=2 TmpDisk=0 Weight=1 Owner=N/A"
                        + " MCS_label=N/A Partitions=p BootTime=None SlurmdStartTime=2026-11-26T01:00:00"
                        + " CfgTRES=cpu=8,mem=8000M,billing=8,gres/gpu=1 AllocTRES= CapWatts=n/a CurrentWatts=0"
                        + " Comment=State=DOWN is what the comment says");
        assertThat(partition.kinds())
                .singleElement()
                .satisfies(
                        kind -> assertThat(kind.offers()).isEqualTo(new NodeResources(6, 8000, Map.of("", 1), 4, 0)));
        assertThat(partition.slots(request(1, 1000, 0, 0))).isEqualTo(3);
    }

    @Test
    void numbers_that_no_node_has_do_no_harm() {
        Partition partition = partition("NodeName=n CPUTot=99999999999 RealMemory=-5 Sockets=0 CoresPerSocket=0"
                + " ThreadsPerCore=0 State=IDLE Partitions=p CoreSpecCount=99999999999 Gres=gpu:,:,shard");
        assertThat(partition.nodes()).isEqualTo(1);
        assertThat(partition.slots(request(1, 0, 0, 0))).isNotNegative();
    }

    @Test
    void nodes_are_asked_for_each_minute_and_the_configuration_each_ten() {
        partition("NodeName=n CPUTot=4 RealMemory=8000 State=IDLE Partitions=p");
        for (int minute = 0; minute < 20; minute++) {
            cluster.capabilities();
            cluster.capabilities();
            clock.now = clock.now.plus(Duration.ofMinutes(1));
        }
        Map<String, Integer> sent = new HashMap<>();
        runner.sent.forEach(argv -> sent.merge(argv.get(2), 1, Integer::sum));
        assertThat(sent).isEqualTo(Map.of("config", 2, "node", 20, "partition", 20, "reservation", 2));
    }

    @Test
    void waiting_tasks_are_counted_by_partition() {
        runner.answering("squeue", """
                Welcome
                7_[0-9%2]|swath|cpu
                8|eve|cpu,gpu
                9_3|swath|gpu
                """);
        assertThat(cluster.backlog()).isEqualTo(Map.of("cpu", new Backlog(11, 10), "gpu", new Backlog(1, 1)));
    }
}
