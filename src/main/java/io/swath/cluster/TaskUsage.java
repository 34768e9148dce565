package io.swath.cluster;

import java.util.Optional;

/**
 * What a task used, from the rows of its steps. Empty means unknown, not zero.
 *
 * @param memoryKiB peak of resident memory on all nodes together, the highest value of all steps
 * @param cpuMillis CPU time
 * @param killedForMemory whether the task was killed because it used more memory than it requested
 */
public record TaskUsage(Optional<Long> memoryKiB, Optional<Long> cpuMillis, boolean killedForMemory) {
    public static final TaskUsage UNKNOWN = new TaskUsage(Optional.empty(), Optional.empty(), false);

    /** The same with the memory of each of so many nodes, because a job requests memory of each node. */
    public TaskUsage onEachOf(int nodes) {
        return new TaskUsage(memoryKiB.map(all -> all / nodes), cpuMillis, killedForMemory);
    }
}
