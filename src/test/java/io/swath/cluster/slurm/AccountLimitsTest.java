package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Accounts;
import io.swath.model.Request;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code doctor} reads before a scene is queued. The answers are those of a real 24.11.5. */
class AccountLimitsTest {
    private final FakeRunner runner = new FakeRunner();

    /** One that has asked nothing yet. */
    private SlurmCluster cluster() {
        return cluster("", "");
    }

    private SlurmCluster cluster(String account, String qos) {
        return new SlurmCluster(
                runner, "swath", account, qos, Duration.ofSeconds(5), Clock.systemUTC(), Optional.empty(), true);
    }

    @BeforeEach
    void answer() {
        runner.answering(
                "scontrol show config", "SLURM_VERSION = 24.11.5\nAccountingStorageEnforce = associations,limits,qos");
        runner.answering("scontrol show node -o", "NodeName=n1 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu");
        runner.answering("scontrol show partition -o", "PartitionName=cpu State=UP");
        runner.answering("sacctmgr -n -P show user", "Welcome\nswath|swath\n");
        association("swath", "", "lean,normal", "", "");
        groups("");
        qos("lean", "|mem=400M|||||");
    }

    /** The accounts above the user, the limits GrpTRES, GrpJobs and GrpSubmitJobs of one of them. */
    private void groups(String limits) {
        runner.answering(
                "sacctmgr -n -P show assoc where user= ",
                "root|||||\nscience||root|" + (limits.isEmpty() ? "||" : limits) + "\nswath||science|||\n");
    }

    /** An association with the limits GrpTRES, GrpJobs, GrpSubmitJobs, MaxTRES, MaxTRESPerNode, MaxJobs, MaxSubmitJobs, MaxWall. */
    private void association(String account, String partition, String qos, String defaultQos, String limits) {
        runner.answering(
                "sacctmgr -n -P show assoc where user=swath",
                String.join("|", account, partition, qos, defaultQos)
                        + "|" + (limits.isEmpty() ? "|".repeat(7) : limits)
                        + "\n");
    }

    /** A QOS with the limits GrpTRES, MaxTRES, MaxTRESPerNode, MaxTRESPerUser, MaxTRESPerAccount, MinTRES, MaxWall. */
    private void qos(String name, String limits) {
        runner.answering("sacctmgr -n -P show qos", "Welcome\n" + row("normal", "||||||") + row(name, limits));
    }

    private static String row(String name, String limits) {
        String[] cells = limits.split("\\|", -1);
        return String.join("|", name, "", cells[0], "", "", cells[1], cells[2], cells[3], cells[4]) + "|||||" + cells[5]
                + "|" + cells[6] + "\n";
    }

    private static Request request() {
        return new Request("cpu", 2, 600, Duration.ofMinutes(30), 0, 1, List.of());
    }

    @Test
    void a_limit_that_no_task_fits_is_named_with_what_the_task_asks_for() {
        assertThat(cluster().obstacles(request(), "", "lean"))
                .containsExactly("a task never starts: QOS lean has MaxTRES=mem=400M, and it asks for mem=600M. Ask for"
                        + " less in the recipe, use another QOS or account, or have the limit raised (sacctmgr)");
        assertThat(cluster().obstacles(request(), "", "normal")).isEmpty();
        assertThat(cluster().obstacles(request(), "", "")).isEmpty();
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
        association("swath", "", "q", "q", "");
        List<String> obstacles = cluster().obstacles(request(), "", "");
        assertThat(obstacles).hasSize(broken.isEmpty() ? 0 : 1);
        assertThat(String.join("", obstacles)).contains(broken);
    }

    @Test
    void memory_that_is_not_requested_breaks_no_limit() {
        Request request = new Request("cpu", 2, 0, Duration.ofMinutes(30), 0, 0, List.of());
        assertThat(cluster().obstacles(request, "", "lean")).isEmpty();
    }

    @Test
    void an_account_or_a_qos_that_the_user_may_not_use_is_named() {
        assertThat(cluster().obstacles(request(), "eo", ""))
                .singleElement()
                .asString()
                .contains(
                        "no association with account eo (slurm.account, or request.account of the recipe)",
                        "sacctmgr add user");
        assertThat(cluster().obstacles(request(), "swath", "gold"))
                .singleElement()
                .asString()
                .contains(
                        "account swath may not use QOS gold (slurm.qos, nightly.qos, or request.qos of the recipe), only lean, normal");
    }

