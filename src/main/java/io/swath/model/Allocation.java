package io.swath.model;

import java.util.Optional;

/**
 * Where a task ran. Immutable.
 *
 * @param partition empty where it is not known
 * @param node empty before the task started
 * @param cpus how many CPUs it was given
 */
public record Allocation(String partition, String node, Optional<Integer> cpus) {
    /** Nothing known. */
    public static final Allocation NONE = new Allocation("", "", Optional.empty());
}
