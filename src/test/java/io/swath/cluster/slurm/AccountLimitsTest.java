package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Request;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code doctor} reads before a scene is queued. The answers are those of a real 24.11.5. */
class AccountLimitsTest {
    private final FakeRunner runner = new FakeRunner();
    private final SlurmCluster cluster = new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.systemUTC());

    @BeforeEach
    void answer() {
        runner.answering(
                "scontrol show config", "SLURM_VERSION = 24.11.5\nAccountingStorageEnforce = associations,limits,qos");
        runner.answering("scontrol show node -o", "NodeName=n1 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu");
        runner.answering("scontrol show partition -o", "PartitionName=cpu State=UP");
        runner.answering("sacctmgr -n -P show assoc", "swath||lean,normal|||||\n");
        qos("lean", "|mem=400M|||||");
    }

    private void qos(String name, String limits) {
        runner.answering("sacctmgr -n -P show qos", "Welcome\nnormal|||||||\n" + name + "|" + limits + "\n");
    }

    private static Request request() {
        return new Request("cpu", 2, 600, Duration.ofMinutes(30), 0, 1, List.of());
    }

    @Test
    void a_limit_that_no_task_fits_is_named_with_what_the_task_asks_for() {
        assertThat(cluster.obstacles(request(), "", "lean"))
                .containsExactly("a task never starts: QOS lean has MaxTRES=mem=400M, and it asks for mem=600M. Ask for"
                        + " less in the recipe, use another QOS or account, or have the limit raised (sacctmgr)");
        assertThat(cluster.obstacles(request(), "", "normal")).isEmpty();
        assertThat(cluster.obstacles(request(), "", "")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "cpu=1||||||; GrpTRES=cpu=1",
                "cpu=2||||||; ''",
                "|cpu=4,mem=600M|||||; ''",
                "|cpu=4,mem=0.5G|||||; MaxTRES=cpu=4,mem=0.5G",
                "||mem=599M||||; MaxTRESPerNode=mem=599M",
                "|||gres/shard=0|||; MaxTRESPerUser=gres/shard=0",
                "||||cpu=1||; MaxTRESPerAccount=cpu=1",
                "|||||gres/gpu=1|; MinTRES=gres/gpu=1",
                "||||||00:29:59; MaxWall=00:29:59",
                "||||||00:30:00; ''",
            })
    void each_limit_that_one_task_alone_can_break_is_compared(String limits, String broken) {
        qos("q", limits);
        runner.answering("sacctmgr -n -P show assoc", "swath||q|q||||\n");
        List<String> obstacles = cluster.obstacles(request(), "", "");
        assertThat(obstacles).hasSize(broken.isEmpty() ? 0 : 1);
        assertThat(String.join("", obstacles)).contains(broken);
    }

    @Test
    void memory_that_is_not_requested_breaks_no_limit() {
        Request request = new Request("cpu", 2, 0, Duration.ofMinutes(30), 0, 0, List.of());
        assertThat(cluster.obstacles(request, "", "lean")).isEmpty();
    }

    @Test
    void an_account_or_a_qos_that_the_user_may_not_use_is_named() {
        assertThat(cluster.obstacles(request(), "eo", ""))
                .singleElement()
                .asString()
                .contains("no association with account eo (slurm.account)", "sacctmgr add user");
        assertThat(cluster.obstacles(request(), "swath", "gold"))
                .singleElement()
                .asString()
                .contains("account swath may not use QOS gold (slurm.qos), only lean, normal");
    }

    @Test
    void limits_do_not_count_on_a_cluster_that_does_not_enforce_them() {
        runner.answering("scontrol show config", "SLURM_VERSION = 24.11.5\nAccountingStorageEnforce = none");
        assertThat(cluster.obstacles(request(), "", "lean")).isEmpty();
    }

    @Test
    void a_closed_partition_is_an_obstacle_and_drained_nodes_and_reservations_are_noticed() {
        runner.answering("scontrol show partition -o", "PartitionName=cpu State=DOWN");
        runner.answering(
                "scontrol show node -o",
                "NodeName=n1 RealMemory=8000 State=IDLE+DRAIN Partitions=cpu Reason=bad disk [root@2026-11-26T02:17:58]");
        runner.answering(
                "scontrol show reservation -o",
                "ReservationName=maint StartTime=2026-11-26T04:04:33 EndTime=2026-11-26T05:04:33 Duration=01:00:00"
                        + " Nodes=cpu1 NodeCnt=1 CoreCnt=4 Features=(null) PartitionName=(null) Flags=MAINT,SPEC_NODES");
        assertThat(cluster.obstacles(request(), "", ""))
                .singleElement()
                .asString()
                .startsWith("partition cpu is DOWN");
        assertThat(cluster.notices())
                .containsExactly(
                        "node n1 is IDLE+DRAIN (bad disk [root@2026-11-26T02:17:58]), so no job starts on it",
                        "reservation maint (MAINT,SPEC_NODES): nodes cpu1 from 2026-11-26T04:04:33 to"
                                + " 2026-11-26T05:04:33 UTC. Jobs that would run into it wait until it ends");
        runner.answering("scontrol show reservation -o", new CommandResult(1, "", "No reservations in the system"));
        assertThat(cluster.notices()).hasSize(1);
    }
}
