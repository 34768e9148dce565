package io.swath.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a cluster is and what it offers. Immutable.
 *
 * @param name such as {@code slurm 24.11.5} or {@code local}
 * @param maxArraySize the most tasks that one array may have, so the highest index is one less
 */
public record Capabilities(String name, int maxArraySize, List<Partition> partitions) {
    /** The name of the adapter that runs jobs on this machine. */
    public static final String LOCAL = "local";

    /**
     * A partition, with the highest value of each resource that one of its nodes has.
     *
     * @param memoryMiBPerNode memory that jobs may request on one node
     * @param gpusPerNode whole GPUs
     * @param shardsPerGpu into how many shards a GPU is divided; 0: GPUs are not shared
     * @param maxTime the longest time limit that a job may request; empty: no limit
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

    /** Whether a GPU step needs a GPU. On the local machine a GPU step runs on the CPU if there is no GPU. */
    public boolean needsGpus() {
        return !name.equals(LOCAL);
    }

    /** @param wanted the name; empty text means the default partition */
    public Optional<Partition> partition(String wanted) {
        return partitions.stream()
                .filter(partition -> wanted.isEmpty()
                        ? partition.byDefault()
                        : partition.name().equals(wanted))
                .findFirst();
    }
}
