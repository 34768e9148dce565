package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a task waits in the cluster's queue. Immutable.
 *
 * @param reason the cluster's own reason, such as {@code Resources}; empty if the task does not wait
 * @param expectedStart when the scheduler plans to start the task
 */
public record Pending(String reason, Optional<Instant> expectedStart) {
    /** The task does not wait. */
    public static final Pending NONE = new Pending("", Optional.empty());
}
