package io.swath.cluster;

import io.swath.model.Allocation;
import io.swath.model.ExitStatus;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.util.List;

/**
 * One row of the cluster's accounting: an array task, or the range of the tasks that are still pending. Immutable.
 *
 * @param reason why the job waits or why it failed, in the cluster's own words; empty where the row has none
 * @param restarts how often the cluster started the task over by itself
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
     * Which task or tasks a row is about.
     *
     * @param jobId the array's id, or the id of a job without an array (it has no indices and is no range)
     * @param indices one index, or all those that the row covers; empty when the row does not say which (it then covers
     *     every index of the array that has no row of its own)
     * @param range whether it is the row of the pending tasks
     * @param rawId the task's own id, unique among jobs
     * @param token the job's name
     */
    public record Task(String jobId, List<Integer> indices, boolean range, String rawId, String token) {
        public Task {
            indices = List.copyOf(indices);
        }

        /** As {@link Cluster#usage} and {@link Cluster#cancel} name it: {@code 12_3}, or {@code 12} for no array. */
        public String id() {
            return indices.size() == 1 ? jobId + "_" + indices.get(0) : jobId;
        }
    }

    /**
     * The state of a task.
     *
     * @param name the cluster's own name of it, without addition, such as {@code CANCELLED}
     * @param detail what followed the name, such as {@code by 1001}
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

    /** What a state means to Swath. A state that Swath does not know is {@code UNKNOWN}, and never an end. */
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
