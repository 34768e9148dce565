package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An answer of the queue. */
record QueueSnapshot(List<Waiting> rows) {
    /** The queue's word for a task that was cancelled of late. */
    static final String CANCELLED = "CANCELLED";

    private static final Set<String> NOT_WAITING = Set.of(CANCELLED, "RUNNING", "SUSPENDED", "COMPLETING");

    /** What it says of a run. */
    Optional<Waiting> row(Batch batch, int index) {
        return rows.stream()
                .filter(row -> row.jobId().equals(batch.clusterId())
                        && row.token().equals(batch.token())
                        && (row.indices().isEmpty() || row.indices().contains(index)))
                .findFirst();
    }

    /** Whether Slurm may put a task back into the queue by itself, so that its last row is not its end. */
    static boolean mayReturn(TaskStatus status) {
        return status.phase() == Phase.NODE_FAIL || status.phase() == Phase.PREEMPTED;
    }

    /** Whether it has done so. */
    boolean returns(Batch batch, int index, TaskStatus status) {
        return mayReturn(status)
                && row(batch, index)
                        .filter(row -> !row.clusterState().equals(CANCELLED))
                        .isPresent();
    }

    /** Writes down why tasks wait: for a turn, for one another, or because somebody holds them. */
    void explain(Session session, Map<String, Batch> open) {
        rows.stream()
                .filter(row -> !NOT_WAITING.contains(row.clusterState()) && open.containsKey(row.token()))
                .forEach(row ->
                        session.runs().setPendingReason(row.token(), row.indices(), row.reason(), row.expectedStart()));
    }
}
