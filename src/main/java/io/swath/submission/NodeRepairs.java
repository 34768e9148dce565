package io.swath.submission;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out which of the nodes that the cluster reported as unusable still are. Not thread-safe. */
final class NodeRepairs {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(NodeRepairs.class);

    private final Cluster cluster;
    private final Clock steady;
    private Set<String> asked = Set.of();
    private Set<String> broken = Set.of();
    private Instant answeredAt = Instant.MIN;

    NodeRepairs(Cluster cluster, Clock steady) {
        this.cluster = cluster;
        this.steady = steady;
    }

    /** Those of the nodes that get no work now. The cluster is asked at most every half minute for the same nodes. */
    Set<String> stillBroken(Set<String> nodes) {
        boolean due = !asked.equals(nodes) || !answeredAt.plus(INTERVAL).isAfter(steady.instant());
        if (!nodes.isEmpty() && due) {
            asked = nodes;
            answeredAt = steady.instant();
            try {
                broken = Set.copyOf(cluster.nodeProblems(nodes).keySet());
            } catch (ClusterException e) {
                log.debug("The state of nodes {} is not known, so they count as broken", nodes, e);
                broken = nodes;
            }
        }
        return nodes.isEmpty() ? Set.of() : broken;
    }
}
