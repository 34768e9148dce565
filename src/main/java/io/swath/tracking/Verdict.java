package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.Outcome;
import io.swath.model.AtFault;
import io.swath.model.Cause;
import java.util.Optional;

/**
 * Swath's judgement on a run that has ended. Immutable.
 *
 * @param cause why the run failed; empty: it succeeded
 * @param detail a text for people
 * @param atFault what a failure counts against
 */
record Verdict(Optional<Cause> cause, String detail, AtFault atFault) {
    private static final int SIGKILL = 9;

    static Verdict success(String detail) {
        return new Verdict(Optional.empty(), detail, AtFault.RUN);
    }

    static Verdict failure(Cause cause, String detail) {
        return new Verdict(Optional.of(cause), detail, AtFault.RUN);
    }

    private static Verdict node(String detail) {
        return new Verdict(Optional.of(Cause.NODE), detail, AtFault.NODE);
    }

    static Verdict dependencyFailed() {
        return new Verdict(Optional.of(Cause.CANCELLED), "the run that it depends on did not succeed", AtFault.OTHERS);
    }

    /** The task made several tiles, and ended before it came to this one. */
    static Verdict notBegun(TaskStatus status) {
        return new Verdict(
                Optional.of(Cause.CANCELLED),
                "not begun, because its task ended at an earlier tile (" + status.clusterState() + ending(status) + ")",
                AtFault.OTHERS);
    }

    /**
     * The task got a node, but nothing of it ran there.
     *
     * @param nodeProblem what the cluster itself reports about the node; empty: it reports nothing
     * @param logReplaced whether the cluster could not open the task's log, because the scene's jobs damaged its folder
     */
    static Verdict neverBegan(TaskStatus status, Optional<String> nodeProblem, boolean logReplaced) {
        if (logReplaced) {
            return failure(
                    Cause.BAD_OUTPUT,
                    "the task could not begin, because its log is not a file: a script of the scene removed its folder or"
                            + " put something else in its place");
        }
        String node = status.allocation().node();
        return nodeProblem
                .map(problem -> new Verdict(
                        Optional.of(Cause.NODE),
                        "the task could not begin on node " + node + ", whose state in the cluster is " + problem,
                        AtFault.BROKEN_NODE))
                .orElseGet(() -> node("the task ended on node " + node + " before job.sh began: "
                        + (status.clusterState() + " " + status.state().detail()).strip() + ending(status)));
    }

    private static String ending(TaskStatus status) {
        int code = status.exit().code().orElse(0);
        int signal = status.exit().signal().orElse(0);
        return code == 0 && signal == 0 ? "" : " " + code + ":" + signal;
    }

    /**
     * Judges an ended task: accounting decides, the traces on the storage explain.
     *
     * @param dependent whether the task depends on other tasks
     * @param nodeProblem what the cluster itself reports about the task's node; empty: nothing, or it was not asked
     * @throws IllegalArgumentException when the task has not ended
     */
    static Verdict of(
            TaskStatus status, TaskUsage usage, TaskTraces traces, boolean dependent, Optional<String> nodeProblem) {
        if (traces.neverBegan(status) && !usage.killedForMemory()) {
            return neverBegan(status, nodeProblem, traces.logReplaced());
        }
        return switch (status.phase()) {
            case COMPLETED -> completed(status, traces);
            case OUT_OF_MEMORY -> memory(usage);
            case TIMEOUT -> failure(Cause.TIMEOUT, "reached its time limit");
            case NODE_FAIL -> nodeFailed(status, traces);
            case INTERRUPTED -> interrupted(status, traces);
            case PREEMPTED -> failure(Cause.PREEMPTED, "preempted by another job");
            case CANCELLED -> cancelled(status, usage, traces.logEnd(), dependent);
            case FAILED -> failed(status, usage, traces);
            case PENDING, RUNNING, SUSPENDED, REQUEUED, UNKNOWN ->
                throw new IllegalArgumentException("not ended: " + status.clusterState());
        };
    }

    private static Verdict completed(TaskStatus status, TaskTraces traces) {
        Optional<Evidence> evidence = traces.ownEvidence(status);
        if (evidence.isEmpty()) {
            return failure(
                    Cause.BAD_OUTPUT,
                    "completed, but there is no evidence of an output that it wrote: the task wrote none, or a script of"
                            + " the scene removed or replaced it");
        }
        if (status.exit().code().orElse(0) != 0 || !evidence.get().success()) {
            return failure(
                    Cause.EXIT,
                    "exit " + status.exit().code().orElse(0) + " "
                            + evidence.get().detail());
        }
        if (!traces.outputInPlace()) {
            return failure(
                    Cause.BAD_OUTPUT, "completed, but its output is not on the storage as its evidence describes it");
        }
        return success(evidence.get().outcome() == Outcome.EMPTY ? "no pixels in the tile" : "");
    }

