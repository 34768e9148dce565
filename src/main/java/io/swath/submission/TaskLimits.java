package io.swath.submission;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * How many tasks the cluster accepts at once in each scope: the setting, or less if the cluster has refused that many
 * (MaxSubmitJobs and its kin, MaxJobCount). Slurm does not always show these limits to a user, and jobs that are not
 * Swath's count too, so the limits are learned from the answers: a search by halves between what was accepted and what was
 * refused.
 *
 * <p>A limit may have been raised, and other jobs end. So some time after the last refusal a larger number is tried: after a
 * minute, and after longer pauses if it is refused each time. While larger numbers are accepted, they are doubled at once.
 *
 * <p>Kept in memory: after a restart the limits are learned again. To be used from one thread.
 */
final class TaskLimits {
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    private final int queueLimit;
    private final Clock steady;
    private final Map<LimitScope, Bounds> learned = new HashMap<>();
    /** Since when not even one more task is accepted. */
    private final Map<LimitScope, Instant> fullSince = new HashMap<>();

    private final SharedLimit shared;

    /**
     * Numbers of tasks that the cluster held at once.
     *
     * @param accepted the highest that was accepted
     * @param refused the lowest that was refused, or that is taken for refused while larger numbers are tried
     * @param since when the cluster last refused
     * @param pause after which larger numbers are tried
     * @param trying whether larger numbers are tried now
     */
    private record Bounds(int accepted, int refused, Instant since, Duration pause, boolean trying) {
        int middle() {
            return (int) (((long) accepted + refused) / 2);
        }

        Bounds tryMore() {
            return new Bounds(accepted, times(2, refused), since, pause, true);
        }

        /** After this number was accepted. */
        Bounds withAccepted(int total) {
            if (total < refused && !(trying && total >= middle())) {
                Duration next = trying && total > accepted ? FIRST_PAUSE : pause;
                return new Bounds(Math.max(accepted, total), refused, since, next, trying);
            }
            return new Bounds(total, times(3, total), since, FIRST_PAUSE, true); // the middle is twice the number
        }

        private static int times(int factor, int tasks) {
            return (int) Math.min(Integer.MAX_VALUE, (long) factor * tasks);
        }
    }

    TaskLimits(int queueLimit, Clock steady) {
        this.queueLimit = queueLimit;
        this.steady = steady;
        this.shared = new SharedLimit(steady);
    }

    /** The setting: tasks of all scopes together. */
    int queueLimit() {
        return queueLimit;
    }

    /** How many tasks of a scope may be in the cluster at once; 0 while another scope waits for a place. */
    int most(LimitScope scope) {
        return shared.most(scope, learned(scope));
    }

    private int learned(LimitScope scope) {
        Bounds bounds = learned.get(scope);
        if (bounds == null) {
            return queueLimit;
        }
        if (!bounds.trying && !bounds.since.plus(bounds.pause).isAfter(steady.instant())) {
            bounds = bounds.tryMore();
            learned.put(scope, bounds);
        }
        return Math.max(1, Math.min(queueLimit, bounds.middle()));
    }

    /**
     * Records that the cluster refused an array because it holds too many tasks.
     *
     * @param open the tasks that were open when the cluster refused
     */
    void refused(LimitScope scope, OpenTasks open, int size) {
        if (size == 1) {
            fullSince.putIfAbsent(scope, steady.instant());
            shared.refused(scope, open);
        }
        int inCluster = open.inCluster(scope);
        Instant now = steady.instant();
        Bounds before = learned.getOrDefault(scope, new Bounds(0, Integer.MAX_VALUE, now, FIRST_PAUSE, false));
        int refused = Math.min(before.refused, inCluster + size);
        int accepted = before.accepted < refused ? Math.max(before.accepted, inCluster) : inCluster;
        learned.put(
                scope,
                new Bounds(
                        Math.min(accepted, refused - 1),
                        refused,
                        now,
                        before.trying ? longer(before.pause) : before.pause,
                        /* trying= */ false));
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    /** Records that the cluster accepted an array. */
    void accepted(LimitScope scope, int inCluster, int size) {
        fullSince.remove(scope);
        shared.accepted(scope);
        learned.computeIfPresent(scope, (same, bounds) -> bounds.withAccepted(inCluster + size));
    }

    /** For how long the cluster has not accepted even one more task of a scope. */
    Duration fullFor(LimitScope scope) {
        Instant since = fullSince.get(scope);
        return since == null ? Duration.ZERO : Duration.between(since, steady.instant());
    }
}
