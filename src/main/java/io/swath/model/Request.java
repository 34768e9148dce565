package io.swath.model;

import java.time.Duration;
import java.util.List;

/**
 * What one task asks of the cluster.
 *
 * @param partition empty: the cluster's default
 * @param cpus cores for the task
 * @param memoryMiB memory of the node for the task
 * @param time the limit after which the task is ended
 * @param gpus whole GPUs, 0 for none
 * @param shards parts of one GPU, 0 for none; never together with {@code gpus}
 * @param excludedNodes nodes that must not be used
 */
public record Request(
        String partition, int cpus, int memoryMiB, Duration time, int gpus, int shards, List<String> excludedNodes) {
    public Request {
        if (cpus < 1 || memoryMiB < 1 || time.isNegative() || time.isZero() || gpus < 0 || shards < 0) {
            throw new IllegalArgumentException("no request: " + cpus + " CPUs, " + memoryMiB + " MiB, " + time);
        }
        if (gpus > 0 && shards > 0) {
            throw new IllegalArgumentException("a task has whole GPUs or shards of one, not both");
        }
        excludedNodes = List.copyOf(excludedNodes);
    }

    public Request withMemoryMiB(int more) {
        return new Request(partition, cpus, more, time, gpus, shards, excludedNodes);
    }

    public Request withTime(Duration more) {
        return new Request(partition, cpus, memoryMiB, more, gpus, shards, excludedNodes);
    }

    public Request without(String node) {
        if (node.isBlank() || excludedNodes.contains(node)) {
            return this;
        }
        List<String> nodes = java.util.stream.Stream.concat(excludedNodes.stream(), java.util.stream.Stream.of(node))
                .sorted()
                .toList();
        return new Request(partition, cpus, memoryMiB, time, gpus, shards, nodes);
    }
}
