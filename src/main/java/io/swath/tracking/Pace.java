package io.swath.tracking;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Decides when to ask the cluster next: often while tasks end or are about to end, and more and more rarely while
 * nothing changes.
 *
 * <p>The evidence that tasks write on the storage is a hint, which needs no call to the cluster. A late or lost hint
 * costs only some seconds. To be called from one thread, except {@link #jobEnded}.
 */
final class Pace {
    /** For a cluster that reports the ends of jobs: it is on this machine, and its answer costs little. */
    private static final Duration AFTER_REPORT = Duration.ofMillis(20);

    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration SLOW = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private final Clock steady;

    /** Ended tasks of which there is evidence, and which accounting does not report as ended yet. */
    enum Awaited {
        NOTHING,
        SOME_TASKS,
        /** All tasks of a batch have ended, and what follows waits for accounting. */
        LAST_TASKS
    }

    private Instant lastCycle;
    private Duration interval = SHORTEST;
    private Duration shortest = SHORTEST;
    private Awaited lastAwaited = Awaited.NOTHING;
    private Duration took = Duration.ZERO;
    private volatile boolean reported;
    private Map<String, Integer> lastEvidence = Map.of();

    /** @param steady a clock that never jumps */
    Pace(Clock steady) {
        this.steady = steady;
        this.lastCycle = steady.instant().minus(LONGEST);
    }

    /**
     * Whether it is time for the next cycle.
     *
     * @param open array sizes of the open batches, by token
     * @param evidence counts of evidence files, by token
     */
    boolean due(Map<String, Integer> open, Map<String, Integer> evidence) {
        Duration since = Duration.between(lastCycle, steady.instant());
        if (reported && since.compareTo(max(AFTER_REPORT, took.multipliedBy(4))) >= 0) {
            reported = false;
            return true;
        }
        if (since.compareTo(shortest) < 0) {
            return false;
        }
        boolean fresh = !evidence.equals(lastEvidence);
        boolean complete = open.entrySet().stream()
                .anyMatch(batch -> evidence.getOrDefault(batch.getKey(), 0) >= batch.getValue()
                        && lastEvidence.getOrDefault(batch.getKey(), 0) < batch.getValue());
        return complete || (fresh && since.compareTo(SHORT) >= 0) || since.compareTo(interval) >= 0;
    }

    /**
     * To be called after each cycle.
     *
     * @param changed whether the cycle recorded anything
     * @param awaited whether there is evidence of ended tasks that accounting does not report as ended yet
     * @param took how long the cycle took
     * @param evidence counts of evidence files before the cycle, by token
     */
    void recordCycle(boolean changed, Awaited awaited, Duration took, Map<String, Integer> evidence) {
        lastCycle = steady.instant();
        this.took = took;
        lastEvidence = Map.copyOf(evidence);
        shortest = max(SHORTEST, min(took, SLOW)); // a cluster that answers slowly is asked less often
        Duration longer = interval.multipliedBy(3).dividedBy(2);
        Duration next = switch (awaited) {
            case NOTHING -> changed ? SHORT : min(longer, LONGEST);
            case SOME_TASKS -> changed ? SHORT : min(longer, SHORT);
            case LAST_TASKS -> changed || lastAwaited != awaited ? SHORTEST : min(longer, SHORT);
        };
        interval = max(shortest, next);
        lastAwaited = awaited;
    }

    /** Shortens the interval, because something is expected to change soon. */
    void wake() {
        interval = SHORT;
    }

    /** Makes a cycle due at once, because the cluster has reported the end of a job. May be called from any thread. */
    void jobEnded() {
        reported = true;
    }

    private static Duration max(Duration first, Duration second) {
        return first.compareTo(second) > 0 ? first : second;
    }

    private static Duration min(Duration first, Duration second) {
        return first.compareTo(second) < 0 ? first : second;
    }
}
