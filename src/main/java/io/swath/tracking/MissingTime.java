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
 * For how long runs have been absent, on end, from answers that were got. Time in which nobody answered counts for
 * nothing, and neither does the time before this program was started. Not thread-safe.
 */
final class MissingTime {
    /** Two answers further apart than this tell little of the time between them: this program stood still, say. */
    private static final Duration LONGEST_GAP = Duration.ofMinutes(2);

    private final Clock steady;
    private final Map<String, Duration> absent = new HashMap<>();
    private Instant answered;

    MissingTime(Clock steady) {
        this.steady = steady;
    }

    /** An answer came, and these runs were not in it, but all others were. */
    void answered(Collection<String> runs) {
        Instant now = steady.instant();
        Duration gap = answered == null ? Duration.ZERO : Duration.between(answered, now);
        Duration counted = gap.compareTo(LONGEST_GAP) > 0 ? LONGEST_GAP : gap;
        answered = now;
        Set<String> still = new HashSet<>(runs);
        absent.keySet().retainAll(still);
        absent.replaceAll((run, time) -> time.plus(counted));
        still.forEach(run -> absent.putIfAbsent(run, Duration.ZERO));
    }

    /** No answer came: until the next one, nothing is known. */
    void unanswered() {
        answered = null;
    }

    /** It is somewhere after all. */
    void found(String run) {
        absent.remove(run);
    }

    Duration of(String run) {
        return absent.getOrDefault(run, Duration.ZERO);
    }
}
