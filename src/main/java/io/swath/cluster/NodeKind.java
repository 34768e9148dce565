package io.swath.cluster;

import io.swath.storage.Sha256;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Nodes of a partition that offer the same. Immutable.
 *
 * @param offers what each of them has when nothing runs on it
 * @param cpusPerCore how many CPUs (threads) Slurm gives to a job together, because it divides whole cores or sockets; 1:
 *     each CPU alone
 * @param features for the option {@code --constraint}
 */
public record NodeKind(NodeResources offers, int cpusPerCore, Set<String> features, List<Node> nodes) {
    public NodeKind {
        features = Collections.unmodifiableSet(new TreeSet<>(features));
        nodes = List.copyOf(nodes);
    }

    /**
     * A short text that is the same for all kinds that offer the same, but for memory that differs by less than 1/16 of a doubling:
     * where the memory of each node was measured ({@code slurmd -C}), equal nodes differ by a few MiB.
     */
    public String id() {
        long memory = offers.memoryMiB() == 0 ? 0 : Math.round(16 * Math.log(offers.memoryMiB()) / Math.log(2));
        return Sha256.hex(offers.cpus() + " " + memory + " " + offers.gpus() + " " + offers.shards() + " "
                        + offers.mps() + " " + cpusPerCore + " " + features)
                .substring(0, 8);
    }

    /** Whether jobs can start on a node. */
    public enum Availability {
        /** They can now, or as soon as the cluster has switched it on. */
        READY,
        /** Not now: it is kept for a maintenance window or for other people. That ends by itself. */
        LATER,
        /** Not before a person has brought it back. */
        OUT
    }

    /**
     * One node.
     *
     * @param state in the cluster's own words, with the reason where there is one
     * @param free what of it no job has now
     */
    public record Node(String name, Availability availability, String state, NodeResources free) {}

    /** The nodes on which jobs can start. */
    public List<Node> ready() {
        return nodes.stream()
                .filter(node -> node.availability() == Availability.READY)
                .toList();
    }
}
