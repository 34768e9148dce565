package io.swath.tracking;

import io.swath.cluster.TaskStatus;

/** An open run whose task has ended in accounting; Swath has not judged it yet. */
record EndedTask(TrackedRun run, TaskStatus status) {
    /**
     * The task's id for {@link io.swath.cluster.Cluster#usage}. The row's id cannot be used, because the row may cover
     * a range.
     */
    String usageId() {
        return status.jobId() + "_" + run.index();
    }
}
