package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cancels duplicate jobs: several jobs with the name of one batch. A duplicate arises when Slurm accepts a job so late
 * that Swath has submitted it a second time. The lease of a tile prevents two jobs from processing the tile.
 */
final class DuplicateJobs {
    private static final Logger log = LoggerFactory.getLogger(DuplicateJobs.class);
    private final Ledger ledger;
    private final Cluster cluster;

    DuplicateJobs(Ledger ledger, Cluster cluster) {
        this.ledger = ledger;
        this.cluster = cluster;
    }

    /**
     * Cancels all jobs with the batch's name except one: the job that the ledger has recorded. If that job does not
     * exist any more, the oldest job is kept and recorded instead.
     *
     * @return the id of the kept job; empty when no job has the name
     * @throws io.swath.cluster.ClusterException when the lookup or the cancellation fails
     */
    Optional<String> end(Batch batch) {
        List<String> jobs =
                cluster.find(List.of(batch.token()), batch.createdAt()).getOrDefault(batch.token(), List.of());
        if (jobs.isEmpty()) {
            return Optional.empty();
        }
        String kept = jobs.contains(batch.clusterId()) ? batch.clusterId() : jobs.get(0);
        List<String> duplicates = jobs.stream().filter(job -> !job.equals(kept)).toList();
        if (!duplicates.isEmpty()) {
            log.warn("Duplicate jobs are cancelled. batch={} kept={} cancelled={}", batch.token(), kept, duplicates);
            cluster.cancel(duplicates);
        }
        if (!kept.equals(batch.clusterId())) {
            log.warn(
                    "The recorded job does not exist, so the job found by its name is recorded instead."
                            + " batch={} recorded={} found={}",
                    batch.token(),
                    batch.clusterId(),
                    kept);
            ledger.change(session -> session.batches().adopted(batch.token(), kept));
        }
        return Optional.of(kept);
    }
}
