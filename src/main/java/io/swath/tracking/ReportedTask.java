package io.swath.tracking;

import io.swath.cluster.TaskStatus;

/** An open run, and the latest row that accounting has for its task. */
record ReportedTask(TrackedRun run, TaskStatus status) {
    /**
     * The task's id for {@link io.swath.cluster.Cluster#usage}. The row's id cannot be used, because the row may cover
     * a range.
     */
    String usageId() {
        return status.jobId() + "_" + run.index();
    }
}