    @Test
    void a_limit_of_the_partitions_qos_comes_before_that_of_the_job_and_of_the_account() {
        runner.answering("scontrol show partition -o", "PartitionName=cpu State=UP QoS=big");
        association("swath", "", "lean,normal", "lean", "cpu=1|||||||");
        runner.answering(
                "sacctmgr -n -P show qos",
                row("lean", "|mem=400M|||||") + row("big", "cpu=64|mem=2G|||||") + row("normal", "||||||"));
        assertThat(cluster().obstacles(request(), "", "")).isEmpty();
        runner.answering(
                "sacctmgr -n -P show qos",
                row("lean", "|mem=400M|||||").replace("lean||", "lean|DenyOnLimit,OverPartQOS|")
                        + row("big", "cpu=64|mem=2G|||||"));
        assertThat(cluster().obstacles(request(), "", ""))
                .singleElement()
                .asString()
                .contains("QOS lean has MaxTRES=mem=400M");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "|||||||; ||||||; ||; 16", // 4 nodes of 4 CPUs, 1 CPU a task
                "cpu=6|||||||; ||||||; ||; 6",
                "|5||||||; ||||||; ||; 5",
                "|||||3||; ||||||; ||; 3",
                "||||||9|; ||||||; ||; 16", // MaxSubmitJobs is about the queue
                "|||||||; |||mem=3G|||; ||; 3", // MaxTRESPerUser
                "cpu=2|||||||; cpu=8||||||; ||; 8", // the QOS comes first
                "|||||||; ||||||; cpu=7||; 7", // the account above
                "cpu=6|||||||; ||||||; |5|; 5", // both count
                "|||||||; cpu=9||||||; cpu=7||; 9", // the QOS comes first
            })
    void the_limits_of_account_and_qos_lower_how_many_tasks_run_at_once(
            String association, String ofQos, String above, int slots) {
        runner.answering("scontrol show node -o", """
                NodeName=n1 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu
                NodeName=n2 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu
                NodeName=n3 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu
                NodeName=n4 CPUTot=4 RealMemory=8000 State=IDLE Partitions=cpu
                """);
        association("swath", "", "q", "q", association);
        qos("q", ofQos);
        groups(above);
        Request request = new Request("cpu", 1, 1024, Duration.ofMinutes(30), 0, 0, List.of());
        assertThat(cluster().capabilities().slots(request)).isEqualTo(slots);
    }

    @Test
    void the_limits_of_the_account_and_qos_in_the_settings_count_for_jobs_that_name_none() {
        runner.answering(
                "sacctmgr -n -P show assoc where user=swath",
                "swath||lean,normal|||||||1||\neo||lean,normal|||3||||||\n");
        runner.answering("sacctmgr -n -P show qos", row("normal", "||||||") + row("lean", "cpu=2||||||"));
        Request request = new Request("cpu", 1, 600, Duration.ofMinutes(30), 0, 0, List.of());
        assertThat(cluster().capabilities().slots(request)).isEqualTo(1);
        assertThat(cluster("eo", "").capabilities().slots(request)).isEqualTo(3);
        assertThat(cluster("eo", "lean").capabilities().slots(request)).isEqualTo(2);
        assertThat(cluster("eo", "").obstacles(request, "eo", "gold")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "AllowAccounts=ALL AllowQos=ALL; ''; ''",
                "AllowAccounts=eo,SWATH; ''; ''",
                "AllowAccounts=eo; ''; account swath may not use partition cpu, which has AllowAccounts=eo",
                "AllowAccounts=eo; eo; ''",
                "AllowAccounts=eo; EO; ''",
                "DenyAccounts=swath; ''; account swath may not use partition cpu, which has DenyAccounts=swath",
                "AllowQos=lean; ''; partition cpu does not take jobs of QOS normal, because it has AllowQos=lean",
                "DenyQos=lean; ''; ''",
                "RootOnly=YES; ''; partition cpu is not open to Swath's user: RootOnly=YES",
            })
    void a_partition_that_the_account_or_qos_may_not_use_is_named(String access, String account, String problem) {
        runner.answering("scontrol show partition -o", "PartitionName=cpu State=UP " + access);
        runner.answering(
                "sacctmgr -n -P show assoc where user=swath",
                "swath||lean,normal|||||||||\neo||lean,normal|||||||||\n");
        List<String> obstacles = cluster().obstacles(request(), account, "");
        assertThat(obstacles).hasSize(problem.isEmpty() ? 0 : 1);
        assertThat(String.join("", obstacles)).startsWith(problem);
    }

    @Test
    void a_partition_for_other_groups_is_the_one_that_slurm_does_not_show() {
        runner.answering(
                "scontrol show partition -o -a",
                "PartitionName=cpu State=UP AllowGroups=eo,ops\nPartitionName=open State=UP AllowGroups=ALL");
        runner.answering("scontrol show partition -o", "PartitionName=open State=UP AllowGroups=ALL");
        assertThat(cluster().obstacles(request(), "", "normal"))
                .singleElement()
                .asString()
                .contains("partition cpu is not open to Swath's user: AllowGroups=eo,ops, and Slurm does not show it");
        FakeRunner member = new FakeRunner()
                .answering("scontrol show config", "SLURM_VERSION = 24.11.5")
                .answering("scontrol show node -o", "NodeName=n1 State=IDLE Partitions=cpu")
                .answering("scontrol show partition -o", "PartitionName=cpu State=UP AllowGroups=eo,ops");
        SlurmCluster open = new SlurmCluster(member, "swath", Duration.ofSeconds(5), Clock.systemUTC());
        assertThat(open.obstacles(request(), "", "")).isEmpty();
    }

    @Test
    void a_cluster_without_an_accounting_database_is_not_asked_for_accounts() {
        runner.answering(
                "scontrol show config",
                "SLURM_VERSION = 22.05.8\nAccountingStorageType = accounting_storage/none\n"
                        + "AccountingStorageEnforce = limits");
        assertThat(cluster().obstacles(request(), "", "lean")).isEmpty();
        assertThat(runner.sent).noneMatch(argv -> argv.get(0).equals("sacctmgr"));
    }

    @Test
    void the_shape_is_known_while_the_accounting_database_is_down() {
        runner.answering("sacctmgr", new CommandResult(1, "", "sacctmgr: error: Connection refused"));
        for (String query : List.of("user", "assoc where user=swath", "assoc where user= ", "qos")) {
            runner.answering("sacctmgr -n -P show " + query, new CommandResult(1, "", "sacctmgr: error: refused"));
        }
        Request request = new Request("cpu", 1, 600, Duration.ofMinutes(30), 0, 0, List.of());
        SlurmCluster cluster = cluster();
        assertThat(cluster.capabilities().slots(request)).isEqualTo(4);
        assertThat(cluster.capabilities().accounts()).isEqualTo(Accounts.UNKNOWN);
        assertThat(cluster.advice()).last().asString().contains("could not be read", "sacctmgr: error: refused");
    }

    @Test
    void limits_do_not_count_on_a_cluster_that_does_not_enforce_them() {
        runner.answering("scontrol show config", "SLURM_VERSION = 24.11.5\nAccountingStorageEnforce = none");
        assertThat(cluster().obstacles(request(), "", "lean")).isEmpty();
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
        assertThat(cluster().obstacles(request(), "", ""))
                .singleElement()
                .asString()
                .startsWith("partition cpu is DOWN");
        assertThat(cluster().notices())
                .endsWith(
                        "node n1 is IDLE+DRAIN (bad disk [root@2026-11-26T02:17:58]), so no job starts on it",
                        "reservation maint (MAINT,SPEC_NODES): nodes cpu1 from 2026-11-26T04:04:33 to"
                                + " 2026-11-26T05:04:33 UTC. Jobs that would run into it wait until it ends");
        runner.answering("scontrol show reservation -o", new CommandResult(1, "", "No reservations in the system"));
        assertThat(cluster().notices()).noneMatch(notice -> notice.startsWith("reservation"));
    }
}
