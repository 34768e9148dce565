package io.swath.cluster;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node has, or what of it is free. Immutable.
 *
 * @param memoryMiB memory that jobs may request; 0: the cluster does not manage memory
 * @param gpus how many GPUs of each type; the type is empty where the cluster knows none. A slice of a GPU (MIG) is a GPU
 *     with a type such as {@code a100_1g.10gb}, see {@link GpuSlice}
 * @param shards Slurm's {@code gres/shard}, the sum over all GPUs of the node
 * @param mps Slurm's {@code gres/mps}, the sum over all GPUs of the node
 */
public record NodeResources(int cpus, int memoryMiB, Map<String, Integer> gpus, int shards, int mps) {
    public NodeResources {
        gpus = Collections.unmodifiableMap(new TreeMap<>(gpus));
    }

    /** GPUs and slices of GPUs of all types. */
    public int allGpus() {
        return gpus.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** @param type the type; empty: GPUs of any type */
    public int gpus(String type) {
        return type.isEmpty() ? allGpus() : gpus.getOrDefault(type, 0);
    }

    /** Into how many shards each GPU is divided; 0: the GPUs are not shared, or there is none. */
    public int shardsPerGpu() {
        return allGpus() == 0 ? 0 : shards / allGpus();
    }

    /** How much {@code gres/mps} each GPU has, mostly 100; 0: MPS is not offered, or there is no GPU. */
    public int mpsPerGpu() {
        return allGpus() == 0 ? 0 : mps / allGpus();
    }
}
