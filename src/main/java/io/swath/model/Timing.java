package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * When a task was submitted, became eligible, started and ended, as the cluster's accounting reports it. A time that is
 * not known is empty. Immutable.
 *
 * @param submitted when the cluster accepted the job
 * @param eligible since when the task waits only for resources; see Eligible in sacct(1)
 * @param elapsedSeconds how long the task ran, in whole seconds, without the time in which it was suspended
 */
public record Timing(
        Optional<Instant> submitted,
        Optional<Instant> eligible,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<Long> elapsedSeconds) {
    /** Nothing is known. */
    public static final Timing NONE =
            new Timing(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
