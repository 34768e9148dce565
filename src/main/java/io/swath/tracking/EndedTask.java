package io.swath.tracking;

import io.swath.cluster.TaskStatus;

/** An open run whose task has ended in accounting; Swath has not judged it yet. */
record EndedTask(TrackedRun run, TaskStatus status) {
    /** As {@link io.swath.cluster.Cluster#usage} names the task. The row may cover a range, so its own id will not do. */
    String usageId() {
        return status.jobId() + "_" + run.index();
    }
}
