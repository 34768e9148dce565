package io.swath.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One row of the accounting: an array task's allocation, or the range of those that are pending.
 *
 * @param jobId the array's id, or a single job's (which has no indices and is no range)
 * @param indices one index, or all those that the row stands for; empty when the row does not tell which (then it
 *     stands for every index of the array that has no row of its own)
 * @param rawId the task's own id, unique among jobs
 * @param token the job's name
 * @param word the cluster's state word without addition, such as {@code CANCELLED}
 * @param phase what the word means
 * @param detail what followed the word, such as {@code by 1001}
 */
public record TaskStatus(
        String jobId,
        List<Integer> indices,
        boolean range,
        String rawId,
        String token,
        String word,
        Phase phase,
        String detail,
        Optional<Integer> exitCode,
        Optional<Integer> signal,
        Optional<Instant> submitted,
        Optional<Instant> eligible,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<Long> elapsedSeconds,
        Optional<Integer> cpus,
        String requestedTres,
        String allocatedTres,
        Optional<Long> requestedMemoryKiB,
        String node,
        String partition,
        String reason,
        int restarts) {

    /** The task as {@link Cluster#usage} and {@link Cluster#cancel} know it: {@code 12_3}, or {@code 12} for no array. */
    public String taskId() {
        return indices.size() == 1 ? jobId + "_" + indices.get(0) : jobId;
    }

    /** What a state word means to us; a word that nobody knows is {@code UNKNOWN} and never an end. */
    public enum Phase {
        PENDING,
        RUNNING,
        SUSPENDED,
        COMPLETED,
        FAILED,
        OUT_OF_MEMORY,
        TIMEOUT,
        NODE_FAIL,
        PREEMPTED,
        CANCELLED,
        REQUEUED,
        UNKNOWN;

        /** True when this run of the task is over. */
        public boolean ended() {
            return switch (this) {
                case COMPLETED, FAILED, OUT_OF_MEMORY, TIMEOUT, NODE_FAIL, PREEMPTED, CANCELLED -> true;
                case PENDING, RUNNING, SUSPENDED, REQUEUED, UNKNOWN -> false;
            };
        }
    }
}
