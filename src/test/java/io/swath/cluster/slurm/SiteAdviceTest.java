package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiteAdviceTest {
    private static final String GOOD = """
            SLURM_VERSION = 24.11.5
            AccountingStorageType = accounting_storage/slurmdbd
            AccountingStorageEnforce = associations,limits,qos
            AccountingStorageTRES = cpu,mem,energy,node,billing,fs/disk,vmem,pages,gres/gpu,gres/shard
            JobAcctGatherType = jobacct_gather/cgroup
            SelectTypeParameters = CR_CORE_MEMORY
            DefMemPerCPU = 1000
            Epilog[0] = /bin/true
            """;
    private final FakeRunner runner = new FakeRunner();
    private final SlurmCluster cluster = new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.systemUTC());

    private List<String> advice(String configuration, String gres) {
        runner.answering("scontrol show config", configuration);
        runner.answering("scontrol show partition -o", "PartitionName=p State=UP");
        runner.answering(
                "scontrol show node -o", "NodeName=n CPUTot=4 RealMemory=8000 State=IDLE Partitions=p Gres=" + gres);
        runner.answering("sacctmgr", "");
        return cluster.advice();
    }

    @Test
    void a_cluster_in_which_all_is_set_needs_no_advice() {
        assertThat(advice(GOOD, "gpu:2,shard:8")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "DefMemPerCPU = 1000; DefMemPerCPU = UNLIMITED; gpu:2,shard:8; DefMemPerCPU is not set",
                "Epilog[0] = /bin/true; Epilog = (null); gpu:2,shard:8; Epilog is not set",
                ",limits; ''; gpu:2,shard:8; limits of accounts and QOS are not enforced",
                "/slurmdbd; /none; gpu:2,shard:8; there is no accounting database",
                "jobacct_gather/cgroup; (null); gpu:2,shard:8; JobAcctGatherType is not set",
                ",gres/shard; ''; gpu:2,shard:8; the use of gres/shard is not accounted for",
                ",gres/gpu; ''; gpu:2,shard:8; the use of gres/gpu is not accounted for",
                "x; x; gpu:2; partition p: its GPUs have no shards",
                "x; x; gpu:2,mps:200; the use of gres/mps is not accounted for",
            })
    void what_is_missing_or_unused_is_named_with_a_remedy(String set, String instead, String gres, String advice) {
        List<String> found = advice(GOOD.replace(set, instead), gres);
        assertThat(found)
                .singleElement()
                .asString()
                .contains(advice)
                .containsAnyOf("can set in slurm.conf: ", "can add");
    }

    @Test
    void slices_of_gpus_are_used_without_a_change() {
        assertThat(advice(GOOD, "gpu:a100_1g.10gb:7")).isEmpty();
    }

    @Test
    void what_the_scheduler_does_is_shown_with_its_defaults() {
        runner.answering("scontrol show reservation -o", new CommandResult(1, "", "No reservations in the system"));
        advice(
                GOOD + "SchedulerType = sched/backfill\nPriorityType = priority/multifactor\nMaxJobCount = 10000\n"
                        + "MinJobAge = 300 sec\nSchedulerParameters = batch_sched_delay=0,bf_interval=5,bf_continue\n"
                        + "SlurmctldParameters = enable_configless,rl_enable,rl_bucket_size=40\n",
                "gpu:1,shard:4");
        assertThat(cluster.notices())
                .containsExactly(
                        "scheduler sched/backfill, priority priority/multifactor: sched_interval=60 (default),"
                                + " default_queue_depth=100 (default), batch_sched_delay=0, bf_interval=5, bf_window=1440"
                                + " (default), bf_resolution=60 (default), bf_max_job_test=500 (default), bf_continue",
                        "controller: at most 10000 jobs of all users, ended jobs stay in the queue for 300 sec; rate"
                                + " limit: 2 RPCs in 1 s for each user, and 40 at once");
    }
}
