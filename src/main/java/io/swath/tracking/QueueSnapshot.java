package io.swath.tracking;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Scene;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One answer of the queue. */
record QueueSnapshot(List<Waiting> rows) {
    /** The state in which the queue still shows a task that was cancelled recently. */
    static final String CANCELLED = "CANCELLED";

    private static final Set<String> NOT_WAITING = Set.of(CANCELLED, "RUNNING", "SUSPENDED", "COMPLETING");
    private static final Set<String> MOVING = Set.of(CANCELLED, "RUNNING", "COMPLETING");
    /** Slurm's reason for a job that Swath itself has held, because a person holds its scene. */
    private static final String HELD = "JobHeldUser";

    /** The row that covers a run. */
    Optional<Waiting> row(TrackedRun run) {
        return rows.stream()
                .filter(row -> row.jobId().equals(run.batch().clusterId())
                        && row.token().equals(run.batch().token())
                        && (row.indices().isEmpty() || row.indices().contains(run.taskIndex())))
                .findFirst();
    }

    /**
     * Whether Slurm may requeue a task that ended in this way. If so, the task's last row in accounting is not its end.
     */
    static boolean mayBeRequeued(ReportedTask task) {
        Phase phase = task.status().phase();
        return phase == Phase.NODE_FAIL || phase == Phase.PREEMPTED;
    }

    /** Whether Slurm has requeued the task. */
    boolean isRequeued(ReportedTask task) {
        return mayBeRequeued(task)
                && row(task.run())
                        .filter(row -> !row.clusterState().equals(CANCELLED))
                        .isPresent();
    }

    /**
     * The rows of tasks that neither run nor end. Leaves out those that a control request of Swath has caused, because
     * Swath knows more about them.
     */
    List<Waiting> waiting(Session session, Map<String, Batch> open) {
        Map<String, Optional<Scene.Status>> statuses = new HashMap<>();
        return rows.stream()
                .filter(row -> open.containsKey(row.token()) && !MOVING.contains(row.clusterState()))
                .filter(row -> statuses.computeIfAbsent(
                                open.get(row.token()).sceneId(),
                                id -> session.scenes().find(id).map(Scene::status))
                        .filter(status -> requested(status, row))
                        .isEmpty())
                .toList();
    }

    private static boolean requested(Scene.Status status, Waiting row) {
        return (status.held() && row.reason().equals(HELD))
                || (status.suspended() && row.clusterState().equals("SUSPENDED"));
    }

    /** Records why tasks wait: for resources, for another job, or because a person holds them. */
    void recordReasons(Session session, Map<String, Batch> open) {
        rows.stream()
                .filter(row -> !NOT_WAITING.contains(row.clusterState()) && open.containsKey(row.token()))
                .forEach(row -> session.runs()
                        .setPendingReason(
                                row.token(),
                                row.indices().stream()
                                        .flatMap(task -> open.get(row.token()).runsOf(task).stream())
                                        .toList(),
                                row.reason(),
                                row.expectedStart()));
    }
}
