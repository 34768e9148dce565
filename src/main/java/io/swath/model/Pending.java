package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a task waits in the queue, while it does. Immutable.
 *
 * @param reason the cluster's own word, such as {@code Resources}; empty when the task does not wait
 * @param expectedStart when the scheduler plans to start it
 */
public record Pending(String reason, Optional<Instant> expectedStart) {
    /** It does not wait. */
    public static final Pending NONE = new Pending("", Optional.empty());
}
