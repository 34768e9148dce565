package io.swath.submission;

import io.swath.model.Batch;
import io.swath.model.Scene;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many tasks are kept in the cluster: as many as can run at once, and a few that wait. A task keeps the memory and the
 * time that it was queued with, so what waits in Swath instead is sized by all that was learned until it is sent. Of a step
 * that has taught nothing yet, no more is sent than can run at once: the others can be sized by what these teach.
 *
 * The more runs have taught a step, the more of its tasks may wait.
 *
 * <p>Tasks that never start must not keep all others waiting: while few run and none ends, more are sent after a pause.
 *
 * <p>Kept in memory: after a restart, the pause begins again. To be used from one thread.
 */
final class Waves {
    /** For each run that has taught, so many tasks may wait: the more have taught, the less a size changes. */
    private static final long SETTLED = 2;

    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final int waiting;
    private final Clock steady;
    private final Map<Object, Progress> progress = new HashMap<>();

    /**
     * @param open the tasks at the last look, and those that were written since
     * @param ended how many tasks were seen to end
     * @param since when a task was last seen to end, or more were sent because few ran
     * @param waves how many times as many tasks are sent as usual
     */
    private record Progress(int open, long ended, Instant since, int waves) {
        Progress look(int openNow, boolean busy, Instant now) {
            if (openNow < open || openNow == 0) {
                return new Progress(openNow, ended + open - openNow, now, 1);
            }
            if (busy) {
                return new Progress(openNow, ended, now, waves);
            }
            return Duration.between(since, now).compareTo(PAUSE) >= 0
                    ? new Progress(openNow, ended, now, waves + 1)
                    : new Progress(openNow, ended, since, waves);
        }

        Progress sent(int tasks) {
            return new Progress(open + tasks, ended, since, waves);
        }
    }

    /** @param waiting how many tasks of a partition may wait in the cluster, beside those that can run at once */
    Waves(int waiting, Clock steady) {
        this.waiting = waiting;
        this.steady = steady;
    }

    /**
     * How many more tasks of a scene may be sent to a partition.
     *
     * @param slots how many such tasks the partition can run at once
     * @param runs how many runs have taught what such a task needs, or have ended without teaching anything
     * @param taken tasks that were written since {@code tasks} were counted
     */
    int free(Scene scene, String partition, int slots, long runs, OpenTasks tasks, int taken) {
        int open = tasks.before(scene.priority(), partition) + taken;
        Progress now = look(ofPriority(scene, partition), open, slots, partition, tasks);
        long usual = Math.max(1, slots) + Math.max(waiting, SETTLED * runs);
        long most = usual * now.waves();
        // By halves, because each array costs the cluster a request, however few tasks it has.
        return open > most - (usual + 1) / 2 ? 0 : bounded(most - open);
    }

    /**
     * How many more tasks of a step may be sent that has taught nothing yet. Runs that find no pixels teach nothing, however
     * many end.
     */
    int freeUntaught(Scene scene, String step, String partition, int slots, OpenTasks tasks, int taken) {
        int open = tasks.ofStep(scene.recipe(), step, partition) + taken;
        Progress now = look(ofStep(scene, step, partition), open, slots, partition, tasks);
        long most = (Math.max(1, slots) + SETTLED * now.ended()) * now.waves();
        return bounded(most - open);
    }

    /** How many tasks of a step that has taught nothing were seen to end. */
    long ended(Scene scene, String step, String partition) {
        Progress seen = progress.get(ofStep(scene, step, partition));
        return seen == null ? 0 : seen.ended();
    }

    /** Records that tasks were written. */
    void sent(Scene scene, Batch batch) {
        String partition = batch.request().partition();
        progress.computeIfPresent(ofPriority(scene, partition), (key, before) -> before.sent(batch.tasks()));
        progress.computeIfPresent(ofStep(scene, batch.step(), partition), (key, before) -> before.sent(batch.tasks()));
    }

    private static Object ofPriority(Scene scene, String partition) {
        return List.of(partition, scene.priority());
    }

    private static Object ofStep(Scene scene, String step, String partition) {
        return List.of(partition, scene.recipe(), step);
    }

    private Progress look(Object queue, int open, int slots, String partition, OpenTasks tasks) {
        boolean busy = tasks.running(partition) >= (slots + 1) / 2;
        Progress now = progress.getOrDefault(queue, new Progress(0, 0, steady.instant(), 1))
                .look(open, busy, steady.instant());
        progress.put(queue, now);
        return now;
    }

    private static int bounded(long tasks) {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, tasks));
    }
}
