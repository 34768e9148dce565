package io.swath.submission;

import io.swath.model.Batch;
import io.swath.model.Priority;
import io.swath.model.Scene;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How many more tasks may be written into the ledger as batches, in one cycle. Not thread-safe. */
final class QueueSpace {
    /** Refused batches of a scope that may wait. More scenes would be refused for the same reason. */
    private static final int REFUSED_BATCHES = 100;

    private final OpenTasks open;
    private final TaskLimits limits;
    private final NightQuota night;
    private final Waves waves;
    private final Map<LimitScope, Integer> taken = new HashMap<>();
    private final Map<String, Integer> takenBefore = new HashMap<>();
    private final Map<String, Integer> takenOfStep = new HashMap<>();
    private final Set<SameWork> full = new HashSet<>();
    private int takenTasks;
    private int takenNightly;

    private record SameWork(String recipe, String recipeHash, Priority priority) {
        SameWork(Scene scene) {
            this(scene.recipe(), scene.recipeHash(), scene.priority());
        }
    }

    QueueSpace(OpenTasks open, TaskLimits limits, NightQuota night, Waves waves) {
        this.open = open;
        this.limits = limits;
        this.night = night;
        this.waves = waves;
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

    /**
     * How many more tasks of a step may be in the cluster at once.
     *
     * @param slots how many of them its partition can run at once
     */
    int free(Scene scene, String step, LearnedRequests.Sized sized, int slots) {
        String partition = sized.request().partition();
        long runs = sized.runs();
        int most = Integer.MAX_VALUE;
        if (runs == 0) {
            int taken = takenOfStep.getOrDefault(scene.recipe() + "/" + step, 0);
            most = waves.freeUntaught(scene, step, partition, slots, open, taken);
            runs = waves.ended(scene, step, partition); // as freeUntaught has just seen them
        }
        int free =
                Math.min(most, waves.free(scene, partition, slots, runs, open, takenBefore.getOrDefault(partition, 0)));
        if (free == 0) {
            full.add(new SameWork(scene));
        }
        return free;
    }

    /** Whether there was no place in the present cycle for a scene that needs the same. */
    boolean isFull(Scene scene) {
        return full.contains(new SameWork(scene));
    }

    /** Records that tasks were written. */
    void take(Scene scene, Batch batch) {
        int tasks = batch.tasks();
        LimitScope scope = LimitScope.of(scene, batch);
        taken.merge(scope, tasks, Integer::sum);
        waves.sent(scene, batch);
        takenOfStep.merge(scene.recipe() + "/" + batch.step(), tasks, Integer::sum);
        takenTasks += tasks;
        takenBefore.merge(scope.partition(), tasks, Integer::sum); // scenes come in the order of their priority
        takenNightly += scene.nightly() ? tasks : 0;
    }
}
