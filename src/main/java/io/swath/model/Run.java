package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * One attempt at one tile and one step: one task of one job array, with all that is known about it.
 *
 * @param token its batch
 * @param index its array index, from 0
 * @param tile the tile's index in the scene; the assembly's is 0
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
     * What the cluster told. What it did not tell is empty or absent, never zero.
     *
     * @param jobId as sacct shows it, such as {@code 123_7}
     * @param state the cluster's own word, such as {@code COMPLETED}
     * @param exitCode of the script
     * @param signal that ended it, 0 for none
     * @param cpuMillis CPU time used
     * @param memoryKiB peak of resident memory
     * @param requestedTres such as {@code cpu=1,mem=600M,node=1,billing=1}
     * @param allocatedTres what was given, with {@code gres/gpu} and {@code gres/shard}
     * @param pendingReason why it waits, while it does
     * @param expectedStart when the scheduler means to start it, while it waits
     * @param note what the script said of itself
     */
    public record Facts(
            String jobId,
            String state,
            String partition,
            String node,
            Optional<Integer> exitCode,
            Optional<Integer> signal,
            Optional<Instant> submitted,
            Optional<Instant> eligible,
            Optional<Instant> started,
            Optional<Instant> ended,
            Optional<Long> elapsedSeconds,
            Optional<Integer> cpus,
            Optional<Long> cpuMillis,
            Optional<Long> memoryKiB,
            String requestedTres,
            String allocatedTres,
            int restarts,
            String pendingReason,
            Optional<Instant> expectedStart,
            String note) {
        /** Nothing known yet. */
        public static final Facts NONE = new Facts(
                "",
                "",
                "",
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "",
                "",
                0,
                "",
                Optional.empty(),
                "");
    }
}
