package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.Outcome;
import io.swath.model.Cause;
import java.util.Optional;

/**
 * What became of a run that has ended.
 *
 * @param cause empty: it succeeded
 * @param detail a sentence for people
 * @param collateral it was ended because a run that it waited for failed, or because the storage took no more: not a
 *     failure of its own, and not counted
 */
record Verdict(Optional<Cause> cause, String detail, boolean collateral) {
    private static final int SIGKILL = 9;

    static Verdict success(String detail) {
        return new Verdict(Optional.empty(), detail, false);
    }

    static Verdict failure(Cause cause, String detail) {
        return new Verdict(Optional.of(cause), detail, false);
    }

    static Verdict dependencyFailed() {
        return new Verdict(Optional.of(Cause.CANCELLED), "what it waited for did not succeed", true);
    }

    /**
     * Judges an ended task: the accounting decides, the evidence explains.
     *
     * @param success whether the evidence tells of a success, and the output lies on the storage as it says
     * @param log the last words of the task's log
     * @param dependent whether the task waited for others
     */
    static Verdict of(
            TaskStatus status,
            TaskUsage usage,
            Optional<Evidence> evidence,
            boolean success,
            String log,
            boolean dependent) {
        return switch (status.phase()) {
            case COMPLETED -> completed(status, evidence, success);
            case OUT_OF_MEMORY -> memory(usage);
            case TIMEOUT -> failure(Cause.TIMEOUT, "ran into its time limit");
            case NODE_FAIL -> nodeFailed(status, evidence);
            case PREEMPTED -> failure(Cause.PREEMPTED, "made way for another job");
            case CANCELLED -> cancelled(status, usage, log, dependent);
            case FAILED -> failed(status, usage, evidence, success, log);
            case PENDING, RUNNING, SUSPENDED, REQUEUED, UNKNOWN ->
                throw new IllegalArgumentException("not ended: " + status.clusterState());
        };
    }

    private static Verdict completed(TaskStatus status, Optional<Evidence> evidence, boolean success) {
        if (evidence.isEmpty()) {
            return failure(Cause.BAD_OUTPUT, "ended well, but its node left no evidence of an output");
        }
        if (status.exit().code().orElse(0) != 0 || !evidence.get().success()) {
            return failure(
                    Cause.EXIT,
                    "exit " + status.exit().code().orElse(0) + " "
                            + evidence.get().detail());
        }
        if (!success) {
            return failure(Cause.BAD_OUTPUT, "ended well, but its output is not on the storage as its evidence has it");
        }
        return success(evidence.get().outcome() == Outcome.EMPTY ? "no pixels in it" : "");
    }

    /** The evidence is the last thing that a task writes: with it the output is whole, whatever became of the node. */
    private static Verdict nodeFailed(TaskStatus status, Optional<Evidence> evidence) {
        return evidence.filter(Evidence::success).isPresent()
                ? success("node " + status.allocation().node() + " failed when the output was in place")
                : failure(Cause.NODE, "node " + status.allocation().node() + " failed " + status.reason());
    }

    private static Verdict memory(TaskUsage usage) {
        return failure(
                Cause.OUT_OF_MEMORY,
                "needed more memory than it had asked for"
                        + usage.memoryKiB()
                                .map(kib -> " (was at " + kib / 1024 + " MiB)")
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

    private static Verdict failed(
            TaskStatus status, TaskUsage usage, Optional<Evidence> evidence, boolean success, String log) {
        String said = evidence.map(Evidence::detail).orElse("");
        boolean killed = status.exit().signal().orElse(0) == SIGKILL
                || status.exit().code().orElse(0) == 128 + SIGKILL;
        if (killedForMemory(usage, killed ? log : "")) {
            return memory(usage);
        }
        Outcome outcome = evidence.map(Evidence::outcome).orElse(Outcome.UNKNOWN);
        if (outcome == Outcome.GPU_OUT_OF_MEMORY) {
            return failure(Cause.GPU_OUT_OF_MEMORY, said);
        }
        int code = status.exit().code().orElse(0);
        if (outcome == Outcome.NOT_READY) {
            return failure(Cause.LOST, said); // Slurm has forgotten the job before it, or taken another one for it
        }
        if (outcome == Outcome.UNREADABLE) {
            return failure(Cause.BAD_INPUT, said);
        }
        String exit = (code == 0 ? "ended by signal " + status.exit().signal().orElse(0) : "exit " + code)
                + (said.isEmpty() ? "" : ": " + said);
        Optional<ExitCode> own = ExitCode.of(code);
        if (own.isEmpty()) {
            return failure(Cause.EXIT, exit);
        }
        return switch (own.get()) {
            case BAD_OUTPUT -> failure(Cause.BAD_OUTPUT, said.isEmpty() ? "exit " + code : said);
            case STORAGE_FULL ->
                new Verdict(Optional.of(Cause.NODE), "the storage took no more: " + lastLine(log), true);
            case NODE ->
                failure(
                        Cause.NODE,
                        "could not work on node " + status.allocation().node() + ": " + lastLine(log));
            case NOT_OURS ->
                success
                        ? success("done by job " + evidence.orElseThrow().job() + ", its twin")
                        : failure(Cause.LOST, "another job held the tile");
            case NOT_READY, TERMINATED -> failure(Cause.EXIT, exit);
        };
    }

    private static String lastLine(String log) {
        String text = log.strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }
}
