package io.swath.cluster;

import io.swath.model.Request;
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
     * @param memoryMiBPerNode memory that jobs may request on one node; 0: the cluster does not manage memory, so none
     *     is requested
     * @param gpusPerNode whole GPUs
     * @param shardsPerGpu into how many shards a GPU is divided; 0: GPUs are not shared
     * @param maxTime the longest time limit that a job may request; empty: no limit
     * @param blocked why no job can start in it now, and who can mend that; empty: jobs can start
     * @param notes what else a person should know about it
     */
    public record Partition(
            String name,
            boolean byDefault,
            int nodes,
            int cpusPerNode,
            int memoryMiBPerNode,
            int gpusPerNode,
            int shardsPerGpu,
            Optional<Duration> maxTime,
            String blocked,
            List<String> notes) {
        public Partition {
            notes = List.copyOf(notes);
        }

        /** A partition in which jobs can start, without notes. */
        public Partition(
                String name,
                boolean byDefault,
                int nodes,
                int cpusPerNode,
                int memoryMiBPerNode,
                int gpusPerNode,
                int shardsPerGpu,
                Optional<Duration> maxTime) {
            this(
                    name,
                    byDefault,
                    nodes,
                    cpusPerNode,
                    memoryMiBPerNode,
                    gpusPerNode,
                    shardsPerGpu,
                    maxTime,
                    "",
                    List.of());
        }

        /** How many tasks with this request can run at once, if nothing else runs. */
        public int slots(Request request) {
            long each = cpusPerNode / request.cpus();
            if (request.memoryMiB() > 0) {
                each = Math.min(each, memoryMiBPerNode / request.memoryMiB());
            }
            if (request.gpus() > 0) {
                each = Math.min(each, gpusPerNode / request.gpus());
            }
            if (request.shards() > 0) {
                each = Math.min(each, (long) gpusPerNode * shardsPerGpu / request.shards());
            }
            return (int) Math.min(Integer.MAX_VALUE, each * nodes);
        }

        /** Whether a job in this partition requests memory. */
        public boolean managesMemory() {
            return memoryMiBPerNode > 0;
        }
    }

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
