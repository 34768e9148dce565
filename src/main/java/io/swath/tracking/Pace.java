package io.swath.tracking;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * When to ask the cluster next: often while tasks are ending or about to, ever less often while nothing changes.
 *
 * <p>The evidence that tasks leave on the storage hints at both without a call to the cluster; a hint that is late or
 * lost costs seconds, no more. To be called from one thread.
 */
final class Pace {
    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private final Clock steady;
    private Instant last;
    private Duration interval = SHORTEST;
    private Duration shortest = SHORTEST;
    private Map<String, Integer> seen = Map.of();

    /** {@code steady} only runs forward: a jump of the clock on the wall means nothing. */
    Pace(Clock steady) {
        this.steady = steady;
        this.last = steady.instant().minus(LONGEST);
    }

    /**
     * @param open array sizes of the open batches by token
     * @param evidence how much evidence lies there, likewise
     */
    boolean due(Map<String, Integer> open, Map<String, Integer> evidence) {
        Duration since = Duration.between(last, steady.instant());
        if (since.compareTo(shortest) < 0) {
            return false;
        }
        boolean fresh = !evidence.equals(seen);
        boolean complete = open.entrySet().stream()
                .anyMatch(batch -> evidence.getOrDefault(batch.getKey(), 0) >= batch.getValue()
                        && seen.getOrDefault(batch.getKey(), 0) < batch.getValue());
        return complete || (fresh && since.compareTo(SHORT) >= 0) || since.compareTo(interval) >= 0;
    }

    /**
     * After a cycle.
     *
     * @param awaited whether the evidence says of some tasks that they have ended and the accounting does not yet
     */
    void cycled(boolean changed, boolean awaited, Duration took, Map<String, Integer> evidence) {
        last = steady.instant();
        seen = Map.copyOf(evidence);
        shortest = max(SHORTEST, min(took, SLOW)); // a cluster that answers slowly is asked less often
        Duration next = changed ? SHORT : interval.multipliedBy(3).dividedBy(2);
        interval = awaited ? max(shortest, min(next, SHORT)) : max(shortest, min(next, LONGEST));
    }

    /** Something was submitted, or somebody wants to know. */
    void wake() {
        interval = SHORT;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
