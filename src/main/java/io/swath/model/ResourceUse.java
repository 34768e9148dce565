package io.swath.model;

import java.time.Duration;
import java.util.Optional;

/**
 * What a task was measured to use. Empty is unknown, never zero. Immutable.
 *
 * @param wall the time on the clock from its start to its end, to the microsecond; the task measures it itself
 * @param cpuMillis CPU time in milliseconds
 * @param memoryKiB the peak of resident memory in KiB
 */
public record ResourceUse(Optional<Duration> wall, Optional<Long> cpuMillis, Optional<Long> memoryKiB) {
    /** Nothing known. */
    public static final ResourceUse NONE = new ResourceUse(Optional.empty(), Optional.empty(), Optional.empty());
}
