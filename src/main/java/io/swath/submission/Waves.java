package io.swath.submission;

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
 * <p>Tasks that never start must not keep all others waiting: while few run and none ends, more are sent after a pause.
 *
 * <p>Kept in memory: after a restart, the pause begins again. To be used from one thread.
 */
final class Waves {
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final int waiting;
    private final Clock steady;
    private final Map<Object, Progress> progress = new HashMap<>();

    /**
     * @param open the tasks at the last look
     * @param since when fewer tasks than before were seen, or more were sent because few ran
     * @param waves how many times as many tasks are sent as usual
     */
    private record Progress(int open, Instant since, int waves) {}

    /** @param waiting how many tasks of a partition may wait in the cluster, beside those that can run at once */
    Waves(int waiting, Clock steady) {
        this.waiting = waiting;
        this.steady = steady;
    }

    /**
     * How many more tasks of a scene may be sent to a partition.
     *
     * @param slots how many such tasks the partition can run at once
     * @param taken tasks that were written since {@code tasks} were counted
     */
    int free(Scene scene, String partition, int slots, OpenTasks tasks, int taken) {
        int open = tasks.before(scene.priority(), partition);
        int usual = Math.max(1, slots) + waiting;
        long most = most(List.of(partition, scene.priority()), usual, open, busy(partition, slots, tasks));
        // By halves, because each array costs the cluster a request, however few tasks it has.
        return open + taken > most - (usual + 1) / 2 ? 0 : bounded(most - open - taken);
    }

    /** How many more tasks of a step may be sent that has taught nothing yet; otherwise as above. */
    int freeUntaught(Scene scene, String step, String partition, int slots, OpenTasks tasks, int taken) {
        int open = tasks.ofStep(scene.recipe(), step, partition);
        long most =
                most(List.of(partition, scene.recipe(), step), Math.max(1, slots), open, busy(partition, slots, tasks));
        return bounded(most - open - taken);
    }

    private static int bounded(long tasks) {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, tasks));
    }

    private static boolean busy(String partition, int slots, OpenTasks tasks) {
        return tasks.running(partition) >= (slots + 1) / 2;
    }

    /** How many tasks a queue may have now, which has {@code open}. */
    private long most(Object queue, int usual, int open, boolean busy) {
        Instant now = steady.instant();
        Progress before = progress.getOrDefault(queue, new Progress(open, now, 1));
        Progress after;
        if (open < before.open() || open == 0) {
            after = new Progress(open, now, 1);
        } else if (busy) {
            after = new Progress(open, now, before.waves());
        } else if (Duration.between(before.since(), now).compareTo(PAUSE) >= 0) {
            after = new Progress(open, now, before.waves() + 1);
        } else {
            after = new Progress(open, before.since(), before.waves());
        }
        progress.put(queue, after);
        return (long) usual * after.waves();
    }
}
