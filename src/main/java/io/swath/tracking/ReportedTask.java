package io.swath.tracking;

import io.swath.cluster.TaskStatus;

/** An open run, and the latest row that accounting has for its task. */
record ReportedTask(TrackedRun run, TaskStatus status) {
    /**
     * The task's id for {@link io.swath.cluster.Cluster#usage}; the same for all runs of a task that makes several tiles. The row's id cannot be used, because the row may cover
     * a range.
     */
    String usageId() {
        return run.taskId(status.jobId());
    }
}