    /**
     * A task writes its evidence last. So if there is evidence of success, the output is complete although the node
     * failed.
     */
    private static Verdict nodeFailed(TaskStatus status, TaskTraces traces) {
        return succeeded(status, traces)
                ? success("node " + status.allocation().node() + " failed after the output was in place")
                : node(("node " + status.allocation().node() + " failed " + status.reason()).strip());
    }

    private static Verdict interrupted(TaskStatus status, TaskTraces traces) {
        return succeeded(status, traces)
                ? success(status.reason() + ", after the output was in place")
                : new Verdict(Optional.of(Cause.NODE), status.reason(), AtFault.OTHERS);
    }

    private static boolean succeeded(TaskStatus status, TaskTraces traces) {
        return traces.outputInPlace() && traces.ownEvidence(status).isPresent();
    }

    private static Verdict memory(TaskUsage usage) {
        return failure(
                Cause.OUT_OF_MEMORY,
                "used more memory than it requested"
                        + usage.memoryKiB()
                                .map(kib -> " (peak " + kib / 1024 + " MiB)")
                                .orElse(""));
    }

    private static boolean killedForMemory(TaskUsage usage, String log) {
        return usage.killedForMemory()
                || log.contains("Exceeded job memory limit")
                || log.contains("oom_kill event")
                || log.contains("oom-kill event");
    }

    private static Verdict cancelled(TaskStatus status, TaskUsage usage, String log, boolean dependent) {
        if (status.timing().started().isPresent() && killedForMemory(usage, log)) {
            return memory(usage);
        }
        if (dependent && status.timing().started().isEmpty()) {
            return dependencyFailed();
        }
        return failure(Cause.CANCELLED, ("cancelled " + status.state().detail()).strip());
    }

    private static Verdict failed(TaskStatus status, TaskUsage usage, TaskTraces traces) {
        int code = status.exit().code().orElse(0);
        boolean killed = status.exit().signal().orElse(0) == SIGKILL || code == 128 + SIGKILL;
        if (killedForMemory(usage, killed ? traces.logEnd() : "")) {
            return memory(usage);
        }
        Optional<Evidence> evidence = traces.ownEvidence(status);
        String said = evidence.map(Evidence::detail).orElse("").strip();
        int scriptCode = evidence.flatMap(Evidence::exit).orElse(code);
        String exit = (code == 0 ? "killed by signal " + status.exit().signal().orElse(0) : "exit " + scriptCode)
                + (said.isEmpty() ? "" : ": " + said);
        String why = said.isEmpty() ? whyOf(traces.logEnd(), exit, status) : said;
        return switch (evidence.map(Evidence::outcome).orElse(Outcome.UNKNOWN)) {
            case GPU_OUT_OF_MEMORY -> failure(Cause.GPU_OUT_OF_MEMORY, why);
            // Slurm no longer knew the job it depends on, or mistook another job for it; or a job changed the file
            case NOT_READY, NOT_PREPARED, EARLIER_CHANGED -> failure(Cause.LOST, why);
            case UNREADABLE -> failure(Cause.BAD_INPUT, why);
            case INPUT_CHANGED -> failure(Cause.INPUT_CHANGED, why);
            case BAD_TILES -> failure(Cause.BAD_OUTPUT, why);
            case EXIT -> failure(Cause.EXIT, exit); // the code is the script's, whatever it means to job.sh
            case OK, EMPTY, BAD_OUTPUT, TIME_WARNING, TERMINATED, UNKNOWN -> byExitCode(status, exit, why, traces);
        };
    }

    /** The task's evidence says nothing about why it failed, so its exit code decides. */
    private static Verdict byExitCode(TaskStatus status, String exit, String why, TaskTraces traces) {
        Optional<ExitCode> own = status.exit().code().flatMap(ExitCode::of);
        if (own.isEmpty()) {
            return failure(Cause.EXIT, exit);
        }
        return switch (own.get()) {
            case BAD_OUTPUT -> failure(Cause.BAD_OUTPUT, why);
            case STORAGE_FULL ->
                new Verdict(
                        Optional.of(Cause.NODE),
                        "the storage accepts no more data: " + lastLine(traces.logEnd()),
                        AtFault.STORAGE);
            case NODE ->
                node("infrastructure failure on node " + status.allocation().node() + ": " + lastLine(traces.logEnd()));
            case NOT_OURS ->
                traces.outputInPlace()
                        ? success("done by duplicate job "
                                + traces.evidence().orElseThrow().job())
                        : failure(Cause.LOST, "another job held the tile's lease");
            case NOT_READY, EARLIER_CHANGED, NO_TIME_LEFT, TERMINATED -> failure(Cause.EXIT, exit);
        };
    }

    private static String whyOf(String log, String exit, TaskStatus status) {
        String line = lastLine(log);
        String why =
                line.isEmpty() ? status.state().detail() : line; // the local cluster says it, where there is no log
        return why.isEmpty() ? exit : exit + ": " + why;
    }

    private static String lastLine(String log) {
        String text = log.strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }
}
