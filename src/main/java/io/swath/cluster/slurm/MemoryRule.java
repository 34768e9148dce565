package io.swath.cluster.slurm;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a partition's jobs may request memory, and how much. Slurm manages memory only if SelectTypeParameters
 * contains it, and the nodes have a RealMemory (slurm.conf(5)). Immutable.
 *
 * @param mostMiB the most that a job may request on one node; 0: Slurm does not manage memory
 * @param notes for people: which line of slurm.conf is missing
 */
record MemoryRule(int mostMiB, List<String> notes) {
    /** The settings say that no job requests memory. */
    static final MemoryRule NONE_REQUESTED = new MemoryRule(
            0, List.of("slurm.request-memory is false, so tasks ask for no memory, whatever a recipe says"));

    /** The value of RealMemory when slurm.conf has none. */
    private static final int NOT_CONFIGURED_MIB = 1;

    /**
     * Reads the rule of a partition.
     *
     * @param selectTypeParameters of the whole cluster; empty if it is not known, which counts as memory being managed
     * @param partition the partition's own values: they may replace SelectTypeParameters
     * @param highestMiB the RealMemory of the partition's largest node
     */
    static MemoryRule of(String selectTypeParameters, Map<String, String> partition, int highestMiB) {
        String own = partition.getOrDefault("SelectTypeParameters", "NONE");
        String parameters = own.equals("NONE") ? selectTypeParameters : own;
        if (!parameters.isEmpty() && !parameters.toUpperCase(Locale.ROOT).contains("MEMORY")) {
            return unmanaged("SelectTypeParameters=" + parameters + " does not manage memory. With"
                    + " SelectTypeParameters=CR_Core_Memory, or another value with _Memory, it would");
        }
        if (highestMiB <= NOT_CONFIGURED_MIB) {
            return unmanaged("no line NodeName=… of its nodes has RealMemory=…");
        }
        int limit = PartitionRecords.limit(partition, "MaxMemPerNode");
        return new MemoryRule(Math.min(highestMiB, limit), List.of());
    }

    private static MemoryRule unmanaged(String line) {
        return new MemoryRule(
                0,
                List.of("Slurm does not manage memory here, so tasks ask for none and may use all of a node. In"
                        + " slurm.conf, " + line));
    }
}
