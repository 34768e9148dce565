package io.swath.submission;

import io.swath.model.Scene;
import java.util.HashMap;
import java.util.Map;

/** How many more tasks may be written into the ledger as batches, in one cycle. Not thread-safe. */
final class QueueSpace {
    /** Refused batches of a scope that may wait. More scenes would be refused for the same reason. */
    private static final int REFUSED_BATCHES = 100;

    private final OpenTasks open;
    private final TaskLimits limits;
    private final NightQuota night;
    private final Map<LimitScope, Integer> taken = new HashMap<>();
    private int takenTasks;
    private int takenNightly;

    QueueSpace(OpenTasks open, TaskLimits limits, NightQuota night) {
        this.open = open;
        this.limits = limits;
        this.night = night;
    }

    /** How many more tasks of a scene the settings allow. */
    int free(Scene scene) {
        int free = limits.queueLimit() - open.planned() - takenTasks;
        return scene.nightly()
                ? Math.min(free, night.share(limits.queueLimit()) - open.nightly() - takenNightly)
                : free;
    }

    /** How many more tasks the cluster accepts in a scope. */
    int free(LimitScope scope) {
        return open.refusedBatches(scope) < REFUSED_BATCHES
                ? limits.most(scope) - open.planned(scope) - taken.getOrDefault(scope, 0)
                : 0;
    }

    /** Records that tasks were written. */
    void take(Scene scene, LimitScope scope, int tasks) {
        taken.merge(scope, tasks, Integer::sum);
        takenTasks += tasks;
        takenNightly += scene.nightly() ? tasks : 0;
    }
}
