package io.swath.control;

import io.swath.cluster.Cluster;
import io.swath.model.Batch;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Finds the jobs of batches on the cluster. */
final class JobLookup {
    private final Cluster cluster;

    JobLookup(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * The ids of the batches' jobs. They are looked up by name, because Slurm may give a batch's job id to another job
     * after slurmctld lost the last minutes of its state.
     */
    List<String> jobIds(List<Batch> batches) {
        return batches.stream()
                .map(Batch::createdAt)
                .min(Comparator.naturalOrder())
                .map(since -> cluster.find(batches.stream().map(Batch::token).toList(), since))
                .orElse(Map.of())
                .values()
                .stream()
                .flatMap(List::stream)
                .toList();
    }
}
