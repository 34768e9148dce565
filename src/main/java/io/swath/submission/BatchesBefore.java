package io.swath.submission;

import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The batches for whose jobs a batch waits in the cluster. Thread-safe. */
final class BatchesBefore {
    private final Ledger ledger;

    BatchesBefore(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Whether the cluster has refused a batch for which this one waits. */
    boolean oneIsRefused(Batch batch) {
        return batch.dependsOn().stream()
                .anyMatch(token ->
                        ledger.<Integer>read(session -> session.unsentBatches().refusals(token)) > 0);
    }

    /** Whether a batch was withdrawn for which this one waits. Then this one is withdrawn too, and its tiles are submitted anew. */
    boolean oneIsGone(Batch batch) {
        return ledger.<Boolean>read(session -> batch.dependsOn().stream()
                .anyMatch(token -> session.batches().find(token).isEmpty()));
    }

    /** The jobs that a batch waits for; empty while a batch before it has no job id yet. */
    Optional<List<String>> jobs(Batch batch) {
        List<String> jobs = new ArrayList<>();
        for (String token : batch.dependsOn()) {
            Batch before = ledger.read(session -> session.batches().find(token)).orElseThrow();
            switch (before.state()) {
                case INTENT, AMBIGUOUS -> {
                    return Optional.empty();
                }
                case SUBMITTED -> jobs.add(before.clusterId());
                case DONE -> {} // all its tasks succeeded, or this batch is planned anew (Replanning)
            }
        }
        return Optional.of(jobs);
    }
}
