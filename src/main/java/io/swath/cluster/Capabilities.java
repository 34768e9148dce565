package io.swath.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a cluster is and offers.
 *
 * @param name such as {@code slurm 24.11.5} or {@code local}
 * @param maxArraySize tasks that one array may have (highest index + 1)
 */
public record Capabilities(String name, int maxArraySize, List<Partition> partitions) {
    /** The name of the adapter that runs jobs on this machine. */
    public static final String LOCAL = "local";

    /**
     * A partition, by its largest node.
     *
     * @param maxTime empty: no limit
     * @param gpusPerNode whole GPUs
     * @param shardsPerGpu parts into which a GPU may be cut, 0 where it may not
     */
    public record Partition(
            String name,
            boolean byDefault,
            int nodes,
            int cpusPerNode,
            int memoryMiBPerNode,
            int gpusPerNode,
            int shardsPerGpu,
            Optional<Duration> maxTime) {}

    /** False for a machine that stands in for a cluster: there a GPU step runs without a GPU rather than not at all. */
    public boolean needsGpus() {
        return !name.equals(LOCAL);
    }

    public Optional<Partition> partition(String wanted) {
        return partitions.stream()
                .filter(partition -> wanted.isEmpty()
                        ? partition.byDefault()
                        : partition.name().equals(wanted))
                .findFirst();
    }
}
