package io.swath.cluster;

import java.util.Optional;

/**
 * What a task used, from its steps' rows; absent is unknown, not zero.
 *
 * @param memoryKiB peak of resident memory, the highest among the steps
 * @param cpuMillis CPU time
 * @param killedForMemory a step's row tells that the task was ended for going over its memory
 */
public record TaskUsage(Optional<Long> memoryKiB, Optional<Long> cpuMillis, boolean killedForMemory) {
    public static final TaskUsage UNKNOWN = new TaskUsage(Optional.empty(), Optional.empty(), false);
}
