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
 * @param gpu GPUs of each node, or a part of one GPU
 * @param excludedNodes nodes that must not be used
 * @param placement on which nodes it runs, on how many, and with how many tasks
 */
public record Request(
        String partition,
        int cpus,
        int memoryMiB,
        Duration time,
        GpuRequest gpu,
        List<String> excludedNodes,
        Placement placement) {
    public Request {
        if (cpus < 1 || memoryMiB < 0 || time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(
                    "a request needs at least 1 CPU, no negative memory and a positive time, not " + cpus + " CPUs, "
                            + memoryMiB + " MiB, " + time);
        }
        excludedNodes = List.copyOf(excludedNodes);
    }

    /** A request of whole GPUs or of shards of one GPU, of which nobody knows how many there are. */
    public Request(
            String partition,
            int cpus,
            int memoryMiB,
            Duration time,
            int gpus,
            int shards,
            List<String> excludedNodes,
            Placement placement) {
        this(
                partition,
                cpus,
                memoryMiB,
                time,
                new GpuRequest(gpus, "", shards, 0, gpus > 0 ? 1 : 0),
                excludedNodes,
                placement);
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

    /** Whole GPUs, or slices of GPUs, of each node; 0 for none. */
    public int gpus() {
        return gpu.whole();
    }

    /** The type of these GPUs; empty: any. */
    public String gpuType() {
        return gpu.type().isEmpty() ? placement.gpuType() : gpu.type();
    }

    /** Shares of one GPU (Slurm's {@code gres/shard}); 0 for none. */
    public int shards() {
        return gpu.shards();
    }

    /** Whole GPUs of all nodes together. */
    public int totalGpus() {
        return gpu.whole() * placement.nodes();
    }

    /** CPUs of each node, for all tasks there. */
    public int cpusPerNode() {
        return cpus * placement.tasksPerNode();
    }

    public Request withMemoryMiB(int more) {
        return new Request(partition, cpus, more, time, gpu, excludedNodes, placement);
    }

    public Request withTime(Duration more) {
        return new Request(partition, cpus, memoryMiB, more, gpu, excludedNodes, placement);
    }

    public Request withGpu(GpuRequest other) {
        return new Request(partition, cpus, memoryMiB, time, other, excludedNodes, placement);
    }

    public Request withPlacement(Placement other) {
        return new Request(partition, cpus, memoryMiB, time, gpu, excludedNodes, other);
    }

    /** The same request, which excludes these nodes and no others. */
    public Request withExcludedNodes(List<String> nodes) {
        return new Request(partition, cpus, memoryMiB, time, gpu, nodes, placement);
    }

    /** The same request, which also excludes this node. A blank name changes nothing. */
    public Request excludingNode(String node) {
        if (node.isBlank() || excludedNodes.contains(node)) {
            return this;
        }
        List<String> nodes =
                Stream.concat(excludedNodes.stream(), Stream.of(node)).sorted().toList();
        return new Request(partition, cpus, memoryMiB, time, gpu, nodes, placement);
    }

    /**
     * The same request, which also excludes these nodes, one after the other, as long as another node remains.
     *
     * @param most how many nodes the partition has
     */
    public Request excludingNodes(List<String> nodes, int most) {
        Request reduced = this;
        for (String node : nodes) {
            if (reduced.excludedNodes.size() + 1 < most) {
                reduced = reduced.excludingNode(node);
            }
        }
        return reduced;
    }

    /** Whether both ask for the same resources in the same partition, whatever nodes they exclude. */
    public boolean asksForTheSame(Request other) {
        return partition.equals(other.partition)
                && cpus == other.cpus
                && memoryMiB == other.memoryMiB
                && time.toSeconds() == other.time.toSeconds() // the ledger holds seconds
                && gpu.asksForTheSame(other.gpu)
                && placement.equals(other.placement);
    }
}
