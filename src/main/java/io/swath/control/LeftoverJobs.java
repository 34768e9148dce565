package io.swath.control;

import io.swath.cluster.Cluster;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import java.time.Duration;
import java.util.List;

/**
 * Cancels the jobs that scenes left over when they ended. A job may become known only after its scene was cancelled, so
 * this is repeated until the batches have ended. To be called from one thread.
 */
final class LeftoverJobs {
    private static final Duration REPEAT_AFTER = Duration.ofSeconds(30);

    private final Ledger ledger;
    private final Cluster cluster;
    private final JobLookup jobs;
    private List<Batch> lastCancelled = List.of();
    private long lastCancelledAt;

    LeftoverJobs(Ledger ledger, Cluster cluster, JobLookup jobs) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.jobs = jobs;
    }

    /** Returns whether this call cancelled jobs. */
    boolean cancel() {
        List<Batch> leftOver = ledger.read(session -> session.batches().ofEndedScenes());
        if (leftOver.isEmpty() || cancelledOfLate(leftOver)) {
            return false;
        }
        cluster.cancel(jobs.jobIds(leftOver));
        lastCancelled = leftOver;
        lastCancelledAt = System.nanoTime();
        return true;
    }

    private boolean cancelledOfLate(List<Batch> batches) {
        return batches.equals(lastCancelled) && System.nanoTime() - lastCancelledAt < REPEAT_AFTER.toNanos();
    }
}
