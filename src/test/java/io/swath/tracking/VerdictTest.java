package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.Outcome;
import io.swath.model.AtFault;
import io.swath.model.Cause;
import io.swath.model.ResourceUse;
import io.swath.testing.TaskRow;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each case is an ordinary end, or an end that other tools are known to misjudge. */
class VerdictTest {
    private static final String OWN_JOB = "12";
    private static final TaskUsage KILLED_FOR_MEMORY = new TaskUsage(Optional.of(614_400L), Optional.empty(), true);
    private static final String SLURM_ON_MEMORY =
            "slurmstepd: error: Exceeded job memory limit\nslurmstepd: error: *** JOB 7 CANCELLED ***\n";

    /**
     * One ended task and its expected verdict.
     *
     * @param cause empty: success is expected
     * @param detail a part of the expected detail
     */
    record Case(
            String what,
            TaskRow row,
            TaskUsage usage,
            Optional<Evidence> evidence,
            String log,
            boolean began,
            boolean dependent,
            Optional<String> nodeProblem,
            Optional<Cause> cause,
            String detail,
            AtFault atFault) {
        Case usage(TaskUsage used) {
            return new Case(what, row, used, evidence, log, began, dependent, nodeProblem, cause, detail, atFault);
        }

        Case evidence(String outcome, String text) {
            return evidenceBy(OWN_JOB, outcome, text);
        }

        Case evidenceBy(String job, String outcome, String text) {
            Optional<Evidence> written = Optional.of(new Evidence(
                    job,
                    Outcome.of(outcome),
                    Optional.empty(),
                    text,
                    "",
                    ResourceUse.NONE,
                    Evidence.Output.NONE,
                    List.of()));
            return new Case(what, row, usage, written, log, began, dependent, nodeProblem, cause, detail, atFault);
        }

        Case exitInEvidence(int code, String text) {
            Optional<Evidence> written = Optional.of(new Evidence(
                    OWN_JOB,
                    Outcome.EXIT,
                    Optional.of(code),
                    text,
                    "",
                    ResourceUse.NONE,
                    Evidence.Output.NONE,
                    List.of()));
            return new Case(what, row, usage, written, log, began, dependent, nodeProblem, cause, detail, atFault);
        }

        Case log(String words) {
            return new Case(what, row, usage, evidence, words, began, dependent, nodeProblem, cause, detail, atFault);
        }

        Case withoutLease() {
            return new Case(what, row, usage, evidence, log, false, dependent, nodeProblem, cause, detail, atFault);
        }

        Case onNodeThatIs(String problem) {
            return new Case(
                    what, row, usage, evidence, log, began, dependent, Optional.of(problem), cause, detail, atFault);
        }

        Case thatDependsOnAnother() {
            return new Case(what, row, usage, evidence, log, began, true, nodeProblem, cause, detail, atFault);
        }

        Case succeeds(String words) {
            return new Case(
                    what,
                    row,
                    usage,
                    evidence,
                    log,
                    began,
                    dependent,
                    nodeProblem,
                    Optional.empty(),
                    words,
                    AtFault.RUN);
        }

        Case fails(Cause why, String words) {
            return fails(why, words, AtFault.RUN);
        }

        Case fails(Cause why, String words, AtFault who) {
            return new Case(
                    what, row, usage, evidence, log, began, dependent, nodeProblem, Optional.of(why), words, who);
        }

        Verdict verdict() {
            boolean inPlace = evidence.filter(Evidence::success).isPresent();
            return Verdict.of(
                    row.row(), usage, new TaskTraces(evidence, inPlace, log, began, false), dependent, nodeProblem);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static TaskRow row(Phase phase) {
        return TaskRow.task("12", "swath-a-1", 3).is(phase);
    }

    private static Case when(String what, TaskRow row) {
        return new Case(
                what,
                row,
                TaskUsage.UNKNOWN,
                Optional.empty(),
                "",
                /* began= */ true,
                /* dependent= */ false,
                Optional.empty(),
                Optional.empty(),
                "",
                AtFault.RUN);
    }

    static Stream<Case> cases() {
        return Stream.of(
                when("completed with a good output", row(Phase.COMPLETED))
                        .evidence("ok", "")
                        .succeeds(""),
                when("completed and empty", row(Phase.COMPLETED))
                        .evidence("empty", "")
                        .succeeds("no pixels in the tile"),
                when("completed without evidence", row(Phase.COMPLETED)).fails(Cause.BAD_OUTPUT, "no evidence"),
                when("completed, but the evidence ends with the time warning", row(Phase.COMPLETED))
                        .evidence("time-warning", "")
                        .fails(Cause.EXIT, "exit 0"),
                when("completed with an exit code", row(Phase.COMPLETED).exit(3, 0))
                        .evidence("ok", "")
                        .fails(Cause.EXIT, "exit 3"),
                when("completed although a child process exceeded its memory", row(Phase.COMPLETED))
                        .evidence("ok", "")
                        .usage(KILLED_FOR_MEMORY)
                        .succeeds(""),
                when("TIMEOUT 0:0", row(Phase.TIMEOUT)).fails(Cause.TIMEOUT, "time limit"),
                when("TIMEOUT although it had just finished", row(Phase.TIMEOUT))
                        .evidence("ok", "")
                        .fails(Cause.TIMEOUT, "time limit"),
                when("OUT_OF_MEMORY 0:125", row(Phase.OUT_OF_MEMORY).exit(0, 125))
                        .usage(KILLED_FOR_MEMORY)
                        .fails(Cause.OUT_OF_MEMORY, "peak 600 MiB"),
                when("OUT_OF_MEMORY without a measured peak", row(Phase.OUT_OF_MEMORY))
                        .fails(Cause.OUT_OF_MEMORY, "more memory than it requested"),
                when("OUT_OF_MEMORY on the batch step only", row(Phase.FAILED).exit(137, 0))
                        .usage(KILLED_FOR_MEMORY)
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when(
                                "FAILED 0:9 and the log reports a memory limit",
                                row(Phase.FAILED).exit(0, 9))
                        .log(SLURM_ON_MEMORY)
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when(
                                "FAILED 137 and the log reports an oom_kill",
                                row(Phase.FAILED).exit(137, 0))
                        .log("slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.")
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when(
                                "FAILED 137 and the log reports an oom-kill",
                                row(Phase.FAILED).exit(137, 0))
                        .log("Detected 1 oom-kill event(s) in step 7.batch cgroup.")
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when("FAILED 0:9 without a reason in the log", row(Phase.FAILED).exit(0, 9))
                        .fails(Cause.EXIT, "killed by signal 9"),
                when(
                                "a script that prints the text of a memory limit and exits with 1",
                                row(Phase.FAILED).exit(1, 0))
                        .log("Exceeded job memory limit, says my script\n")
                        .fails(Cause.EXIT, "exit 1"),
                when(
                                "CANCELLED by 0, but a step was killed for memory",
                                row(Phase.CANCELLED).detail("by 0"))
                        .usage(KILLED_FOR_MEMORY)
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when(
                                "CANCELLED by 0 and the log reports a memory limit",
                                row(Phase.CANCELLED).detail("by 0"))
                        .log(SLURM_ON_MEMORY)
                        .fails(Cause.OUT_OF_MEMORY, ""),
                when("CANCELLED by a person", row(Phase.CANCELLED).detail("by 1001"))
                        .fails(Cause.CANCELLED, "cancelled by 1001"),
                when(
                                "CANCELLED by a person before it started",
                                row(Phase.CANCELLED).detail("by 1001").neverStarted())
                        .fails(Cause.CANCELLED, "cancelled by 1001"),
                when(
                                "dependency never satisfied",
                                row(Phase.CANCELLED).detail("by 0").neverStarted())
                        .thatDependsOnAnother()
                        .fails(Cause.CANCELLED, "the run that it depends on did not succeed", AtFault.OTHERS),
                when(
                                "a running task of a dependent array is cancelled",
                                row(Phase.CANCELLED).detail("by 1001"))
                        .thatDependsOnAnother()
                        .fails(Cause.CANCELLED, "cancelled by 1001"),
                when("the script's own exit code", row(Phase.FAILED).exit(3, 0))
                        .evidence("exit", "no such band: nir")
                        .fails(Cause.EXIT, "exit 3: no such band: nir"),
                when("65: the output is unusable", row(Phase.FAILED).exit(65, 0))
                        .evidence("bad-output", "the output's size is 1, 1, expected 2, 2")
                        .fails(Cause.BAD_OUTPUT, "expected 2, 2"),
                when("65 without evidence", row(Phase.FAILED).exit(65, 0)).fails(Cause.BAD_OUTPUT, "exit 65"),
                when("the scene's own pixels cannot be read", row(Phase.FAILED).exit(1, 0))
                        .evidence("unreadable", "the scene's own pixels cannot be read at 0,0: ERROR 1: x")
                        .fails(Cause.BAD_INPUT, "the scene's own pixels cannot be read at 0,0"),
                when("73: the storage is full", row(Phase.FAILED).exit(73, 0))
                        .log("swath: the storage accepts no more data: No space left on device")
                        .fails(Cause.NODE, "No space left on device", AtFault.STORAGE),
                when("74: infrastructure failure on the node", row(Phase.FAILED).exit(74, 0))
                        .log("something before\nswath: cannot write to /storage/a\n")
                        .fails(Cause.NODE, "node cpu1: swath: cannot write to /storage/a", AtFault.NODE),
                when("74 before the lease", row(Phase.FAILED).exit(74, 0))
                        .withoutLease()
                        .log("swath: /storage/a is missing; is the storage mounted on cpu1?")
                        .fails(Cause.NODE, "is the storage mounted on cpu1?", AtFault.NODE),
                when("75: a duplicate job has done the tile", row(Phase.FAILED).exit(75, 0))
                        .evidenceBy("7", "ok", "")
                        .succeeds("done by duplicate job 7"),
                when(
                                "75: a duplicate job holds the lease and has failed",
                                row(Phase.FAILED).exit(75, 0))
                        .evidenceBy("7", "exit", "no such band")
                        .fails(Cause.LOST, "another job held the tile's lease"),
                when("75: a duplicate job holds the lease", row(Phase.FAILED).exit(75, 0))
                        .fails(Cause.LOST, "another job held the tile's lease"),
                when("the memory of the GPU was too small", row(Phase.FAILED).exit(1, 0))
                        .evidence("gpu-out-of-memory", "torch.OutOfMemoryError: CUDA out of memory")
                        .fails(Cause.GPU_OUT_OF_MEMORY, "CUDA out of memory"),
                when("NODE_FAIL", row(Phase.NODE_FAIL).exit(1, 0)).fails(Cause.NODE, "node cpu1 failed", AtFault.NODE),
                when("NODE_FAIL before the evidence", row(Phase.NODE_FAIL).exit(1, 0))
                        .evidence("terminated", "")
                        .fails(Cause.NODE, "node cpu1 failed", AtFault.NODE),
                when("NODE_FAIL after the evidence", row(Phase.NODE_FAIL).exit(1, 0))
                        .evidence("ok", "")
                        .succeeds("failed after the output was in place"),
                when("a changed file of the scene", row(Phase.FAILED).exit(65, 0))
                        .evidence("input-changed", "a.tif changed after it was accepted")
                        .fails(Cause.INPUT_CHANGED, "a.tif changed after it was accepted"),
                when("Swath was stopped", row(Phase.INTERRUPTED).reason("Swath was stopped while the task was running"))
                        .evidence("terminated", "")
                        .fails(Cause.NODE, "Swath was stopped", AtFault.OTHERS),
                when(
                                "Swath was stopped after the evidence",
                                row(Phase.INTERRUPTED).reason("Swath was stopped while the task was running"))
                        .evidence("ok", "")
                        .succeeds("after the output was in place"),
                when("the prolog failed", row(Phase.CANCELLED).detail("by 0"))
                        .withoutLease()
                        .onNodeThatIs("IDLE+DRAIN (Prolog error)")
                        .fails(
                                Cause.NODE,
                                "node cpu1, whose state in the cluster is IDLE+DRAIN (Prolog error)",
                                AtFault.BROKEN_NODE),
                when(
                                "the spool directory of slurmd is full",
                                row(Phase.CANCELLED).detail("by 0"))
                        .withoutLease()
                        .fails(Cause.NODE, "node cpu1 before job.sh began: CANCELLED by 0", AtFault.NODE),
                when("the log cannot be opened on the node", row(Phase.FAILED).exit(0, 53))
                        .withoutLease()
                        .fails(Cause.NODE, "before job.sh began: FAILED 0:53", AtFault.NODE),
                when(
                                "a script has damaged its scene's folders before the task began",
                                row(Phase.FAILED)
                                        .detail("the script has damaged the folder")
                                        .exit(65, 0))
                        .withoutLease()
                        .fails(Cause.BAD_OUTPUT, "exit 65: the script has damaged the folder", AtFault.RUN),
                when("bash is missing on the node", row(Phase.FAILED).exit(127, 0))
                        .withoutLease()
                        .fails(Cause.NODE, "before job.sh began: FAILED 127:0", AtFault.NODE),
                when(
                                "a person cancels a task that has not begun",
                                row(Phase.CANCELLED).detail("by 1001"))
                        .withoutLease()
                        .onNodeThatIs("IDLE+DRAIN (Prolog error)")
                        .fails(Cause.CANCELLED, "cancelled by 1001"),
                when(
                                "root cancels a task on a healthy node",
                                row(Phase.CANCELLED).detail("by 0"))
                        .fails(Cause.CANCELLED, "cancelled by 0"),
                when(
                                "root cancels a task on a node that is being drained",
                                row(Phase.CANCELLED).detail("by 0"))
                        .onNodeThatIs("MIXED+DRAIN (maintenance)")
                        .fails(Cause.CANCELLED, "cancelled by 0"),
                when(
                                "root cancels a task before it started",
                                row(Phase.CANCELLED).detail("by 0").neverStarted())
                        .withoutLease()
                        .fails(Cause.CANCELLED, "cancelled by 0"),
                when(
                                "a deadline passes before the task has begun",
                                row(Phase.CANCELLED).clusterState("DEADLINE"))
                        .withoutLease()
                        .fails(Cause.CANCELLED, "cancelled"),
                when("a script kills job.sh", row(Phase.FAILED).exit(0, 9)).fails(Cause.EXIT, "killed by signal 9"),
                when(
                                "a script forges a success and kills job.sh",
                                row(Phase.FAILED).exit(0, 9))
                        .evidence("ok", "")
                        .fails(Cause.EXIT, "killed by signal 9"),
                when("completed, but the evidence is that of another job", row(Phase.COMPLETED))
                        .evidenceBy("7", "ok", "")
                        .fails(Cause.BAD_OUTPUT, "no evidence"),
                when("the node failed, and the evidence is that of another job", row(Phase.NODE_FAIL))
                        .evidenceBy("7", "ok", "")
                        .fails(Cause.NODE, "node cpu1 failed", AtFault.NODE),
                when(
                                "a failed script, and another job's evidence of an unreadable scene",
                                row(Phase.FAILED).exit(3, 0))
                        .evidenceBy("7", "unreadable", "x")
                        .fails(Cause.EXIT, "exit 3"),
                when(
                                "65 because the script removed the folders of Swath",
                                row(Phase.FAILED).exit(65, 0))
                        .log("swath: a script has damaged the folders of its scene")
                        .fails(Cause.BAD_OUTPUT, "a script has damaged the folders of its scene"),
                when(
                                "a script that exits with a code of job.sh",
                                row(Phase.FAILED).exit(1, 0))
                        .exitInEvidence(74, "no such band")
                        .fails(Cause.EXIT, "exit 74: no such band"),
                when("PREEMPTED", row(Phase.PREEMPTED).exit(0, 15)).fails(Cause.PREEMPTED, "preempted by another job"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void each_ended_task_gets_the_expected_verdict(Case expected) {
        Verdict verdict = expected.verdict();

        assertThat(verdict.cause()).isEqualTo(expected.cause());
        assertThat(verdict.detail()).contains(expected.detail());
        assertThat(verdict.atFault()).isEqualTo(expected.atFault());
    }

    @ParameterizedTest
    @EnumSource(ExitCode.class)
    void a_script_that_exits_with_a_code_of_the_job_script_fails_as_a_script(ExitCode code) {
        Case example = when("a script", row(Phase.FAILED).exit(code.code(), 0))
                .evidence("exit", "no such band: nir")
                .log("some log");

        assertThat(example.verdict())
                .isEqualTo(Verdict.failure(Cause.EXIT, "exit " + code.code() + ": no such band: nir"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"COMPLETED", "NODE_FAIL", "INTERRUPTED"})
    void a_missing_output_is_a_failure_whatever_its_evidence_reports(Phase phase) {
        Optional<Evidence> evidence = when("", row(phase)).evidence("ok", "").evidence();
        TaskTraces traces = new TaskTraces(evidence, /* outputInPlace= */ false, "", true, false);

        Verdict verdict = Verdict.of(row(phase).row(), TaskUsage.UNKNOWN, traces, false, Optional.empty());

        assertThat(verdict.cause()).contains(phase == Phase.COMPLETED ? Cause.BAD_OUTPUT : Cause.NODE);
    }

    @Test
    void every_cause_has_a_case() {
        assertThat(cases().flatMap(example -> example.cause().stream())).contains(Cause.values());
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"PENDING", "RUNNING", "SUSPENDED", "REQUEUED", "UNKNOWN"})
    void a_task_that_has_not_ended_cannot_be_judged(Phase phase) {
        assertThatIllegalArgumentException()
                .isThrownBy(when("open", row(phase))::verdict)
                .withMessageContaining("not ended");
    }

    @Test
    void a_task_whose_log_a_script_replaced_is_the_scenes_fault_and_not_the_nodes() {
        TaskTraces traces = new TaskTraces(Optional.empty(), false, "", /* began= */ false, /* logReplaced= */ true);
        Verdict verdict =
                Verdict.of(row(Phase.FAILED).exit(0, 53).row(), TaskUsage.UNKNOWN, traces, false, Optional.of("DRAIN"));
        assertThat(verdict.cause()).contains(Cause.BAD_OUTPUT);
        assertThat(verdict.atFault()).isEqualTo(AtFault.RUN);
        assertThat(verdict.detail()).contains("its log is not a file");
    }

    @Test
    void a_job_script_that_finds_its_folders_damaged_is_no_fault_of_the_node() {
        TaskTraces traces = new TaskTraces(Optional.empty(), false, "swath: damaged", /* began= */ false, false);
        Verdict verdict =
                Verdict.of(row(Phase.FAILED).exit(65, 0).row(), TaskUsage.UNKNOWN, traces, false, Optional.empty());
        assertThat(verdict.cause()).contains(Cause.BAD_OUTPUT);
        assertThat(verdict.atFault()).isEqualTo(AtFault.RUN);
    }

    @Test
    void a_failure_has_a_reason_even_if_its_evidence_says_nothing() {
        for (String outcome : List.of(
                "bad-tiles",
                "bad-output",
                "not-ready",
                "not-prepared",
                "unreadable",
                "input-changed",
                "gpu-out-of-memory")) {
            Verdict verdict = when(outcome, row(Phase.FAILED).exit(65, 0))
                    .evidence(outcome, " ")
                    .verdict();
            assertThat(verdict.detail()).as(outcome).isEqualTo("exit 65");
        }
    }
}
