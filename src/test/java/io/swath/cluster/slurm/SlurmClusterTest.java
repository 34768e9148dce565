package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.ClusterException;
import io.swath.cluster.DeniedException;
import io.swath.cluster.SchedulerStarts;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.model.Tres;
import io.swath.testing.TestClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers are from real clusters (24.11.5 and 22.05.8), shortened; {@code |} replaces the unit separator. */
class SlurmClusterTest {
    private static final Instant SINCE = Instant.parse("2026-11-23T19:00:00Z");
    private static final String ENDED =
            "|2026-11-23T19:00:54|2026-11-23T19:00:57|2026-11-23T19:00:57|2026-11-23T19:01:02|5|1|"
                    + "billing=1,cpu=1,mem=50M,node=1|billing=1,cpu=1,mem=50M,node=1|cpu1|cpu|None|swath|0|swath-slow\n";

    private final FakeRunner runner = new FakeRunner().answering("sacct --helpformat", "JobID Restarts SLUID\nState");
    private final SlurmCluster cluster =
            new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.fixed(SINCE, ZoneOffset.UTC));

    private static String sacct(String lines) {
        return lines.replace("|", Sacct.SEPARATOR);
    }

    private List<TaskStatus> states(String lines) {
        runner.answering("sacct -n", sacct(lines));
        List<TaskStatus> rows = new ArrayList<>();
        cluster.states(List.of("11"), SINCE, rows::add);
        return rows;
    }

    @Test
    void sdiag_tells_how_many_jobs_were_started_by_backfill_since_when() {
        runner.answering("sdiag", """
                *******************************************************
                sdiag output at Thu Nov 26 23:22:56 2026 (1795735376)
                Data since      Thu Nov 26 00:00:00 2026 (1795651200)
                *******************************************************
                Jobs submitted: 70
                Jobs started:   60
                Jobs completed: 58
                Backfilling stats
                \tTotal backfilled jobs (since last slurm start): 912
                \tTotal backfilled jobs (since last stats cycle start): 17
                \tTotal backfilled heterogeneous job components: 0
                """);

        assertThat(cluster.starts()).contains(new SchedulerStarts(Instant.parse("2026-11-26T00:00:00Z"), 60, 17));
    }

    @Test
    void the_pending_tasks_of_an_array_are_resized_and_the_started_ones_are_no_error() {
        runner.answering("scontrol update", new CommandResult(1, "", "14_0-2: Job is no longer pending execution\n"));

        cluster.resizeWaiting("14", 700);

        assertThat(runner.sent).last().isEqualTo(List.of("scontrol", "update", "JobId=14", "MinMemoryNode=700"));
        runner.answering("scontrol update", new CommandResult(1, "", "Access/permission denied for job 14\n"));
        assertThatThrownBy(() -> cluster.resizeWaiting("14", 700)).isInstanceOf(ClusterException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "'billing=1,cpu=1,mem=600M,node=1', 600",
        "'cpu=2,mem=4G,node=2', 2048",
        "'cpu=1,mem=1.50G,node=1,gres/gpu=1', 1536",
        "'cpu=1,node=1',",
        "'cpu=1,mem=600M',",
        "'',"
    })
    void the_memory_that_a_task_asked_for_is_in_its_tres(String tres, Integer mebibytes) {
        assertThat(new Tres(tres, "").requestedMiBPerNode()).isEqualTo(Optional.ofNullable(mebibytes));
    }

    @Test
    void a_site_that_forbids_sdiag_is_an_error_and_not_zero_starts() {
        runner.answering("sdiag", new CommandResult(1, "", "sdiag: error: Access/permission denied"));

        assertThatThrownBy(cluster::starts).isInstanceOf(ClusterException.class).hasMessageContaining("denied");
    }

    @Test
    void an_overload_of_slurm_is_told_until_it_ends() {
        TestClock clock = new TestClock();
        runner.answering(
                "sdiag", new CommandResult(1, "", "slurm_get_statistics: Socket timed out on send/recv operation"));
        SlurmCluster limited =
                new SlurmCluster(runner, "swath", "", "", Duration.ofSeconds(5), clock, Optional.empty(), true, 120);
        assertThat(limited.overload()).isEmpty();

        assertThatThrownBy(limited::starts).isInstanceOf(ClusterException.class);

        assertThat(limited.overload()).get().asString().contains("sdiag: ", "at most 60 commands a minute");
        clock.forward(Duration.ofMinutes(5));
        assertThat(limited.overload()).isEmpty();
    }

    @Test
    void states_are_read_with_one_query_without_steps_in_a_time_window() {
        states("");
        assertThat(runner.sent).last().satisfies(argv -> {
            assertThat(argv).contains("-X", "-D", "-P", "-n", "--noconvert").endsWith("-D", "-j", "11");
            assertThat(argv).containsSequence("-S", "now-25hours", "-E", "now");
            assertThat(argv.get(argv.indexOf("-o") + 1)).endsWith(",Restarts,JobName");
        });
    }

    @Test
    void restarts_are_not_requested_from_a_sacct_without_that_field() {
        runner.answering("sacct --helpformat", "JobID JobName State");
        states("");
        assertThat(runner.sent)
                .last()
                .satisfies(argv -> assertThat(argv.get(argv.indexOf("-o") + 1)).doesNotContain("Restarts"));
    }

    @Test
    void the_first_word_of_a_state_cell_is_the_state() {
        TaskStatus row = states("11_0|18|CANCELLED by 1000|0:0" + ENDED).get(0);
        assertThat(row.phase()).isEqualTo(Phase.CANCELLED);
        assertThat(row.clusterState()).isEqualTo("CANCELLED");
        assertThat(row.state().detail()).isEqualTo("by 1000");
        assertThat(row.jobId()).isEqualTo("11");
        assertThat(row.task().indices()).containsExactly(0);
        assertThat(row.task().id()).isEqualTo("11_0");
        assertThat(row.task().rawId()).isEqualTo("18");
        assertThat(row.timing().started()).contains(Instant.parse("2026-11-23T19:00:57Z"));
        assertThat(row.timing().ended()).contains(Instant.parse("2026-11-23T19:01:02Z"));
        assertThat(row.timing().elapsedSeconds()).contains(5L);
        assertThat(row.allocation().node()).isEqualTo("cpu1");
        assertThat(row.reason()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETED,0:0,COMPLETED,0,",
        "FAILED,3:0,FAILED,3,",
        "FAILED,0:9,FAILED,0,9",
        "TIMEOUT,0:0,TIMEOUT,0,",
        "OUT_OF_MEMORY,0:125,OUT_OF_MEMORY,0,125",
        "NODE_FAIL,1:0,NODE_FAIL,1,",
        "PREEMPTED,0:0,PREEMPTED,0,",
        "DEADLINE,0:0,CANCELLED,0,",
        "CANCELLED+,0:0,CANCELLED,0,",
        "RUNNING,0:0,RUNNING,,",
        "COMPLETING,0:0,RUNNING,,",
        "REQUEUED,0:0,REQUEUED,,",
        "SUSPENDED,0:0,SUSPENDED,,",
        "REQUEUE_HOLD,0:0,PENDING,,",
        "SPECIAL_EXIT,0:0,PENDING,,",
        "FULL_MOON,0:0,UNKNOWN,,",
    })
    void each_state_has_its_phase_and_an_unknown_state_is_not_an_end(
            String state, String exit, Phase phase, Integer code, Integer signal) {
        TaskStatus row = states("11_0|18|" + state + "|" + exit + ENDED).get(0);
        assertThat(row.phase()).isEqualTo(phase);
        assertThat(row.exit().code()).isEqualTo(Optional.ofNullable(code));
        assertThat(row.exit().signal()).isEqualTo(Optional.ofNullable(signal));
        assertThat(Phase.UNKNOWN.ended()).isFalse();
    }

    @Test
    void a_pending_range_covers_all_its_tasks() {
        List<TaskStatus> rows = states("13_[0-2,7%2]|13|PENDING|0:0|2026-11-23T19:00:54|Unknown|Unknown|Unknown|0|0|"
                + "billing=1,cpu=1,mem=50M,node=1||None assigned|cpu|None|swath|0|swath-held\n"
                + "14_[1,3,...]|14|PENDING|0:0|2026-11-23T19:00:54|Unknown|None|None|0|0|"
                + "||None assigned|cpu|None|swath|0|swath-held\n");
        assertThat(rows.get(0).task().indices()).containsExactly(0, 1, 2, 7);
        assertThat(rows.get(0).task().range()).isTrue();
        assertThat(rows.get(0).timing().started()).isEmpty();
        assertThat(rows.get(0).allocation().cpus()).isEmpty();
        assertThat(rows.get(0).allocation().node()).isEmpty();
        assertThat(rows.get(1).task().indices()).isEmpty();
        assertThat(rows.get(1).task().range()).isTrue();
    }

    @Test
    void a_requeued_task_has_a_row_for_each_of_its_runs() {
        assertThat(states("11_0|18|NODE_FAIL|0:0" + ENDED + "11_0|18|COMPLETED|0:0" + ENDED))
                .extracting(TaskStatus::phase)
                .containsExactly(Phase.NODE_FAIL, Phase.COMPLETED);
    }

    @Test
    void jobs_of_other_users_and_programs_are_left_out() {
        assertThat(states("11_0|18|FAILED|1:0" + ENDED.replace("|swath|", "|alice|") + "11_0|18|FAILED|1:0"
                        + ENDED.replace("swath-slow", "simulation")))
                .isEmpty();
        assertThat(cluster.unreadableRows()).isZero();
    }

    @Test
    void lines_that_are_not_rows_of_sacct_are_ignored_and_counted() {
        String good = "11_0|18|COMPLETED|0:0" + ENDED;
        assertThat(states("** maintenance tonight **\n" + good + "Good bye\n")).hasSize(1);
        assertThat(cluster.unreadableRows()).isEqualTo(2);
    }

    @Test
    void an_answer_truncated_within_a_row_is_an_error() {
        String good = "11_0|18|COMPLETED|0:0" + ENDED;
        assertThatThrownBy(() -> states(good + "11_1|19|COMPLETED|0:0|2026-11-2"))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("ends in the middle of the row of 11_1");
        runner.answering("sacct -n", sacct("11_0|swa")).answering("squeue", "");
        assertThatThrownBy(() -> cluster.usage(List.of("11_0"), SINCE)).isInstanceOf(ClusterException.class);
        assertThatThrownBy(() -> cluster.find(List.of("swath-slow"), SINCE)).isInstanceOf(ClusterException.class);
    }

    /** After timeout, a signal or a broken connection, the rows until then look like a complete answer. */
    @ParameterizedTest
    @ValueSource(ints = {124, 137, 141, 255})
    void an_answer_truncated_between_rows_is_an_error(int exit) {
        runner.answering("sacct -n", new CommandResult(exit, sacct("11_0|18|COMPLETED|0:0" + ENDED), ""));
        assertThatThrownBy(() -> cluster.states(List.of("11"), SINCE, row -> {}))
                .isInstanceOf(ClusterException.class);
    }

    @Test
    void a_truncated_answer_of_the_queue_is_an_error() {
        runner.answering("squeue", "| Welcome | to | the | login | node |\n12_4|swath|swath-dep\n12_[0-3]|swa");
        assertThatThrownBy(() -> cluster.find(List.of("swath-dep"), SINCE))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("ends in the middle of the row of 12_[0-3]");
        runner.answering("squeue", "13_[0-2%4]|PENDING|(Resou");
        assertThatThrownBy(() -> cluster.waiting(List.of("13"))).isInstanceOf(ClusterException.class);
    }

    @Test
    void an_accounting_database_that_is_down_is_an_error_and_not_an_empty_answer() {
        String complaint = "sacct: error: Problem talking to the database: Connection refused\n";
        for (int exit : new int[] {0, 1}) {
            runner.answering("sacct -n", new CommandResult(exit, "", complaint));
            assertThatThrownBy(() -> cluster.states(List.of("11"), SINCE, row -> {}))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("Problem talking to the database");
        }
    }

    @Test
    void a_long_list_of_ids_is_split_into_several_commands() {
        runner.answering("sacct -n", "");
        cluster.states(
                IntStream.range(0, 20_000).mapToObj(index -> "1000" + index).toList(), SINCE, row -> {});
        assertThat(runner.sent)
                .hasSize(4)
                .allSatisfy(argv -> assertThat(ShellLine.of(new Command(argv, "ask"), Duration.ofSeconds(60)))
                        .hasSizeLessThan(100_000));
        assertThat(cluster.commandsSent()).containsEntry("sacct", 4L);
    }

    @Test
    void without_jobs_no_command_is_sent() {
        cluster.states(List.of(), SINCE, row -> {});
        cluster.cancel(List.of());
        assertThat(cluster.usage(List.of(), SINCE)).isEmpty();
        assertThat(cluster.waiting(List.of())).isEmpty();
        assertThat(runner.sent).allSatisfy(argv -> assertThat(argv).contains("--helpformat"));
    }

    @Test
    void usage_is_read_from_the_rows_of_the_steps() {
        runner.answering("sacct -n", sacct("""
                        20_0|COMPLETED|0:0|00:00.009||||50M|swath|swath-odd
                        20_0.batch|COMPLETED|0:0|00:00.009|4939776|cpu=00:00:00,energy=0,mem=4939776|cpu=00:00:00,mem=4939776|||batch
                        24_0|FAILED|0:9|00:00.271||||60M|swath|swath-mem
                        24_0.batch|CANCELLED by 0|0:9|00:00.271|322785280|cpu=00:00:01,mem=322785280|cpu=00:00:01,mem=322785280|||batch
                        25_0|TIMEOUT|0:0|1-02:03:04||||50M|swath|swath-to
                        25_0.batch|CANCELLED|0:15|00:00.006||energy=0||||batch
                        26_0|CANCELLED by 1000|0:0|00:00:00||||50M|swath|swath-ca
                        26_0.batch|CANCELLED|0:9|00:00:00|4722688||||| batch
                        27_0|OUT_OF_MEMORY|0:125|00:01.500||||50M|swath|swath-oom
                        27_0.batch|OUT_OF_MEMORY|0:125|00:01.500|100K|cpu=00:00:01,mem=800K|mem=100K|||batch
                        28_0|COMPLETED|0:0|00:01.500||||50M|alice|swath-oom
                        """));
        Map<String, TaskUsage> usage =
                cluster.usage(List.of("20_0", "24_0", "25_0", "26_0", "27_0", "28_0", "29_0"), SINCE);
        assertThat(usage).containsOnlyKeys("20_0", "24_0", "25_0", "26_0", "27_0");
        assertThat(usage.get("20_0")).isEqualTo(new TaskUsage(Optional.of(4824L), Optional.of(9L), false));
        assertThat(usage.get("24_0").memoryKiB()).contains(315220L);
        assertThat(usage.get("24_0").cpuMillis()).contains(1000L);
        assertThat(usage.get("24_0").killedForMemory()).isTrue();
        assertThat(usage.get("25_0"))
                .isEqualTo(new TaskUsage(
                        Optional.empty(),
                        Optional.of(Duration.parse("P1DT2H3M4S").toMillis()),
                        false));
        assertThat(usage.get("26_0").killedForMemory()).isFalse();
        assertThat(usage.get("26_0").cpuMillis()).isEmpty();
        assertThat(usage.get("27_0")).isEqualTo(new TaskUsage(Optional.of(800L), Optional.of(1500L), true));
        assertThat(runner.sent).last().satisfies(argv -> assertThat(argv).doesNotContain("-X"));
    }

    @Test
    void submissions_are_found_in_queue_and_accounting_with_the_oldest_first() {
        runner.answering("squeue", """
                110_4|swath|swath-dep
                110_[0-3]|swath|swath-dep
                13|alice|swath-dep
                """);
        runner.answering("sacct", sacct("""
                        110_4|swath|swath-dep
                        15_0|swath|swath-dep
                        16_0|swath|swath-other
                        """));
        assertThat(cluster.find(List.of("swath-dep", "swath-gone"), SINCE))
                .isEqualTo(Map.of("swath-dep", List.of("15", "110")));
        assertThat(runner.sent.get(0)).contains("--name=swath-dep,swath-gone");
        assertThat(runner.sent.get(1)).containsSequence("--name", "swath-dep,swath-gone");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "slurm_load_jobs error: Socket timed out on send/recv operation",
                "slurm_load_jobs error: Rate limit exceeded, please retry momentarily",
                "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
            })
    void a_queue_that_does_not_answer_is_an_error_and_not_an_empty_queue(String complaint) {
        for (int exit : new int[] {0, 1}) {
            runner.answering("squeue", new CommandResult(exit, "", complaint.replace("error", "squeue: error")));
            assertThatThrownBy(() -> cluster.find(List.of("swath-dep"), SINCE)).isInstanceOf(ClusterException.class);
            assertThatThrownBy(() -> cluster.waiting(List.of("12"))).isInstanceOf(ClusterException.class);
        }
    }

    /** An hour, a month, and a clock that was set back since then. */
    @ParameterizedTest
    @CsvSource({"PT1H, now-26hours", "P30D, now-745hours", "PT-3H, now-25hours"})
    void the_time_window_is_relative_to_the_clock_of_slurm(Duration age, String begin) {
        runner.answering("sacct -n", "");
        cluster.states(List.of("11"), SINCE.minus(age), row -> {});
        assertThat(runner.sent).last().satisfies(argv -> assertThat(argv).containsSequence("-S", begin, "-E", "now"));
    }

    @Test
    void the_queue_shows_why_tasks_wait_and_which_were_cancelled() {
        runner.answering("squeue", """
                12_4|PENDING|Dependency|N/A|swath-dep
                12_3|CANCELLED|DependencyNeverSatisfied|N/A|swath-dep
                12_2|REQUEUE_HOLD|(JobHeldAdmin)|N/A|swath-dep
                12_1|SPECIAL_EXIT|(JobHeldUser)|N/A|swath-dep
                13_[0-2%4]|PENDING|(Resources)|2026-11-23T19:30:00|swath-held
                14_0|RUNNING|None|2026-11-23T19:00:57|swath-else
                15|PENDING|Priority|N/A|simulation
                """);
        assertThat(cluster.waiting(List.of("12", "13", "99")))
                .containsExactly(
                        new Waiting("12", "swath-dep", List.of(4), "PENDING", "Dependency", Optional.empty()),
                        new Waiting(
                                "12",
                                "swath-dep",
                                List.of(3),
                                "CANCELLED",
                                "DependencyNeverSatisfied",
                                Optional.empty()),
                        new Waiting("12", "swath-dep", List.of(2), "REQUEUE_HOLD", "JobHeldAdmin", Optional.empty()),
                        new Waiting("12", "swath-dep", List.of(1), "SPECIAL_EXIT", "JobHeldUser", Optional.empty()),
                        new Waiting(
                                "13",
                                "swath-held",
                                List.of(0, 1, 2),
                                "PENDING",
                                "Resources",
                                Optional.of(Instant.parse("2026-11-23T19:30:00Z"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Invalid job id specified for job 999999\nslurm_suspend error: Invalid job id specified",
                "Invalid job id specified for job 999999\nslurm_suspend error: No error",
                "13_0-4: Job is pending execution",
                "452_0-1,3: No error\n452_2: Job has already finished",
                "11_0-2: Job is not suspended",
                "11_0-2: Job has already finished",
                "11_0-2: Job/step already completing or completed",
                "Unexpected message received for job 999999"
            })
    void jobs_on_which_the_action_is_not_needed_are_no_error(String stderr) {
        runner.answering("scontrol", new CommandResult(1, "", stderr));
        cluster.suspend(List.of("11", "999999"));
        assertThat(runner.sent).containsExactly(List.of("scontrol", "suspend", "11,999999"));
    }

    @Test
    void an_action_that_is_denied_or_not_answered_is_an_error() {
        for (String stderr : List.of(
                "Access/permission denied for job 11", "slurm_suspend error: Unable to contact slurm controller", "")) {
            runner.answering("scontrol", new CommandResult(1, "", stderr));
            assertThatThrownBy(() -> cluster.suspend(List.of("11")))
                    .isExactlyInstanceOf(stderr.startsWith("Access") ? DeniedException.class : ClusterException.class);
        }
    }

    @Test
    void each_action_has_its_slurm_command() {
        runner.answering("scontrol", "").answering("scancel", "");
        cluster.cancel(List.of("1", "2_3"));
        cluster.hold(List.of("1"));
        cluster.release(List.of("1"));
        cluster.resume(List.of("1"));
        assertThat(runner.sent)
                .containsExactly(
                        List.of("scancel", "1", "2_3"),
                        List.of("scontrol", "uhold", "1"),
                        List.of("scontrol", "release", "1"),
                        List.of("scontrol", "resume", "1"));
    }

    @Test
    void capabilities_are_read_from_scontrol_and_kept() {
        runner.answering("scontrol show config", """
                Configuration data as of 2026-11-23T19:00:54
                MaxArraySize            = 1001
                SchedulerParameters     = batch_sched_delay=0,bf_interval=5
                SLURM_VERSION           = 24.11.5

                Slurmctld(primary) at mgmt is UP
                """);
        runner.answering("scontrol show node -o", """
                NodeName=cpu1 Arch=x86_64 CPUAlloc=0 CPUEfctv=4 CPUTot=4 Gres=(null) OS=Linux 6.18.44 #1 SMP @0 RealMemory=8000 Partitions=cpu,all
                NodeName=gpu4 Arch=x86_64 CPUEfctv=8 CPUTot=8 Gres=gpu:a100:2(S:0-1),shard:a100:8(S:0-1) RealMemory=16000 MemSpecLimit=1000 Partitions=gpu,all
                """);
        runner.answering("scontrol show partition -o", """
                PartitionName=cpu AllowGroups=ALL Default=YES MaxTime=1-00:00:00 MaxCPUsPerNode=UNLIMITED State=UP MaxMemPerNode=UNLIMITED
                PartitionName=gpu AllowGroups=ALL Default=NO MaxTime=UNLIMITED MaxCPUsPerNode=6 State=UP MaxMemPerNode=12000
                """);
        Capabilities capabilities = cluster.capabilities();
        assertThat(capabilities.name()).isEqualTo("slurm 24.11.5");
        assertThat(capabilities.maxArraySize()).isEqualTo(1001);
        assertThat(capabilities.partitions())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("kinds", "rules")
                .containsExactly(
                        new Partition("cpu", true, 1, 4, 8000, 0, 0, Optional.of(Duration.ofDays(1))),
                        new Partition("gpu", false, 1, 6, 12000, 2, 4, Optional.empty()));
        assertThat(cluster.capabilities()).isSameAs(capabilities);
        assertThat(runner.sent).hasSize(4);
    }

    private Partition partition(String parameters, String node, String partition) {
        runner.answering(
                "scontrol show config",
                "SLURM_VERSION = 23.02.7\n"
                        + (parameters.isEmpty() ? "" : "SelectTypeParameters = " + parameters + "\n"));
        runner.answering("scontrol show node -o", node);
        runner.answering("scontrol show partition -o", partition);
        return cluster.capabilities().partitions().get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "CR_CORE_MEMORY; RealMemory=8000; NONE; 8000;",
                "CR_CPU_MEMORY; RealMemory=8000; NONE; 8000;",
                "CR_MEMORY; RealMemory=8000; NONE; 8000;",
                "''; RealMemory=8000; NONE; 8000;",
                "CR_CORE; RealMemory=8000; NONE; 0; SelectTypeParameters=CR_CORE does not manage memory",
                "CR_CPU; RealMemory=8000; NONE; 0; SelectTypeParameters=CR_CPU does not manage memory",
                "NONE; RealMemory=8000; NONE; 0; SelectTypeParameters=NONE does not manage memory",
                "CR_CORE_MEMORY; RealMemory=8000; CR_SOCKET; 0; SelectTypeParameters=CR_SOCKET does not manage memory",
                "CR_CORE; RealMemory=8000; CR_CORE_MEMORY; 8000;",
                "CR_CORE_MEMORY; RealMemory=1; NONE; 0; no line NodeName=… of its nodes has RealMemory=…",
                "CR_CORE_MEMORY; Sockets=1; NONE; 0; no line NodeName=… of its nodes has RealMemory=…",
            })
    void memory_is_requested_only_where_slurm_manages_it(
            String parameters, String memory, String own, int memoryMiB, String note) {
        Partition partition = partition(
                parameters,
                "NodeName=n1 CPUTot=4 " + memory + " State=IDLE Partitions=p",
                "PartitionName=p State=UP SelectTypeParameters=" + own);
        assertThat(partition.memoryMiBPerNode()).isEqualTo(memoryMiB);
        assertThat(partition.managesMemory()).isEqualTo(memoryMiB > 0);
        assertThat(String.join(" ", partition.notes())).contains(note == null ? "" : note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "IDLE; UP; ''",
                "MIXED+PLANNED; UP; ''",
                "IDLE+POWERED_DOWN; UP; ''",
                "ALLOCATED+MAINT+RESERVED; UP; ''",
                "IDLE; DOWN; partition p is DOWN",
                "IDLE; INACTIVE; partition p is INACTIVE",
                "IDLE; DRAIN; partition p is DRAIN",
                "IDLE+DRAIN; UP; n1 is IDLE+DRAIN (bad disk [root@2026-11-26T02:17:58])",
                "DOWN*; UP; n1 is DOWN*",
                "IDLE*; UP; n1 is IDLE*",
                "DOWN+NOT_RESPONDING; UP; n1 is DOWN+NOT_RESPONDING",
            })
    void a_partition_in_which_no_job_can_start_is_named(String node, String state, String blocked) {
        Partition partition = partition(
                "",
                "NodeName=n1 State=" + node + " Partitions=p Reason=bad disk [root@2026-11-26T02:17:58]",
                "PartitionName=p State=" + state);
        assertThat(partition.blocked().isEmpty()).isEqualTo(blocked.isEmpty());
        assertThat(partition.blocked()).contains(blocked);
    }

    @Test
    void a_partition_with_one_good_node_is_not_blocked() {
        Partition partition = partition(
                "",
                "NodeName=n1 State=DOWN RealMemory=9 Partitions=p\nNodeName=n2 State=IDLE RealMemory=9 Partitions=p",
                "PartitionName=p State=UP OverSubscribe=EXCLUSIVE");
        assertThat(partition.blocked()).isEmpty();
        assertThat(partition.notes())
                .containsExactly("OverSubscribe=EXCLUSIVE: each task gets a whole node, whatever it asks for");
    }

    @Test
    void partitions_that_are_not_for_everybody_come_last() {
        partition(
                "",
                "NodeName=n1 State=IDLE Partitions=secret,admin,open",
                "PartitionName=secret Hidden=YES State=UP\nPartitionName=admin RootOnly=YES\nPartitionName=open");
        assertThat(cluster.capabilities().partitions())
                .extracting(Partition::name)
                .containsExactly("open", "secret", "admin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scontrol show config", "scontrol show node -o", "scontrol show partition -o"})
    void an_answer_that_names_nothing_is_no_answer(String command) {
        partition("", "NodeName=n1 State=IDLE Partitions=p", "PartitionName=p");
        SlurmCluster other =
                new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.fixed(SINCE, ZoneOffset.UTC));
        runner.answering(command, "Welcome to the cluster\n");
        assertThatThrownBy(other::capabilities)
                .isExactlyInstanceOf(ClusterException.class)
                .hasMessageContaining("but " + command)
                .hasMessageContaining("It printed: Welcome to the cluster");
    }

    @Test
    void accounting_without_fields_is_no_answer() {
        SlurmCluster other = new SlurmCluster(
                new FakeRunner().answering("sacct --helpformat", ""),
                "swath",
                Duration.ofSeconds(5),
                Clock.systemUTC());
        assertThatThrownBy(() -> other.states(List.of("1"), SINCE, row -> {}))
                .isExactlyInstanceOf(ClusterException.class)
                .hasMessageContaining("sacct --helpformat printed no field JobID");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "gpu:1,shard:4; 1; 4",
                "(null); 0; 0",
                "gpu; 1; 0",
                "gpu:a100_3g.20gb:2,gpu:a100_1g.5gb:4(S:0,1); 6; 0",
                "gpu:tesla:no_consume:2; 2; 0",
                "craynetwork:4,shard:8; 0; 8"
            })
    void a_node_counts_its_gpus_and_shards(String gres, int gpus, int shards) {
        assertThat(Gres.count(gres, "gpu")).isEqualTo(gpus);
        assertThat(Gres.count(gres, "shard")).isEqualTo(shards);
    }

    @ParameterizedTest
    @CsvSource({"16000Mn,16384000", "5Gc,5242880", "300M,307200", "0.5G,524288", "300,307200"})
    void requested_memory_is_read_in_all_its_forms(String text, long kib) {
        assertThat(SlurmText.requestedKiB(text)).contains(kib);
    }

    @Test
    void unreadable_values_are_unknown() {
        assertThat(Stream.of("", "None", "Unknown", "N/A", "2026-11-23"))
                .allSatisfy(text -> assertThat(SlurmText.instant(text)).isEmpty());
        assertThat(Stream.of("", "UNLIMITED", "Partition_limit", "12"))
                .allSatisfy(text -> assertThat(SlurmText.duration(text)).isEmpty());
        assertThat(SlurmText.usedKiB("")).isEmpty();
        assertThat(TaskId.parse("123+0")).isEmpty();
        assertThat(TaskId.parse("1_[0-99999999]"))
                .hasValueSatisfying(id -> assertThat(id.indices()).isEmpty());
    }
}
