package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Asks the queue, but only when its answer can add something to the answer of accounting. Not thread-safe. */
final class QueuePoll {
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final Ledger ledger;
    private final Cluster cluster;
    private final MissingRuns missingRuns;
    private final Clock steady;
    private Instant answeredAt;

    QueuePoll(Ledger ledger, Cluster cluster, MissingRuns missingRuns, Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.missingRuns = missingRuns;
        this.steady = steady;
        this.answeredAt = steady.instant();
    }

    /**
     * Asks when needed, and records why tasks wait.
     *
     * @return empty when the queue was not asked
     * @throws io.swath.cluster.ClusterException when the queue does not answer; then the next call asks again
     */
    Optional<QueueSnapshot> askIfNeeded(Map<String, Batch> open, ClassifiedRuns runs) {
        if (!needed(runs)) {
            return Optional.empty();
        }
        Set<String> jobs = open.values().stream().map(Batch::clusterId).collect(Collectors.toCollection(TreeSet::new));
        QueueSnapshot queue = new QueueSnapshot(cluster.waiting(jobs));
        answeredAt = steady.instant();
        ledger.change(session -> queue.recordReasons(session, open));
        return Optional.of(queue);
    }

    private boolean needed(ClassifiedRuns runs) {
        return Duration.between(answeredAt, steady.instant()).compareTo(INTERVAL) > 0
                // An accounting row may come late, so a run that is missing only for a moment is no reason to ask the
                // queue.
                || missingRuns.anyMissingFor(INTERVAL, runs.missing())
                || runs.ended().stream().anyMatch(QueueSnapshot::mayBeRequeued);
    }
}
