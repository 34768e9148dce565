package io.swath.submission;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Gives each scope its turn under a limit that several scopes share, such as MaxSubmitJobs of the whole account. When the
 * cluster refuses a single task of a scope, the scopes with more tasks leave the next place free for it: their tasks that
 * end are not replaced, until the task is accepted.
 *
 * <p>If it is refused although a place was left free, the limit is not a shared one, and the other scopes go on.
 *
 * <p>Kept in memory. To be used from one thread.
 */
final class SharedLimit {
    /** Longer than the longest pause of a refused batch. If no refusal comes, the batch is no longer sent. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(6);

    private static final Duration NOT_SHARED_FOR = Duration.ofMinutes(10);

    private final Clock steady;
    private final Map<LimitScope, Instant> notSharedUntil = new HashMap<>();
    private Optional<Waiting> waiting = Optional.empty();

    /**
     * The scope that waits for a place.
     *
     * @param own the tasks that it had in the cluster
     * @param total the tasks that all scopes had in the cluster
     * @param most how many tasks each other scope may have until a place was used
     * @param at when its task was last refused
     */
    private record Waiting(LimitScope scope, int own, int total, Map<LimitScope, Integer> most, Instant at) {}

    SharedLimit(Clock steady) {
        this.steady = steady;
    }

    /** How many tasks a scope may have in the cluster, of the number that its own limit allows. May be 0. */
    int most(LimitScope scope, int allowed) {
        return current()
                .map(now -> now.scope.equals(scope)
                        ? Math.max(allowed, now.own + 1)
                        : Math.min(allowed, now.most.getOrDefault(scope, allowed)))
                .orElse(allowed);
    }

    /** Records that the cluster refused a single task, because it holds too many. */
    void refused(LimitScope scope, OpenTasks open) {
        Instant now = steady.instant();
        Optional<Waiting> before = current();
        if (before.isPresent()) {
            before.filter(same -> same.scope.equals(scope)).ifPresent(same -> refusedAgain(same, open));
        } else if (!notSharedUntil.getOrDefault(scope, Instant.MIN).isAfter(now)) {
            int own = open.inCluster(scope);
            Map<LimitScope, Integer> most = new HashMap<>();
            open.inClusterByScope().forEach((other, tasks) -> {
                if (tasks > own && !other.equals(scope)) {
                    most.put(other, tasks - 1);
                }
            });
            if (!most.isEmpty()) {
                waiting = Optional.of(new Waiting(scope, own, open.inCluster(), most, now));
            }
        }
    }

    private void refusedAgain(Waiting same, OpenTasks open) {
        Instant now = steady.instant();
        if (open.inCluster() < same.total) {
            waiting = Optional.empty();
            notSharedUntil.put(same.scope, now.plus(NOT_SHARED_FOR));
        } else {
            waiting = Optional.of(new Waiting(same.scope, same.own, same.total, same.most, now));
        }
    }

    /** Records that the cluster accepted an array. */
    void accepted(LimitScope scope) {
        waiting = current().filter(now -> !now.scope.equals(scope));
    }

    private Optional<Waiting> current() {
        waiting = waiting.filter(now -> now.at.plus(FORGOTTEN_AFTER).isAfter(steady.instant()));
        return waiting;
    }
}
