package io.swath.model;

import java.util.Optional;

/**
 * One attempt at one step of one tile: one task of one job array, with everything that is known about it. Immutable.
 *
 * @param token the token of the batch
 * @param index the task's index in the job array, from 0
 * @param tile the tile's index in the scene; {@link TileProgress#ASSEMBLY} for the assembly, {@link
 *     TileProgress#PREPARATION} for the preparation
 * @param attempt counts the attempts at the tile from 1
 * @param cause why the run failed; empty unless it failed
 * @param detail the cause in words, for people; empty if there is nothing to say
 */
public record Run(
        String token,
        int index,
        String sceneId,
        int stepIndex,
        String step,
        int tile,
        int attempt,
        RunState state,
        Optional<Cause> cause,
        String detail,
        Facts facts) {

    /** The id of the run's accounting record. It stays the same when the record is sent again. */
    public String id() {
        return token + "/" + index;
    }

    /**
     * What the cluster and the task itself reported. A value that was not reported is empty, not zero. Immutable.
     *
     * @param jobId the task's id as sacct shows it, such as {@code 123_7}
     * @param clusterState the cluster's own state, such as {@code COMPLETED} or {@code CANCELLED by 1001}
     * @param restarts how often the cluster itself has requeued and restarted the task
     * @param note what the recipe's script wrote about the run
     */
    public record Facts(
            String jobId,
            String clusterState,
            ExitStatus exit,
            Timing timing,
            Allocation allocation,
            Tres tres,
            ResourceUse used,
            int restarts,
            Pending pending,
            String note) {
        /** A resized batch asks for far more or less memory than before; a smaller difference is rounding. */
        private static final double ROUNDED = 0.01;

        /** What the task asked for, where its batch was resized while it ran already. Slurm rounds it: {@code mem=19.53G}. */
        public Request asked(Request batch) {
            return tres.requestedMiBPerNode()
                    .filter(mib -> Math.abs(mib - batch.memoryMiB()) > ROUNDED * batch.memoryMiB())
                    .filter(mib -> batch.memoryMiB() > 0)
                    .map(batch::withMemoryMiB)
                    .orElse(batch);
        }

        /** Nothing is known yet. */
        public static final Facts NONE = new Facts(
                "",
                "",
                ExitStatus.NONE,
                Timing.NONE,
                Allocation.NONE,
                Tres.NONE,
                ResourceUse.NONE,
                0,
                Pending.NONE,
                "");
    }
}
