package io.swath.model;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The resources that one array task requests from the cluster. Immutable.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for amounts that no task can have.
 *
 * @param partition empty for the cluster's default partition
 * @param cpus CPUs for each of its tasks
 * @param memoryMiB memory of each node, for all of its tasks there; 0: none is requested, because the cluster does not manage
 *     memory
 * @param time the time limit, after which the cluster ends the task
 * @param gpus whole GPUs of each node, 0 for none
 * @param shards shares of one GPU (Slurm's {@code gres/shard}), 0 for none; never together with {@code gpus}
 * @param excludedNodes nodes that must not be used
 * @param placement on which nodes it runs, on how many, and with how many tasks
 */
public record Request(
        String partition,
        int cpus,
        int memoryMiB,
        Duration time,
        int gpus,
        int shards,
        List<String> excludedNodes,
        Placement placement) {
    public Request {
        if (cpus < 1 || memoryMiB < 0 || time.isNegative() || time.isZero() || gpus < 0 || shards < 0) {
            throw new IllegalArgumentException(
                    "a request needs at least 1 CPU, no negative memory and a positive time, not " + cpus + " CPUs, "
                            + memoryMiB + " MiB, " + time + ", " + gpus + " GPUs, " + shards + " shards");
        }
        if (gpus > 0 && shards > 0) {
            throw new IllegalArgumentException("a task requests whole GPUs or shards of one GPU, not both");
        }
        excludedNodes = List.copyOf(excludedNodes);
    }

    /** A request of one task on one node, anywhere. */
    public Request(
            String partition,
            int cpus,
            int memoryMiB,
            Duration time,
            int gpus,
            int shards,
            List<String> excludedNodes) {
        this(partition, cpus, memoryMiB, time, gpus, shards, excludedNodes, Placement.NONE);
    }

    /** CPUs of all tasks together. */
    public int totalCpus() {
        return cpus * placement.tasks();
    }

    /** Memory of all nodes together. */
    public long totalMemoryMiB() {
        return (long) memoryMiB * placement.nodes();
    }

    /** Whole GPUs of all nodes together. */
    public int totalGpus() {
        return gpus * placement.nodes();
    }

    /** CPUs of each node, for all tasks there. */
    public int cpusPerNode() {
        return cpus * placement.tasksPerNode();
    }

    public Request withMemoryMiB(int more) {
        return new Request(partition, cpus, more, time, gpus, shards, excludedNodes, placement);
    }

    public Request withTime(Duration more) {
        return new Request(partition, cpus, memoryMiB, more, gpus, shards, excludedNodes, placement);
    }

    /** The same request, which also excludes this node. A blank name changes nothing. */
    public Request excludingNode(String node) {
        if (node.isBlank() || excludedNodes.contains(node)) {
            return this;
        }
        List<String> nodes =
                Stream.concat(excludedNodes.stream(), Stream.of(node)).sorted().toList();
        return new Request(partition, cpus, memoryMiB, time, gpus, shards, nodes, placement);
    }

    /** Whether both ask for the same resources in the same partition, whatever nodes they exclude. */
    public boolean asksForTheSame(Request other) {
        return partition.equals(other.partition)
                && cpus == other.cpus
                && memoryMiB == other.memoryMiB
                && time.toSeconds() == other.time.toSeconds() // the ledger holds seconds
                && gpus == other.gpus
                && shards == other.shards
                && placement.equals(other.placement);
    }
}
