package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.cluster.Waiting;
import io.swath.ledger.Ledger;
import io.swath.ledger.Waits;
import io.swath.model.Batch;
import io.swath.model.WaitCause;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Asks the queue, but only when its answer can add something to the answer of accounting. Not thread-safe. */
final class QueuePoll {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    /** For the first question after nothing was open: what ends sooner has not waited, and a question costs the cluster much. */
    private static final Duration FIRST = Duration.ofSeconds(15);

    private final Ledger ledger;
    private final Cluster cluster;
    private final MissingRuns missingRuns;
    private final Clock steady;
    private Instant nextQuestion;
    /** Whether the ledger may have waits of the queue; true at first, because an earlier process may have left some. */
    private boolean waitsRecorded = true;

    private Optional<Instant> waitsRecordedAt = Optional.empty();

    QueuePoll(Ledger ledger, Cluster cluster, MissingRuns missingRuns, Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.missingRuns = missingRuns;
        this.steady = steady;
        this.nextQuestion = steady.instant().plus(FIRST);
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
        Instant now = steady.instant();
        nextQuestion = now.plus(INTERVAL);
        Map<String, Set<WaitCause>> causes = causes(ledger.read(session -> queue.waiting(session, open)), open);
        Map<String, Long> started = ledger.read(session -> session.waits().started());
        ledger.change(session -> {
            queue.recordReasons(session, open);
            session.waits().record(Waits.QUEUE, causes, started, sinceLastWaits(now));
        });
        waitsRecorded = true;
        waitsRecordedAt = Optional.of(now);
        return Optional.of(queue);
    }

    /** Why scenes wait, by scene id. */
    private Map<String, Set<WaitCause>> causes(List<Waiting> waiting, Map<String, Batch> open) {
        Map<String, Set<WaitCause>> causes = new HashMap<>();
        for (Waiting row : waiting) {
            Batch batch = open.get(row.token());
            causes.computeIfAbsent(batch.sceneId(), scene -> new LinkedHashSet<>())
                    .add(cluster.explain(row, batch.request().partition()));
        }
        return causes;
    }

    private Duration sinceLastWaits(Instant now) {
        return waitsRecordedAt.map(before -> Duration.between(before, now)).orElse(Duration.ZERO);
    }

    /** To be called when no batch is open: no scene waits in the queue. */
    void recordNothingOpen() {
        nextQuestion = steady.instant().plus(FIRST);
        if (waitsRecorded) {
            ledger.change(session -> session.waits().record(Waits.QUEUE, Map.of(), Map.of(), Duration.ZERO));
            waitsRecorded = false;
        }
    }

    private boolean needed(ClassifiedRuns runs) {
        return steady.instant().isAfter(nextQuestion)
                // An accounting row may come late, so a run that is missing only for a moment is no reason to ask the
                // queue.
                || missingRuns.anyMissingFor(INTERVAL, runs.missing())
                || runs.ended().stream().anyMatch(QueueSnapshot::mayBeRequeued);
    }
}
