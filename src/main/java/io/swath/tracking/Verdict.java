package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.Outcome;
import io.swath.model.Cause;
import java.util.Optional;

/**
 * Swath's judgement on a run that has ended. Immutable.
 *
 * @param cause why the run failed; empty: it succeeded
 * @param detail a text for people
 * @param collateral whether the run ended because the run that it depends on failed, or because the storage is full; if
 *     so, it does not count as a failure of the tile
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
        return new Verdict(Optional.of(Cause.CANCELLED), "the run that it depends on did not succeed", true);
    }

    /**
     * Judges an ended task: accounting decides, the evidence explains.
     *
     * @param success whether the evidence reports success and the output on the storage matches it
     * @param log the end of the task's log
     * @param dependent whether the task depends on other tasks
     * @throws IllegalArgumentException when the task has not ended
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
            case TIMEOUT -> failure(Cause.TIMEOUT, "reached its time limit");
            case NODE_FAIL -> nodeFailed(status, evidence);
            case PREEMPTED -> failure(Cause.PREEMPTED, "preempted by another job");
            case CANCELLED -> cancelled(status, usage, log, dependent);
            case FAILED -> failed(status, usage, evidence, success, log);
            case PENDING, RUNNING, SUSPENDED, REQUEUED, UNKNOWN ->
                throw new IllegalArgumentException("not ended: " + status.clusterState());
        };
    }

    private static Verdict completed(TaskStatus status, Optional<Evidence> evidence, boolean success) {
        if (evidence.isEmpty()) {
            return failure(Cause.BAD_OUTPUT, "completed, but its node left no evidence of an output");
        }
        if (status.exit().code().orElse(0) != 0 || !evidence.get().success()) {
            return failure(
                    Cause.EXIT,
                    "exit " + status.exit().code().orElse(0) + " "
                            + evidence.get().detail());
        }
        if (!success) {
            return failure(
                    Cause.BAD_OUTPUT, "completed, but its output is not on the storage as its evidence describes it");
        }
        return success(evidence.get().outcome() == Outcome.EMPTY ? "no pixels in the tile" : "");
    }

    /**
     * A task writes its evidence last. So if there is evidence of success, the output is complete although the node
     * failed.
     */
    private static Verdict nodeFailed(TaskStatus status, Optional<Evidence> evidence) {
        return evidence.filter(Evidence::success).isPresent()
                ? success("node " + status.allocation().node() + " failed after the output was in place")
                : failure(Cause.NODE, ("node " + status.allocation().node() + " failed " + status.reason()).strip());
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
            return failure(
                    Cause.LOST, said); // Slurm no longer knew the job it depends on, or mistook another job for it
        }
        if (outcome == Outcome.BAD_TILES) {
            return failure(Cause.BAD_OUTPUT, said);
        }
        if (outcome == Outcome.UNREADABLE) {
            return failure(Cause.BAD_INPUT, said);
        }
        if (outcome == Outcome.INPUT_CHANGED) {
            return failure(Cause.INPUT_CHANGED, said);
        }
        String exit = (code == 0 ? "killed by signal " + status.exit().signal().orElse(0) : "exit " + code)
                + (said.isEmpty() ? "" : ": " + said);
        Optional<ExitCode> own = ExitCode.of(code);
        if (own.isEmpty() || scriptFailed(status, evidence)) {
            return failure(Cause.EXIT, exit);
        }
        return switch (own.get()) {
            case BAD_OUTPUT -> failure(Cause.BAD_OUTPUT, said.isEmpty() ? "exit " + code : said);
            case STORAGE_FULL ->
                new Verdict(Optional.of(Cause.NODE), "the storage accepts no more data: " + lastLine(log), true);
            case NODE ->
                failure(
                        Cause.NODE,
                        "infrastructure failure on node " + status.allocation().node() + ": " + lastLine(log));
            case NOT_OURS ->
                success
                        ? success("done by duplicate job "
                                + evidence.orElseThrow().job())
                        : failure(Cause.LOST, "another job held the tile's lease");
            case NOT_READY, TERMINATED -> failure(Cause.EXIT, exit);
        };
    }

    /**
     * Whether the task's own evidence says that the recipe's script failed. The exit code is then the script's, even if
     * {@code job.sh} uses the same number. A duplicate job's evidence does not count.
     */
    private static boolean scriptFailed(TaskStatus status, Optional<Evidence> evidence) {
        return evidence.filter(written -> written.outcome() == Outcome.EXIT)
                .filter(written -> written.job().equals(status.task().rawId()))
                .isPresent();
    }

    private static String lastLine(String log) {
        String text = log.strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }
}
