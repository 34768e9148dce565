package io.swath.model;

import java.time.Duration;
import java.util.Optional;

/**
 * The resources that a task used, as measured. An empty value is unknown, not zero. Immutable.
 *
 * @param wall wall-clock time from the task's start to its end, in whole microseconds; the task measures it itself
 * @param cpuMillis CPU time in milliseconds
 * @param memoryKiB peak of resident memory in KiB
 * @param gpu what it used of a GPU
 */
public record ResourceUse(Optional<Duration> wall, Optional<Long> cpuMillis, Optional<Long> memoryKiB, GpuUse gpu) {
    /** Nothing is known. */
    public static final ResourceUse NONE = new ResourceUse(Optional.empty(), Optional.empty(), Optional.empty());

    /** Of a task that used no GPU, or did not measure it. */
    public ResourceUse(Optional<Duration> wall, Optional<Long> cpuMillis, Optional<Long> memoryKiB) {
        this(wall, cpuMillis, memoryKiB, GpuUse.NONE);
    }
}
