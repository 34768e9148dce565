package io.swath.tracking;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * For how long each run has been missing from every answer, without a break. Only time between two answers counts. Time
 * without an answer and time before this program started do not count. Not thread-safe.
 */
final class MissingTime {
    /** A gap between two answers counts at most this much, because this program may have been paused in the gap. */
    private static final Duration LONGEST_GAP = Duration.ofMinutes(2);

    private final Clock steady;
    private final Map<String, Duration> missingFor = new HashMap<>();
    private Instant lastAnswer;

    MissingTime(Clock steady) {
        this.steady = steady;
    }

    /**
     * Records an answer.
     *
     * @param missing ids of the runs that are missing from the answer; all other runs are in the answer
     */
    void recordAnswer(Collection<String> missing) {
        Instant now = steady.instant();
        Duration gap = lastAnswer == null ? Duration.ZERO : Duration.between(lastAnswer, now);
        Duration counted = gap.compareTo(LONGEST_GAP) > 0 ? LONGEST_GAP : gap;
        lastAnswer = now;
        Set<String> stillMissing = new HashSet<>(missing);
        missingFor.keySet().retainAll(stillMissing);
        missingFor.replaceAll((run, time) -> time.plus(counted));
        stillMissing.forEach(run -> missingFor.putIfAbsent(run, Duration.ZERO));
    }

    /** Records that no answer came. The time until the next answer does not count. */
    void recordNoAnswer() {
        lastAnswer = null;
    }

    /** The run was found: its time starts again at zero. */
    void reset(String run) {
        missingFor.remove(run);
    }

    Duration of(String run) {
        return missingFor.getOrDefault(run, Duration.ZERO);
    }
}
