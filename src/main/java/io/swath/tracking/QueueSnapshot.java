package io.swath.tracking;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One answer of the queue. */
record QueueSnapshot(List<Waiting> rows) {
    /** The state in which the queue still shows a task that was cancelled recently. */
    static final String CANCELLED = "CANCELLED";

    private static final Set<String> NOT_WAITING = Set.of(CANCELLED, "RUNNING", "SUSPENDED", "COMPLETING");

    /** The row that covers a run. */
    Optional<Waiting> row(TrackedRun run) {
        return rows.stream()
                .filter(row -> row.jobId().equals(run.batch().clusterId())
                        && row.token().equals(run.batch().token())
                        && (row.indices().isEmpty() || row.indices().contains(run.index())))
                .findFirst();
    }

    /**
     * Whether Slurm may requeue a task that ended in this way. If so, the task's last row in accounting is not its end.
     */
    static boolean mayBeRequeued(EndedTask task) {
        Phase phase = task.status().phase();
        return phase == Phase.NODE_FAIL || phase == Phase.PREEMPTED;
    }

    /** Whether Slurm has requeued the task. */
    boolean isRequeued(EndedTask task) {
        return mayBeRequeued(task)
                && row(task.run())
                        .filter(row -> !row.clusterState().equals(CANCELLED))
                        .isPresent();
    }

    /** Records why tasks wait: for resources, for another job, or because a person holds them. */
    void recordReasons(Session session, Map<String, Batch> open) {
        rows.stream()
                .filter(row -> !NOT_WAITING.contains(row.clusterState()) && open.containsKey(row.token()))
                .forEach(row ->
                        session.runs().setPendingReason(row.token(), row.indices(), row.reason(), row.expectedStart()));
    }
}
