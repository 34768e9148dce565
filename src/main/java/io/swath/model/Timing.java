package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * When a task passed each point of its life, as the cluster's accounting has it. What is not known is empty. Immutable.
 *
 * @param submitted when the cluster took the job
 * @param eligible when nothing but resources kept it from starting any more
 * @param elapsedSeconds how long it ran, in whole seconds as sacct counts them, without the time it was suspended
 */
public record Timing(
        Optional<Instant> submitted,
        Optional<Instant> eligible,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<Long> elapsedSeconds) {
    /** Nothing known. */
    public static final Timing NONE =
            new Timing(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
