package io.swath.health;

import java.time.Duration;

/**
 * The pause after a failure: each is twice as long as the one before, up to a limit. Immutable.
 *
 * @param first after the first failure
 * @param longest no pause is longer
 */
public record GrowingPause(Duration first, Duration longest) {
    private static final int MOST_DOUBLINGS = 20;

    /** The pause after so many failures in a row; zero without a failure. */
    public Duration after(int failures) {
        if (failures < 1) {
            return Duration.ZERO;
        }
        Duration grown = first.multipliedBy(1L << Math.min(MOST_DOUBLINGS, failures - 1));
        return grown.compareTo(longest) < 0 ? grown : longest;
    }
}
