package io.swath.cluster.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.JobArray.DependencyType;
import io.swath.cluster.Submitted;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.model.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs tasks as real processes. */
@Tag("resources")
class LocalClusterTest {
    private static final Machine MACHINE = new Machine("here", 4, 2000, 0);
    private static final Child.Termination SOON = new Child.Termination(Duration.ofSeconds(1), Duration.ofSeconds(1));
    private static final Request REQUEST = new Request("", 1, 200, Duration.ofMinutes(5), 0, 0, List.of());
    /** All CPUs of the machine. */
    private static final Request ALL = new Request("", 4, 200, Duration.ofMinutes(5), 0, 0, List.of());

    private static final Instant SINCE = Instant.EPOCH;

    @TempDir
    Path folder;

    private LocalCluster cluster;

    @BeforeEach
    void open() {
        cluster = new LocalCluster(folder.resolve("state"), MACHINE, SOON);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private JobArray submission(
            String script, int size, Request request, List<String> after, DependencyType dependencyType)
            throws IOException {
        Path batch = Files.createTempDirectory(folder, "batch");
        Path file = Files.writeString(batch.resolve("job.sh"), "#!/bin/bash\n" + script + "\n");
        return new JobArray("swath-test", file, file.toString(), size, request, after, dependencyType);
    }

    private String accepted(JobArray submission) {
        assertThat(cluster.submit(submission)).isInstanceOf(Submitted.Accepted.class);
        return lastJob();
    }

    private String lastJob() {
        List<String> ids = cluster.find(List.of("swath-test"), SINCE).get("swath-test");
        return ids.get(ids.size() - 1);
    }

    private String submit(String script, int size, Request request) throws IOException {
        return accepted(submission(script, size, request, List.of(), DependencyType.AFTER_OK));
    }

    private String submit(String script) throws IOException {
        return submit(script, 1, REQUEST);
    }

    private List<TaskStatus> rows(String job) {
        List<TaskStatus> rows = new ArrayList<>();
        cluster.states(List.of(job), SINCE, rows::add);
        return rows;
    }

    private Map<Integer, Phase> phases(String job) {
        Map<Integer, Phase> phases = new TreeMap<>();
        rows(job).forEach(row -> row.task().indices().forEach(index -> phases.put(index, row.phase())));
        return phases;
    }

    private TaskStatus ended(String job) {
        until(() -> phases(job).values().stream().allMatch(Phase::ended));
        return rows(job).get(0);
    }

    private void running(String job) {
        until(() -> phases(job).containsValue(Phase.RUNNING));
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .until(condition);
    }

    @Test
    void a_folder_left_by_a_failed_submission_is_replaced() throws IOException {
        Path leftOver = Files.createDirectories(folder.resolve("state/1"));
        Files.writeString(leftOver.resolve("job"), "token=swath-test");

        JobArray submission = submission("exit 0", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        assertThat(cluster.submit(submission)).isEqualTo(new Submitted.Accepted("1"));
        assertThat(ended("1").phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void the_log_of_a_task_of_several_tiles_has_a_name_of_its_own_also_after_a_restart() throws IOException {
        JobArray one = submission("echo well", 2, REQUEST, List.of(), DependencyType.AFTER_OK);
        String job = accepted(new JobArray(
                one.token(), one.script(), one.clusterScript(), 2, true, REQUEST, List.of(), DependencyType.AFTER_OK));
        ended(job);
        assertThat(one.script().resolveSibling("logs/task-1.log")).hasContent("well");
        assertThat(one.script().resolveSibling("logs/1.log")).doesNotExist();
        assertThat(new JobRecord(folder.resolve("state").resolve(job))
                        .definition()
                        .submission()
                        .packed())
                .isTrue();
    }

    @Test
    void jobs_start_in_the_order_of_their_nice_values() throws IOException {
        String whole = submit("until [[ -e '" + folder.resolve("go") + "' ]]; do sleep 0.05; done", 1, ALL);
        running(whole);
        String order = "echo $SLURM_ARRAY_JOB_ID >>'" + folder.resolve("order") + "'";
        String night = submit("#SBATCH --nice=1000000\n" + order, 2, ALL);
        String day = submit("#SBATCH --nice=100\n" + order, 1, ALL);
        String urgent = submit("#SBATCH --nice=0\n" + order, 1, ALL);
        Files.createFile(folder.resolve("go"));
        ended(night);
        assertThat(Files.readAllLines(folder.resolve("order"))).containsExactly(urgent, day, night, night);
    }

    private static Path log(JobArray submission, int index) {
        return submission.script().resolveSibling("logs").resolve(index + ".log");
    }

    @Test
    void a_task_gets_the_environment_of_slurm_and_little_else() throws Exception {
        JobArray submission = submission("env; echo oops >&2", 2, REQUEST, List.of(), DependencyType.AFTER_OK);
        String job = accepted(submission);
        ended(job);
        assertThat(phases(job)).isEqualTo(Map.of(0, Phase.COMPLETED, 1, Phase.COMPLETED));
        assertThat(Files.readAllLines(log(submission, 1)))
                .contains(
                        "SLURM_ARRAY_JOB_ID=" + job,
                        "SLURM_ARRAY_TASK_ID=1",
                        "SLURM_JOB_ID=" + (Long.parseLong(job) + 2),
                        "SLURM_JOB_NAME=swath-test",
                        "SLURM_CPUS_PER_TASK=1",
                        "SLURM_MEM_PER_NODE=200",
                        "SLURMD_NODENAME=here",
                        "TZ=UTC",
                        "oops")
                .noneMatch(line -> line.startsWith("JAVA") || line.startsWith("MAVEN"));
        assertThat(rows(job))
                .extracting(row -> row.task().rawId())
                .doesNotHaveDuplicates()
                .doesNotContain(job);
    }

    @Test
    void a_failed_task_reports_its_exit_status() throws Exception {
        TaskStatus task = ended(submit("exit 3"));
        assertThat(task.phase()).isEqualTo(Phase.FAILED);
        assertThat(task.exit().code()).contains(3);
        assertThat(task.exit().signal()).isEmpty();
    }

    @Test
    void a_killed_task_reports_its_signal() throws Exception {
        TaskStatus task = ended(submit("kill -9 $$"));
        assertThat(task.phase()).isEqualTo(Phase.FAILED);
        assertThat(task.exit().signal()).contains(9);
    }

    @Test
    void memory_and_cpu_time_of_a_task_are_measured() throws Exception {
        String job = submit("i=0; while ((i < 200000)); do ((i += 1)); done");
        ended(job);
        Map<String, TaskUsage> usage = cluster.usage(List.of(job + "_0", job + "_1", "999_0"), SINCE);
        assertThat(usage).containsOnlyKeys(job + "_0");
        assertThat(usage.get(job + "_0").cpuMillis().orElseThrow()).isBetween(50L, 60_000L);
        assertThat(usage.get(job + "_0").memoryKiB().orElseThrow()).isBetween(1_000L, 100_000L);
    }

    /** The child is in a process group of its own, as a recipe's script is under job.sh. */
    @Test
    void a_task_over_its_time_limit_gets_term_and_then_kill_with_all_its_processes() throws Exception {
        Request brief = REQUEST.withTime(Duration.ofSeconds(1));
        String ends = submit("trap 'echo asked; exit 9' TERM; set -m; sleep 300 & wait", 1, brief);
        String stays = submit("trap '' TERM; set -m; (trap '' TERM; sleep 301) & wait; sleep 302", 1, brief);
        assertThat(ended(ends).phase()).isEqualTo(Phase.TIMEOUT);
        assertThat(ended(stays).phase()).isEqualTo(Phase.TIMEOUT);
        until(() -> ProcessHandle.allProcesses()
                .noneMatch(process -> process.info()
                        .commandLine()
                        .filter(line -> line.matches(".*sleep 30[012]"))
                        .isPresent()));
    }

    @Test
    void a_shell_is_warned_before_its_time_limit() throws Exception {
        Request warned = REQUEST.withTime(Duration.ofMillis(2500));
        JobArray submission = submission(
                "trap 'echo warned; exit 0' USR1; sleep 400 & wait", 1, warned, List.of(), DependencyType.AFTER_OK);
        String job = accepted(submission);
        assertThat(ended(job).phase()).isEqualTo(Phase.COMPLETED);
        assertThat(Files.readString(log(submission, 0))).isEqualTo("warned\n");
    }

    @Test
    void a_task_over_its_memory_is_killed() throws Exception {
        Request small = REQUEST.withMemoryMiB(60);
        TaskStatus task = ended(submit("x=$(head -c 150M /dev/zero | tr '\\0' x); sleep 30", 1, small));
        assertThat(task.phase()).isEqualTo(Phase.OUT_OF_MEMORY);
        assertThat(cluster.usage(List.of(task.task().id()), SINCE)
                        .get(task.task().id()))
                .satisfies(usage -> {
                    assertThat(usage.killedForMemory()).isTrue();
                    assertThat(usage.memoryKiB())
                            .hasValueSatisfying(kib -> assertThat(kib).isGreaterThan(60 * 1024L));
                });
    }

    @Test
    void processes_that_a_task_leaves_behind_are_killed() throws Exception {
        assertThat(ended(submit("setsid sleep 303 >/dev/null & sleep 304 & exit 0"))
                        .phase())
                .isEqualTo(Phase.COMPLETED);
        until(() -> ProcessHandle.allProcesses()
                .noneMatch(process -> process.info()
                        .commandLine()
                        .filter(line -> line.matches(".*sleep 304"))
                        .isPresent()));
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").endsWith("sleep 303"))
                .forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void tasks_wait_until_their_resources_are_free() throws Exception {
        String half = submit("sleep 300", 1, new Request("", 2, 1200, Duration.ofMinutes(5), 0, 0, List.of()));
        String large = submit("exit 0", 1, new Request("", 1, 1200, Duration.ofMinutes(5), 0, 0, List.of()));
        String small = submit("exit 0", 5, REQUEST);
        ended(small);
        assertThat(phases(large)).isEqualTo(Map.of(0, Phase.PENDING));
        assertThat(cluster.waiting(List.of(half, large)))
                .extracting(Waiting::clusterState, Waiting::reason)
                .containsExactly(tuple("RUNNING", ""), tuple("PENDING", "Resources"));
        cluster.cancel(List.of(half));
        assertThat(ended(large).phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void a_job_that_can_never_run_here_is_rejected() throws Exception {
        JobArray huge = submission("exit 0", 1, REQUEST.withMemoryMiB(2001), List.of(), DependencyType.AFTER_OK);
        JobArray orphan = submission("exit 0", 1, REQUEST, List.of("77"), DependencyType.AFTER_OK);
        assertThat(List.of(cluster.submit(huge), cluster.submit(orphan)))
                .allSatisfy(answer -> assertThat(answer).isInstanceOf(Submitted.Rejected.class));
        assertThat(cluster.find(List.of("swath-test"), SINCE)).isEmpty();
    }

    @Test
    void queued_and_running_tasks_can_be_cancelled() throws Exception {
        String job = submit("trap 'exit 143' TERM; sleep 300 & wait", 6, REQUEST);
        running(job);
        cluster.cancel(List.of(job + "_5", "999"));
        assertThat(phases(job)).containsEntry(5, Phase.CANCELLED);
        cluster.cancel(List.of(job));
        ended(job);
        assertThat(phases(job).values()).containsOnly(Phase.CANCELLED);
        cluster.cancel(List.of(job));
    }

    @Test
    void a_held_job_does_not_start_until_it_is_released() throws Exception {
        String first = submit("sleep 300", 4, REQUEST);
        String held = submit("exit 0");
        cluster.hold(List.of(held));
        cluster.cancel(List.of(first));
        ended(first);
        assertThat(cluster.waiting(List.of(held))).extracting(Waiting::reason).containsExactly("JobHeldUser");
        cluster.release(List.of(held));
        assertThat(ended(held).phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void a_suspended_task_does_nothing_until_it_is_resumed() throws Exception {
        JobArray submission = submission(
                "echo 1; while ! [[ -e go ]]; do sleep 0.1; done", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        String job = accepted(submission);
        until(() -> Files.exists(log(submission, 0)) && Files.size(log(submission, 0)) > 0);
        cluster.suspend(List.of(job));
        assertThat(phases(job)).isEqualTo(Map.of(0, Phase.SUSPENDED));
        Files.createFile(submission.script().resolveSibling("go"));
        await().during(Duration.ofMillis(600)).until(() -> phases(job).containsValue(Phase.SUSPENDED));
        cluster.resume(List.of(job));
        assertThat(ended(job).phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void a_job_starts_after_the_jobs_that_it_depends_on_succeeded() throws Exception {
        String first = submit("sleep 0.3", 3, REQUEST);
        String second = accepted(submission("exit 0", 2, REQUEST, List.of(first), DependencyType.AFTER_OK));
        assertThat(cluster.waiting(List.of(second))).extracting(Waiting::reason).containsExactly("Dependency");
        assertThat(ended(second).timing().started().orElseThrow())
                .isAfterOrEqualTo(rows(first).get(2).timing().ended().orElseThrow());
        assertThat(phases(second).values()).containsOnly(Phase.COMPLETED);
    }

    @Test
    void a_job_that_depends_on_a_failed_job_is_cancelled() throws Exception {
        String first = submit("exit $((SLURM_ARRAY_TASK_ID == 1))", 3, REQUEST);
        String second = accepted(submission("exit 0", 2, REQUEST, List.of(first), DependencyType.AFTER_OK));
        String third = accepted(submission("exit 0", 2, REQUEST, List.of(second), DependencyType.AFTER_OK));
        assertThat(ended(third).reason()).isEqualTo("DependencyNeverSatisfied");
        assertThat(phases(second).values()).containsOnly(Phase.CANCELLED);
    }

    @Test
    void a_task_starts_after_its_corresponding_task_succeeded() throws Exception {
        String first = submit("exit $((SLURM_ARRAY_TASK_ID == 1))", 3, REQUEST);
        String second = accepted(submission("exit 0", 4, REQUEST, List.of(first), DependencyType.AFTER_CORRESPONDING));
        ended(second);
        assertThat(phases(second))
                .isEqualTo(Map.of(0, Phase.COMPLETED, 1, Phase.CANCELLED, 2, Phase.COMPLETED, 3, Phase.CANCELLED));
    }

    @Test
    void two_hundred_empty_tasks_end_within_thirty_seconds() throws Exception {
        Instant before = Instant.now();
        String job = submit("exit 0", 200, REQUEST);
        ended(job);
        assertThat(phases(job).values()).hasSize(200).containsOnly(Phase.COMPLETED);
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void a_stop_ends_running_tasks_and_the_next_start_runs_the_queued_tasks() throws Exception {
        String job = submit("[[ -e go ]] && exit 0; sleep 300", 6, REQUEST);
        running(job);
        Files.createFile(Path.of(folderOf(job)).resolve("go"));
        cluster.close();
        open();
        ended(job);
        assertThat(phases(job).values().stream().filter(Phase.INTERRUPTED::equals))
                .hasSize(4);
        assertThat(phases(job).values().stream().filter(Phase.COMPLETED::equals))
                .hasSize(2);
        assertThat(Long.parseLong(submit("exit 0"))).isGreaterThan(Long.parseLong(job) + 6);
    }

    private String folderOf(String job) throws IOException {
        return new JobRecord(folder.resolve("state").resolve(job))
                .definition()
                .submission()
                .script()
                .getParent()
                .toString();
    }

    @Test
    void a_folder_can_be_opened_only_once() {
        assertThatThrownBy(() -> new LocalCluster(folder.resolve("state"), MACHINE, SOON))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("another Swath has it open");
    }

    @Test
    void a_closed_cluster_rejects_calls_with_a_clear_message() throws Exception {
        JobArray submission = submission("exit 0", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        cluster.close();
        assertThat(cluster.submit(submission)).isInstanceOf(Submitted.Ambiguous.class);
        assertThatThrownBy(() -> cluster.waiting(List.of("1"))).hasMessageContaining("it is closed");
        assertThatThrownBy(cluster::capabilities).hasMessageContaining("it is closed");
    }

    private static Path pipe(Path path) throws Exception {
        Files.deleteIfExists(path);
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
        return path;
    }

    private static void isDamage(TaskStatus task, String what) {
        assertThat(task.phase()).isEqualTo(Phase.FAILED);
        assertThat(task.exit().code()).contains(65);
        assertThat(task.state().detail()).contains("the script has damaged the folder", what);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_pipe_in_the_place_of_a_job_script_stops_neither_a_start_nor_a_submission() throws Exception {
        String whole = submit("sleep 300", 1, ALL);
        running(whole);
        JobArray queued = submission("#SBATCH --nice=7\nexit 0", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        String job = accepted(queued);
        pipe(queued.script());
        cluster.close();
        open();
        isDamage(ended(job), "job.sh is not a regular file");
        assertThat(new JobRecord(folder.resolve("state").resolve(job))
                        .definition()
                        .nice())
                .isEqualTo(7);

        JobArray late = submission("exit 0", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        pipe(late.script());
        isDamage(ended(accepted(late)), "job.sh is not a regular file");
    }

    /** Replaces the file in which GNU time reports, and kills GNU time. */
    private static String forgery(String forge) {
        return "[[ $(</proc/$PPID/comm) == time ]] || exit 77\n"
                + "usage=$(tr '\\0' '\\n' </proc/$PPID/cmdline | sed -n '/^-o$/{n;p}')\n"
                + "rm -f \"$usage\"; " + forge + "; kill -9 $PPID";
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nothing_that_a_task_puts_in_the_place_of_its_usage_stops_the_cluster_or_counts() throws Exception {
        List<String> forgeries = List.of(
                "mkfifo \"$usage\"",
                "mkdir -p \"$usage/x\"",
                "ln -s /dev/zero \"$usage\"",
                "head -c 3000000000 /dev/zero | head -c 100000 >\"$usage\"",
                "echo 1.2.3 1 1 >\"$usage\"",
                "echo Command terminated by signal 99999999999 >\"$usage\"",
                "echo 999999999.00 999999999.00 999999999999 >\"$usage\"");
        for (String forge : forgeries) {
            String job = submit(forgery(forge));
            TaskStatus task = ended(job);
            assertThat(task.phase()).as(forge).isEqualTo(Phase.FAILED);
            assertThat(task.exit().code()).as(forge).contains(137);
            assertThat(cluster.usage(List.of(job + "_0"), SINCE).get(job + "_0"))
                    .as(forge)
                    .satisfies(usage -> {
                        assertThat(usage.memoryKiB().orElse(0L)).isLessThan(2000 * 1024L);
                        assertThat(usage.cpuMillis().orElse(0L)).isLessThan(600_000L);
                    });
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_damaged_record_costs_its_own_job_alone() throws Exception {
        String damaged = submit("sleep 306", 2, REQUEST);
        String other = submit("sleep 0.1; exit 0", 8, REQUEST);
        running(damaged);
        Path events = folder.resolve("state").resolve(damaged).resolve("events");
        pipe(events);
        List<TaskStatus> rows = new ArrayList<>();
        cluster.states(List.of(damaged, other), SINCE, rows::add);
        assertThat(rows).isNotEmpty().allMatch(row -> row.task().id().startsWith(other));
        ended(other);
        assertThat(phases(other).values()).containsOnly(Phase.COMPLETED);
        assertThat(cluster.find(List.of("swath-test"), SINCE)).isEqualTo(Map.of("swath-test", List.of(other)));
        until(() -> ProcessHandle.allProcesses()
                .noneMatch(process -> process.info().commandLine().orElse("").endsWith("sleep 306")));

        cluster.close();
        open();
        assertThat(ended(submit("exit 0")).phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_record_that_was_replaced_while_a_task_ran_ends_that_job_and_no_other() throws Exception {
        String damaged = submit("until [[ -e go ]]; do sleep 0.05; done");
        running(damaged);
        Path batch = Path.of(folderOf(damaged));
        pipe(folder.resolve("state").resolve(damaged).resolve("events"));
        Files.createFile(batch.resolve("go"));
        until(() -> cluster.find(List.of("swath-test"), SINCE).isEmpty());
        assertThat(rows(damaged)).isEmpty();
        String next = submit("exit 0");
        assertThat(Long.parseLong(next)).isGreaterThan(Long.parseLong(damaged));
        assertThat(ended(next).phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void a_record_of_an_old_job_that_cannot_be_removed_stops_neither_the_start_nor_a_submission() throws Exception {
        cluster.close();
        JobArray submission = submission("exit 0", 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        for (String id : List.of("1", "3", "5")) { // the newest is kept
            JobRecord old = JobRecord.create(
                    folder.resolve("state").resolve(id),
                    JobRecord.Definition.of(submission, Instant.parse("2020-01-01T00:00:00Z")));
            old.append("end\t0\t1577836800000\tCOMPLETED\t0\t0\t-\t-\t\n");
        }
        Path deep = folder.resolve("state/1/" + "x/".repeat(70));
        Files.createDirectories(deep);
        open();
        assertThat(folder.resolve("state/3")).doesNotExist();
        assertThat(deep).exists();
        assertThat(submit("exit 0")).isEqualTo("7");
        assertThat(ended("7").phase()).isEqualTo(Phase.COMPLETED);
    }

    @Test
    void an_event_of_a_task_that_the_job_does_not_have_is_ignored() throws Exception {
        String job = submit("sleep 300");
        running(job);
        Files.writeString(
                folder.resolve("state").resolve(job).resolve("events"),
                "start\t2147483647\t1\nstart\t-1\t1\n",
                StandardOpenOption.APPEND);
        assertThat(phases(job)).isEqualTo(Map.of(0, Phase.RUNNING));
        cluster.close();
        open();
        assertThat(phases(job)).isEqualTo(Map.of(0, Phase.INTERRUPTED));
    }

    /** Each task has all CPUs, so the second starts when the first has ended. */
    @Test
    void what_a_task_does_to_its_folder_is_no_failure_of_the_machine() throws Exception {
        Map<String, String> damages = Map.of(
                "mkdir -p logs/1.log/x", "1.log",
                "rm -rf logs; : >logs", "logs",
                "mv logs aside; ln -s aside logs", "logs",
                "rm -f job.sh", "job.sh",
                "rm -f job.sh; mkdir job.sh", "job.sh");
        for (Map.Entry<String, String> damage : damages.entrySet()) {
            String job = submit("((SLURM_ARRAY_TASK_ID)) || { " + damage.getKey() + "; exit 0; }", 2, ALL);
            ended(job);
            List<TaskStatus> tasks = rows(job);
            assertThat(tasks).as(damage.getKey()).hasSize(2);
            assertThat(tasks.get(0).phase()).as(damage.getKey()).isEqualTo(Phase.COMPLETED);
            isDamage(tasks.get(1), damage.getValue());
        }
    }

    @Test
    void a_pipe_or_a_link_in_the_place_of_a_log_is_replaced() throws Exception {
        JobArray submission = submission(
                "((SLURM_ARRAY_TASK_ID)) || { mkfifo logs/1.log; ln -s /dev/full logs/2.log; }; echo here",
                3,
                ALL,
                List.of(),
                DependencyType.AFTER_OK);
        String job = accepted(submission);
        ended(job);
        assertThat(phases(job).values()).hasSize(3).containsOnly(Phase.COMPLETED);
        assertThat(List.of(log(submission, 1), log(submission, 2)))
                .allSatisfy(log -> assertThat(log).isRegularFile().hasContent("here\n"));
    }

    @Test
    void a_storage_that_is_away_is_no_damage_by_the_job() throws Exception {
        Path away = Files.createDirectories(folder.resolve("storage/batches/1"));
        Path script = Files.writeString(away.resolve("job.sh"), "#!/bin/bash\n");
        JobArray submission =
                new JobArray("swath-test", script, script.toString(), 1, REQUEST, List.of(), DependencyType.AFTER_OK);
        Files.move(folder.resolve("storage"), folder.resolve("elsewhere"));
        assertThat(ended(accepted(submission)).phase()).isEqualTo(Phase.NODE_FAIL);
    }

    /** A program that halts while its tasks run. */
    static final class Dying {
        public static void main(String... args) {
            LocalCluster cluster = new LocalCluster(Path.of(args[0]), MACHINE, SOON);
            JobArray submission = new JobArray(
                    "swath-test", Path.of(args[1]), args[1], 6, REQUEST, List.of(), DependencyType.AFTER_OK);
            cluster.submit(submission);
            Path started = Path.of(args[1]).resolveSibling("started");
            await().until(() -> IntStream.range(0, 4).allMatch(index -> Files.exists(Path.of(started + "" + index))));
            Runtime.getRuntime().halt(1);
        }
    }

    @Test
    void the_end_of_a_job_is_reported_once_when_all_its_tasks_have_ended() throws Exception {
        BlockingQueue<String> ends = new LinkedBlockingQueue<>();
        cluster.onJobEnd(() -> ends.add("end"));
        String job = submit(":", 3, REQUEST);
        assertThat(ends.poll(30, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(phases(job).values()).hasSize(3).allMatch(Phase::ended);
        ended(submit(":"));
        assertThat(ends.poll(30, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(ends).isEmpty();
    }

    @Test
    void other_jobs_go_on_if_the_end_of_a_job_cannot_be_reported() throws Exception {
        cluster.onJobEnd(() -> {
            throw new IllegalStateException("the route is not there");
        });
        ended(submit(":"));
        ended(submit(":"));
    }

    @Test
    void after_a_crash_running_tasks_have_ended_and_queued_tasks_run() throws Exception {
        cluster.close();
        Path script = submission(
                        ": >started$SLURM_ARRAY_TASK_ID; ((SLURM_ARRAY_TASK_ID > 3)) || exec sleep 305",
                        6,
                        REQUEST,
                        List.of(),
                        DependencyType.AFTER_OK)
                .script();
        Process dying = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Dying.class.getName(),
                        folder.resolve("state").toString(),
                        script.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("dying.log").toFile())
                .start();
        assertThat(dying.waitFor())
                .as(() -> "see " + folder.resolve("dying.log"))
                .isEqualTo(1);
        assertThat(sleepers()).hasSizeGreaterThanOrEqualTo(4);
        open();
        assertThat(sleepers()).isEmpty();
        String job = lastJob();
        ended(job);
        assertThat(phases(job))
                .isEqualTo(Map.of(
                        0,
                        Phase.INTERRUPTED,
                        1,
                        Phase.INTERRUPTED,
                        2,
                        Phase.INTERRUPTED,
                        3,
                        Phase.INTERRUPTED,
                        4,
                        Phase.COMPLETED,
                        5,
                        Phase.COMPLETED));
    }

    private static List<ProcessHandle> sleepers() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> process.info().commandLine().orElse("").endsWith("sleep 305"))
                    .toList();
        }
    }
}
