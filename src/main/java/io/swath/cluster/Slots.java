package io.swath.cluster;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeKind.Node;
import io.swath.model.Request;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * How many jobs with a request fit on the nodes of a partition at once. Stateless.
 *
 * @param reservation the one that the request names; empty: it names none, or one that is not known
 */
record Slots(Partition partition, Request request, Optional<Reservation> reservation) {
    /** When no other job runs. */
    int count() {
        return count((kind, node) -> kind.offers(), this::ready);
    }

    /** Whether one fits when no other job runs and all nodes are ready. A node that is down now comes back. */
    boolean everFits() {
        return count((kind, node) -> kind.offers(), node -> true) > 0;
    }

    /** Beside the jobs that run now. */
    int free() {
        return count((kind, node) -> node.free(), this::ready);
    }

    private int count(BiFunction<NodeKind, Node, NodeResources> has, Predicate<Node> counts) {
        Constraint constraint = new Constraint(request.placement().constraint());
        int[] onEachNode = partition.kinds().stream()
                .filter(kind -> constraint.allows(kind.features()))
                .flatMapToInt(kind -> kind.nodes().stream()
                        .filter(counts.and(this::mayUse))
                        .mapToInt(node -> partition.rules().tasks(kind, has.apply(kind, node), request)))
                .toArray();
        int nodes = request.placement().nodes();
        if (nodes < partition.rules().leastNodes() || nodes > partition.rules().mostNodes()) {
            return 0;
        }
        return jobs(onEachNode, nodes);
    }

    private boolean ready(Node node) {
        boolean reserved = !request.placement().reservation().isEmpty();
        return node.availability() == Availability.READY || (reserved && node.availability() == Availability.LATER);
    }

    /** Whether the request excludes the node neither by its name nor by its reservation. */
    boolean mayUse(Node node) {
        return !request.excludedNodes().contains(node.name())
                && reservation.map(kept -> kept.nodes().contains(node.name())).orElse(true);
    }

    /**
     * How many jobs fit when each takes one place on each of so many different nodes. k jobs fit when the nodes, none of which
     * serves a job twice, have nodes × k places: Σ min(places, k) ≥ nodes × k.
     */
    static int jobs(int[] places, int nodes) {
        long all = IntStream.of(places).mapToLong(place -> place).sum();
        long low = 0;
        long high = Math.min(Integer.MAX_VALUE, all / nodes);
        while (low < high) {
            long jobs = (low + high + 1) / 2;
            long served = IntStream.of(places)
                    .mapToLong(place -> Math.min(place, jobs))
                    .sum();
            if (served >= nodes * jobs) {
                low = jobs;
            } else {
                high = jobs - 1;
            }
        }
        return (int) low;
    }
}
