package io.swath.cluster;

import io.swath.model.Allocation;
import io.swath.model.ExitStatus;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.util.List;

/**
 * One row of the cluster's accounting: an array task, or a range of pending tasks. Immutable.
 *
 * @param reason why the task waits or failed, in the cluster's own words; empty: the row has no reason
 * @param restarts how often the cluster has restarted the task
 */
public record TaskStatus(
        Task task,
        State state,
        ExitStatus exit,
        Timing timing,
        Allocation allocation,
        Tres tres,
        String reason,
        int restarts) {
    /**
     * The tasks that a row covers.
     *
     * @param jobId the array's id, or the id of a job without an array (it has no indices and is no range)
     * @param indices the indices that the row covers; empty: the row was truncated, and covers every index of the array
     *     that has no row of its own
     * @param range whether it is the row of the pending tasks
     * @param rawId the task's own id (sacct(1): JobIDRaw)
     * @param token the job's name
     */
    public record Task(String jobId, List<Integer> indices, boolean range, String rawId, String token) {
        public Task {
            indices = List.copyOf(indices);
        }

        /** The id for {@link Cluster#usage} and {@link Cluster#cancel}: {@code 12_3}, or {@code 12} without an array. */
        public String id() {
            return indices.size() == 1 ? jobId + "_" + indices.get(0) : jobId;
        }
    }

    /**
     * The state of a task.
     *
     * @param name the cluster's own name of the state, such as {@code CANCELLED}
     * @param detail the text after the name, such as {@code by 1001}; with the local cluster, why a failed task could not start
     */
    public record State(String name, Phase phase, String detail) {}

    public String jobId() {
        return task.jobId();
    }

    public String token() {
        return task.token();
    }

    public Phase phase() {
        return state.phase();
    }

    /** The cluster's own name of the state, such as {@code CANCELLED}. */
    public String clusterState() {
        return state.name();
    }

    /**
     * What a cluster state means to Swath. A state that Swath does not know is {@code UNKNOWN}, and does not count as
     * ended.
     */
    public enum Phase {
        PENDING,
        RUNNING,
        SUSPENDED,
        COMPLETED,
        FAILED,
        OUT_OF_MEMORY,
        TIMEOUT,
        NODE_FAIL,
        /** Swath itself has stopped, and the task with it. Only the local cluster ends a task so. */
        INTERRUPTED,
        PREEMPTED,
        CANCELLED,
        REQUEUED,
        UNKNOWN;

        /** Whether this run of the task has ended. */
        public boolean ended() {
            return switch (this) {
                case COMPLETED, FAILED, OUT_OF_MEMORY, TIMEOUT, NODE_FAIL, INTERRUPTED, PREEMPTED, CANCELLED -> true;
                case PENDING, RUNNING, SUSPENDED, REQUEUED, UNKNOWN -> false;
            };
        }
    }
}
