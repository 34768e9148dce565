package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs of one name. There should be one a batch; a second comes about when Slurm takes a job so late that it was sent
 * again meanwhile. The lease on the node keeps twins from doing a tile twice; here they are ended.
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
     * Ends all jobs of the batch's name but one: that which the ledger knows or, when there is no such job any more, the
     * oldest, which the ledger knows from now on.
     *
     * @return the id of that one; empty when there is no job of the name
     */
    Optional<String> end(Batch batch) {
        List<String> jobs =
                cluster.find(List.of(batch.token()), batch.createdAt()).getOrDefault(batch.token(), List.of());
        if (jobs.isEmpty()) {
            return Optional.empty();
        }
        String own = jobs.contains(batch.clusterId()) ? batch.clusterId() : jobs.get(0);
        List<String> duplicates = jobs.stream().filter(job -> !job.equals(own)).toList();
        if (!duplicates.isEmpty()) {
            log.warn("{}: twins {} beside job {} are cancelled.", batch.token(), duplicates, own);
            cluster.cancel(duplicates);
        }
        if (!own.equals(batch.clusterId())) {
            log.warn("{}: known as job {}, but found by its name as {}.", batch.token(), batch.clusterId(), own);
            ledger.change(session -> session.batches().adopted(batch.token(), own));
        }
        return Optional.of(own);
    }
}
