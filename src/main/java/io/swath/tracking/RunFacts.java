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
import java.time.Duration;
import java.util.Optional;

/** Combines what accounting and evidence report about a run. Stateless. */
final class RunFacts {
    /** Clocks of the node and of the cluster differ, and a task begins after its start is recorded. */
    private static final Duration SLACK = Duration.ofMinutes(1);
    /** The CPUs of the largest nodes. A task can use more than it was allocated, where the cluster does not confine it. */
    private static final int MOST_CPUS = 1024;

    private RunFacts() {}

    /** Accounting decides. The evidence fills in what accounting lacks. */
    static Run.Facts of(TaskStatus status, String taskId, TaskUsage usage, Optional<Evidence> evidence) {
        return of(status, taskId, used(usage, evidence, span(status.timing())), evidence);
    }

    /** For a run whose part of what its task used is known. */
    static Run.Facts of(TaskStatus status, String taskId, ResourceUse used, Optional<Evidence> evidence) {
        TaskStatus.State state = status.state();
        return new Run.Facts(
                taskId,
                state.detail().isEmpty() ? state.name() : state.name() + " " + state.detail(),
                status.exit(),
                status.timing(),
                status.allocation(),
                status.tres(),
                used,
                status.restarts(),
                new Pending(status.reason(), Optional.empty()),
                evidence.map(Evidence::note).orElse(""));
    }

    /** For a run without a row in accounting. */
    static Run.Facts withoutRow(String clusterState, TrackedRun run, Optional<Evidence> evidence) {
        Batch batch = run.batch();
        Timing none = Timing.NONE;
        return new Run.Facts(
                run.taskId(batch.clusterId()),
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
                used(TaskUsage.UNKNOWN, evidence, Optional.of(batch.request().time())),
                0,
                Pending.NONE,
                evidence.map(Evidence::note).orElse(""));
    }

    /** Slurm samples memory at intervals and can miss the peak of a short task, so the higher of both peaks counts. */
    static ResourceUse used(TaskUsage usage, Optional<Evidence> evidence, Optional<Duration> span) {
        ResourceUse measured = evidence.map(Evidence::used).orElse(ResourceUse.NONE);
        ResourceUse own =
                span.map(known -> possible(measured, known.plus(SLACK))).orElse(measured);
        return new ResourceUse(
                own.wall(),
                higher(usage.cpuMillis(), own.cpuMillis()),
                higher(usage.memoryKiB(), own.memoryKiB()),
                own.gpu());
    }

    /** What the task can have used in this time. Jobs can write any evidence, so another value counts as not measured. */
    private static ResourceUse possible(ResourceUse measured, Duration most) {
        return new ResourceUse(
                measured.wall().filter(wall -> wall.compareTo(most) <= 0),
                measured.cpuMillis().filter(millis -> millis <= most.toMillis() * MOST_CPUS),
                measured.memoryKiB(),
                measured.gpu());
    }

    /** The longest time for which the task can have run. The elapsed time leaves out suspensions. */
    static Optional<Duration> span(Timing timing) {
        Optional<Duration> elapsed = timing.elapsedSeconds().map(Duration::ofSeconds);
        Optional<Duration> between =
                timing.started().flatMap(start -> timing.ended().map(end -> Duration.between(start, end)));
        return elapsed.isPresent() && between.isPresent() && between.get().compareTo(elapsed.get()) > 0
                ? between
                : elapsed.or(() -> between);
    }

    static Optional<Long> higher(Optional<Long> first, Optional<Long> second) {
        return first.isPresent() && second.isPresent()
                ? Optional.of(Math.max(first.get(), second.get()))
                : first.or(() -> second);
    }
}
