package io.swath.model;

import java.util.Optional;

/**
 * One attempt at one tile and one step: one task of one job array, with all that is known about it. Immutable.
 *
 * @param token its batch
 * @param index its array index, from 0
 * @param tile the tile's index in the scene; the assembly's is {@link TileProgress#ASSEMBLY}
 * @param attempt from 1
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

    /** The id that accounting records carry: the same however often it is sent. */
    public String id() {
        return token + "/" + index;
    }

    /**
     * What the cluster and the task itself reported. What nobody reported is empty, never zero.
     *
     * @param jobId as sacct shows it, such as {@code 123_7}
     * @param clusterState the cluster's own state, such as {@code COMPLETED} or {@code CANCELLED by 1001}
     * @param restarts how often the cluster started it over by itself
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
        /** Nothing known yet. */
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
