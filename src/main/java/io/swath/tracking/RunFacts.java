package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.model.Allocation;
import io.swath.model.Batch;
import io.swath.model.ExitStatus;
import io.swath.model.Pending;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.util.Optional;

/** Puts together what accounting and evidence say of a run. Stateless. */
final class RunFacts {
    private RunFacts() {}

    /** The accounting decides; the evidence fills in what the accounting lacks. */
    static Run.Facts of(TaskStatus status, int index, TaskUsage usage, Optional<Evidence> evidence) {
        TaskStatus.State state = status.state();
        return new Run.Facts(
                status.jobId() + "_" + index,
                state.detail().isEmpty() ? state.name() : state.name() + " " + state.detail(),
                status.exit(),
                status.timing(),
                status.allocation(),
                status.tres(),
                used(usage, evidence),
                status.restarts(),
                new Pending(status.reason(), Optional.empty()),
                evidence.map(Evidence::note).orElse(""));
    }

    /** For a run that the accounting has no row of. */
    static Run.Facts withoutRow(String clusterState, Batch batch, int index, Optional<Evidence> evidence) {
        Timing none = Timing.NONE;
        return new Run.Facts(
                batch.clusterId() + "_" + index,
                clusterState,
                ExitStatus.NONE,
                new Timing(
                        Optional.of(batch.submittedAt()),
                        none.eligible(),
                        none.started(),
                        none.ended(),
                        none.elapsedSeconds()),
                new Allocation(batch.request().partition(), "", Optional.empty()),
                Tres.NONE,
                used(TaskUsage.UNKNOWN, evidence),
                0,
                Pending.NONE,
                evidence.map(Evidence::note).orElse(""));
    }

    /** Slurm samples memory now and then and misses the peak of a short task, so the higher of the two peaks counts. */
    private static ResourceUse used(TaskUsage usage, Optional<Evidence> evidence) {
        ResourceUse own = evidence.map(Evidence::used).orElse(ResourceUse.NONE);
        return new ResourceUse(
                own.wall(), most(usage.cpuMillis(), own.cpuMillis()), most(usage.memoryKiB(), own.memoryKiB()));
    }

    private static Optional<Long> most(Optional<Long> one, Optional<Long> other) {
        return one.isPresent() && other.isPresent()
                ? Optional.of(Math.max(one.get(), other.get()))
                : one.or(() -> other);
    }
}
