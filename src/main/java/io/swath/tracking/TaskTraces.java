package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.model.ExitStatus;
import java.util.Optional;

/**
 * What a task has left on the storage. Immutable.
 *
 * @param evidence the evidence for the task's index, by this task or by the same task of a duplicate job
 * @param outputInPlace whether the evidence reports success and the output on the storage matches it
 * @param logEnd the end of the task's log; empty when there is none
 * @param began whether {@code job.sh} has taken the tile's lease, which it does before it starts the script
 * @param logReplaced whether something that is not a file is in the place of the task's log, or the log's folder is gone
 */
record TaskTraces(
        Optional<Evidence> evidence, boolean outputInPlace, String logEnd, boolean began, boolean logReplaced) {
    private static final String ROOT = "by 0";

    /** The evidence that this task itself has written; a duplicate job's evidence does not count. */
    Optional<Evidence> ownEvidence(TaskStatus status) {
        return evidence.filter(written -> written.job().equals(status.task().rawId()));
    }

    /**
     * Whether the cluster gave the task a node, but no part of {@code job.sh} has run there. Slurm ends such a task as
     * CANCELLED by root (seen with 24.11.5: the prolog failed, slurmd's spool directory could not be written), or as
     * FAILED (the log could not be opened: 0:53). If root cancels a task that has begun, its lease shows that.
     */
    boolean neverBegan(TaskStatus status) {
        if (began || evidence.isPresent() || status.timing().started().isEmpty()) {
            return false;
        }
        return switch (status.phase()) {
            case CANCELLED ->
                status.clusterState().equals("CANCELLED")
                        && status.state().detail().equals(ROOT);
            case FAILED -> !endedByJobScript(status.exit());
            default -> false;
        };
    }

    /** {@code job.sh} gives these codes before it has the lease. */
    private static boolean endedByJobScript(ExitStatus exit) {
        return exit.code()
                .flatMap(ExitCode::of)
                .filter(code -> code == ExitCode.BAD_OUTPUT
                        || code == ExitCode.STORAGE_FULL
                        || code == ExitCode.NODE
                        || code == ExitCode.NOT_OURS)
                .isPresent();
    }
}
