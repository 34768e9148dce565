package io.swath.model;

import java.util.Optional;

/**
 * Where a task ran, and on how many CPUs. Immutable.
 *
 * @param partition empty if not known
 * @param node empty before the task started
 * @param cpus CPUs that the cluster gave to the task
 */
public record Allocation(String partition, String node, Optional<Integer> cpus) {
    /** Nothing is known. */
    public static final Allocation NONE = new Allocation("", "", Optional.empty());
}
