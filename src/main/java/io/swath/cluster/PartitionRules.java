package io.swath.cluster;

import io.swath.model.Request;

/**
 * How a partition divides its nodes among jobs. A limit of {@link Integer#MAX_VALUE} is none. Immutable. The rules are
 * those of slurm.conf(5).
 *
 * @param wholeNodes whether a job gets whole nodes, whatever it requests ({@code OverSubscribe=EXCLUSIVE})
 * @param mostCpusPerNode how many CPUs of a node all jobs of the partition may have together ({@code MaxCPUsPerNode})
 * @param mostMemoryMiB the most memory that a job may request on one node ({@code MaxMemPerNode})
 * @param mostMemoryMiBPerCpu a job that requests more memory for each of its CPUs gets more CPUs ({@code MaxMemPerCPU})
 * @param leastNodes a job on fewer nodes does not start ({@code MinNodes})
 * @param mostNodes a job on more nodes does not start ({@code MaxNodes})
 */
public record PartitionRules(
        boolean wholeNodes,
        int mostCpusPerNode,
        int mostMemoryMiB,
        int mostMemoryMiBPerCpu,
        int leastNodes,
        int mostNodes) {
    /** Every job gets what it requests. */
    public static final PartitionRules NONE =
            new PartitionRules(false, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 0, Integer.MAX_VALUE);

    /**
     * How many jobs with this request a node can run its part of at once.
     *
     * @param has what the node has, or what of it is free
     */
    int tasks(NodeKind kind, NodeResources has, Request request) {
        if (request.memoryMiB() > mostMemoryMiB) {
            return 0;
        }
        int tasks = Math.min(has.cpus(), mostCpusPerNode) / cpus(kind, request);
        if (request.memoryMiB() > 0) {
            tasks = Math.min(tasks, has.memoryMiB() / request.memoryMiB());
        }
        if (request.gpus() > 0) {
            tasks = Math.min(tasks, has.gpus(request.gpuType()) / request.gpus());
        }
        if (request.shards() > 0) {
            tasks = Math.min(tasks, shardTasks(kind, has, request.shards()));
        }
        int mps = request.gpu().mps();
        if (mps > 0) { // of one GPU of a node at a time (gres.html)
            tasks = Math.min(tasks, Math.min(kind.offers().mpsPerGpu(), has.mps()) / mps);
        }
        boolean whole = wholeNodes || request.placement().exclusive();
        boolean taken = whole && has.cpus() < kind.offers().cpus();
        return taken ? 0 : whole ? Math.min(1, tasks) : tasks;
    }

    /** How many CPUs of a node the cluster takes for a job: more than it requests where its memory or whole cores make it so. */
    private int cpus(NodeKind kind, Request request) {
        long forMemory = ((long) request.memoryMiB() + mostMemoryMiBPerCpu - 1) / mostMemoryMiBPerCpu;
        long least = Math.max(request.cpusPerNode(), forMemory);
        long cores = (least + kind.cpusPerCore() - 1) / kind.cpusPerCore();
        return (int) Math.min(Integer.MAX_VALUE, cores * kind.cpusPerCore());
    }

    /** Whether {@code MaxMemPerCPU} is set. */
    boolean limitsMemoryPerCpu() {
        return mostMemoryMiBPerCpu < Integer.MAX_VALUE;
    }

    /** How much memory, in MiB, a job is given at most that has all CPUs of a node; {@code MaxMemPerCPU} may make that less than it has. */
    long memoryMiBForAllCpus(NodeKind kind) {
        int cpus = Math.min(kind.offers().cpus(), mostCpusPerNode);
        return (long) (cpus - cpus % kind.cpusPerCore()) * mostMemoryMiBPerCpu;
    }

    /** The shards of a task are all on one GPU (gres.html), so each GPU may have some left over. */
    private static int shardTasks(NodeKind kind, NodeResources has, int shards) {
        int perGpu = kind.offers().shardsPerGpu() / shards;
        return Math.min(kind.offers().allGpus() * perGpu, has.shards() / shards);
    }
}
