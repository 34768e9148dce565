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
 * costs only some seconds. To be called from one thread, except {@link #wake} and {@link #jobEnded}.
 */
final class Pace {
    /** For a cluster that reports the ends of jobs: it is on this machine, and its answer costs little. */
    private static final Duration AFTER_REPORT = Duration.ofMillis(20);

    private static final Duration SHORTEST = Duration.ofMillis(500);
    /** For the last tasks of a batch, because what follows waits for accounting. */
    private static final Duration LAST = Duration.ofMillis(200);

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

    private volatile Instant lastCycle;
    private volatile Duration interval = SHORTEST;
    private Awaited lastAwaited = Awaited.NOTHING;
    private Duration took = Duration.ZERO;
    private volatile boolean nothingOpen;
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
        boolean complete = open.entrySet().stream()
                .anyMatch(batch -> evidence.getOrDefault(batch.getKey(), 0) >= batch.getValue()
                        && lastEvidence.getOrDefault(batch.getKey(), 0) < batch.getValue());
        if (complete && since.compareTo(atLeast(LAST)) >= 0) {
            return true;
        }
        boolean fresh = !evidence.equals(lastEvidence);
        return since.compareTo(atLeast(SHORTEST)) >= 0
                && ((fresh && since.compareTo(SHORT) >= 0) || since.compareTo(interval) >= 0);
    }

    /** A cluster that answers slowly is asked less often. */
    private Duration atLeast(Duration pause) {
        return max(pause, min(took, SLOW));
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
        nothingOpen = false;
        lastCycle = steady.instant();
        this.took = took;
        lastEvidence = Map.copyOf(evidence);
        Duration longer = interval.multipliedBy(3).dividedBy(2);
        Duration next = switch (awaited) {
            case NOTHING -> changed ? SHORT : min(longer, LONGEST);
            case SOME_TASKS -> changed ? SHORT : min(longer, SHORT);
            case LAST_TASKS -> changed || lastAwaited != awaited ? SHORTEST : min(longer, SHORT);
        };
        interval = atLeast(next);
        lastAwaited = awaited;
    }

    /** Records that no batch is open. */
    void recordNothingOpen() {
        nothingOpen = true;
    }

    /**
     * Shortens the interval, because something is expected to change soon. When nothing was open, the interval begins now: what
     * was just submitted has not ended. May be called from any thread.
     */
    void wake() {
        if (nothingOpen) {
            nothingOpen = false;
            lastCycle = steady.instant();
        }
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
