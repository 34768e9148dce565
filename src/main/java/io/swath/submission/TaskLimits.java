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
 * refused. Now and then a larger number is tried, because a limit may have been raised.
 *
 * <p>Kept in memory: after a restart the limits are learned again. To be used from one thread.
 */
final class TaskLimits {
    private static final Duration UNTIL_MORE_IS_TRIED = Duration.ofMinutes(10);

    private final int queueLimit;
    private final Clock steady;
    private final Map<LimitScope, Bounds> learned = new HashMap<>();
    /** Since when not even one more task is accepted. */
    private final Map<LimitScope, Instant> fullSince = new HashMap<>();

    /**
     * Numbers of tasks that the cluster held at once.
     *
     * @param accepted the highest that was accepted
     * @param refused the lowest that was refused
     * @param since when it was refused
     */
    private record Bounds(int accepted, int refused, Instant since) {}

    TaskLimits(int queueLimit, Clock steady) {
        this.queueLimit = queueLimit;
        this.steady = steady;
    }

    /** The setting: tasks of all scopes together. */
    int queueLimit() {
        return queueLimit;
    }

    /** How many tasks of a scope may be in the cluster at once; at least 1. */
    int most(LimitScope scope) {
        Bounds bounds = learned.get(scope);
        if (bounds == null) {
            return queueLimit;
        }
        if (!bounds.since.plus(UNTIL_MORE_IS_TRIED).isAfter(steady.instant())) {
            bounds = new Bounds(
                    bounds.accepted, (int) Math.min(Integer.MAX_VALUE, 2L * bounds.refused), steady.instant());
            learned.put(scope, bounds);
        }
        int middle = (int) (((long) bounds.accepted + bounds.refused) / 2);
        return Math.max(1, Math.min(queueLimit, middle));
    }

    /** Records that the cluster refused an array because it holds too many tasks. */
    void refused(LimitScope scope, int inCluster, int size) {
        if (size == 1) {
            fullSince.putIfAbsent(scope, steady.instant());
        }
        Bounds before = learned.getOrDefault(scope, new Bounds(0, Integer.MAX_VALUE, steady.instant()));
        int refused = Math.min(before.refused, inCluster + size);
        int accepted = before.accepted < refused ? Math.max(before.accepted, inCluster) : inCluster;
        learned.put(scope, new Bounds(Math.min(accepted, refused - 1), refused, steady.instant()));
    }

    /** Records that the cluster accepted an array. */
    void accepted(LimitScope scope, int inCluster, int size) {
        fullSince.remove(scope);
        learned.computeIfPresent(scope, (same, bounds) -> {
            int total = inCluster + size;
            return total < bounds.refused
                    ? new Bounds(Math.max(bounds.accepted, total), bounds.refused, bounds.since)
                    : new Bounds(total, 2 * total, steady.instant());
        });
    }

    /** For how long the cluster has not accepted even one more task of a scope. */
    Duration fullFor(LimitScope scope) {
        Instant since = fullSince.get(scope);
        return since == null ? Duration.ZERO : Duration.between(since, steady.instant());
    }
}
