package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.TaskFiles;
import io.swath.model.Batch;
import io.swath.model.LeadershipLostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Judges the runs whose task has ended in accounting, with the help of the evidence on the storage. Not thread-safe. */
final class EndedRuns {
    /** NFS may show a file this late: a client caches a directory's entries for up to a minute (acdirmax, nfs(5)). */
    private static final Duration EVIDENCE_DELAY = Duration.ofSeconds(90);

    private final Cluster cluster;
    private final TaskFiles files;
    private final DuplicateJobs duplicates;
    private final Clock steady;
    private final FailingRows rows;
    /** For each ended run without visible evidence: since when Swath has waited for the evidence, by run id. */
    private Map<String, Instant> evidenceAwaitedSince = Map.of();

    EndedRuns(Cluster cluster, TaskFiles files, DuplicateJobs duplicates, Incidents incidents, Clock steady) {
        this.cluster = cluster;
        this.files = files;
        this.duplicates = duplicates;
        this.steady = steady;
        this.rows = new FailingRows(
                incidents,
                steady,
                "batch ",
                "a task that has ended cannot be judged: ",
                List.of(ClusterException.class, LeadershipLostException.class));
    }

    /**
     * @param since when the oldest open batch was made
     * @return the judged runs; a run whose evidence may still appear is left for a later cycle
     */
    List<JudgedRun> judge(List<EndedTask> tasks, Instant since) {
        Map<String, TaskUsage> usage = usage(tasks, since);
        List<JudgedRun> judged = new ArrayList<>();
        Map<String, Instant> stillAwaited = new HashMap<>();
        Set<String> batchesWithoutDuplicates = new HashSet<>();
        Set<String> failing = new HashSet<>();
        for (EndedTask task : tasks) {
            TrackedRun run = task.run();
            String token = run.batch().token();
            boolean worked = rows.isolate(token, () -> {
                Optional<Evidence> evidence = files.evidence(run.batch(), run.index());
                boolean success = files.success(run.batch(), evidence);
                if (mayStillAppear(task, evidence, success, stillAwaited)) {
                    return;
                }
                if (heldByDuplicate(task.status(), success) && batchesWithoutDuplicates.add(token)) {
                    duplicates.end(run.batch());
                }
                judged.add(judge(task, usage.getOrDefault(task.usageId(), TaskUsage.UNKNOWN), evidence, success));
            });
            if (!worked) {
                failing.add(token);
            }
        }
        rows.retain(failing);
        evidenceAwaitedSince = stillAwaited;
        return judged;
    }

    /** Whether the verdict needs evidence that is not visible yet, and Swath has not waited long enough for it. */
    private boolean mayStillAppear(
            EndedTask task, Optional<Evidence> evidence, boolean success, Map<String, Instant> stillAwaited) {
        TrackedRun run = task.run();
        if (!needsEvidence(run.batch(), task.status(), evidence, success)) {
            return false;
        }
        Instant since = evidenceAwaitedSince.getOrDefault(run.id(), steady.instant());
        stillAwaited.put(run.id(), since);
        return Duration.between(since, steady.instant()).compareTo(EVIDENCE_DELAY) <= 0;
    }

    /** Reads what the tasks used, with one query. A task that never started has used nothing. */
    private Map<String, TaskUsage> usage(List<EndedTask> tasks, Instant since) {
        List<String> started = tasks.stream()
                .filter(task -> task.status().timing().started().isPresent())
                .map(EndedTask::usageId)
                .toList();
        return started.isEmpty() ? Map.of() : cluster.usage(started, since);
    }

    /**
     * Whether the verdict depends on evidence that is not there yet. After COMPLETED, the evidence shows the output.
     * After FAILED on a GPU, it shows whether the GPU's memory was too small.
     */
    private static boolean needsEvidence(Batch batch, TaskStatus status, Optional<Evidence> evidence, boolean success) {
        boolean onGpu = batch.request().gpus() + batch.request().shards() > 0;
        return status.phase() == Phase.COMPLETED
                ? !success
                : status.phase() == Phase.FAILED && onGpu && evidence.isEmpty();
    }

    private static boolean heldByDuplicate(TaskStatus status, boolean success) {
        return !success && status.exit().code().orElse(0) == ExitCode.NOT_OURS.code();
    }

    private JudgedRun judge(EndedTask task, TaskUsage usage, Optional<Evidence> evidence, boolean success) {
        Batch batch = task.run().batch();
        int index = task.run().index();
        TaskStatus status = task.status();
        String logEnd = status.phase() == Phase.COMPLETED ? "" : files.endOfLog(batch, index);
        boolean dependent = !batch.dependsOn().isEmpty();
        return new JudgedRun(
                task.run(),
                Verdict.of(status, usage, evidence, success, logEnd, dependent),
                RunFacts.of(status, index, usage, evidence),
                batch.assembly() ? evidence.map(Evidence::badTiles).orElse(List.of()) : List.of());
    }
}
