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
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Judges the runs whose task has ended in accounting, with the help of the evidence on the storage. Not thread-safe. */
final class EndedRuns {
    private static final Logger log = LoggerFactory.getLogger(EndedRuns.class);

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
                "tasks of batch ",
                "a task that has ended cannot be judged: ",
                List.of(ClusterException.class, LeadershipLostException.class));
    }

    /**
     * @param since when the oldest open batch was made
     * @return the judged runs; a run whose evidence may still appear is left for a later cycle
     */
    List<JudgedRun> judge(List<ReportedTask> tasks, Instant since) {
        Map<String, TaskUsage> usage = usage(tasks, since);
        Set<String> failing = new HashSet<>();
        Map<ReportedTask, TaskTraces> traces = new LinkedHashMap<>();
        isolated(tasks, failing, task -> traces.put(task, traces(task)));
        Map<String, String> nodeProblems = nodeProblems(traces);
        List<JudgedRun> judged = new ArrayList<>();
        Map<String, Instant> stillAwaited = new HashMap<>();
        Set<String> batchesWithoutDuplicates = new HashSet<>();
        isolated(traces.keySet(), failing, task -> {
            TaskTraces left = traces.get(task);
            Batch batch = task.run().batch();
            Optional<String> nodeProblem = Optional.ofNullable(
                    nodeProblems.get(task.status().allocation().node()));
            if (mayStillAppear(task, left, nodeProblem, stillAwaited)) {
                return;
            }
            if (heldByDuplicate(task.status(), left.outputInPlace()) && batchesWithoutDuplicates.add(batch.token())) {
                duplicates.end(batch);
            }
            judged.add(judge(task, usage.getOrDefault(task.usageId(), TaskUsage.UNKNOWN), left, nodeProblem));
        });
        rows.retain(failing);
        evidenceAwaitedSince = stillAwaited;
        return judged;
    }

    /** Does this for each task. A task for which it fails becomes an incident of its batch, and stops no other task. */
    private void isolated(Collection<ReportedTask> tasks, Set<String> failing, Consumer<ReportedTask> work) {
        for (ReportedTask task : tasks) {
            String token = task.run().batch().token();
            if (!rows.isolate(token, () -> work.accept(task))) {
                failing.add(token);
            }
        }
    }

    /** Whether the verdict needs traces that are not visible yet, and Swath has not waited long enough for them. */
    private boolean mayStillAppear(
            ReportedTask task, TaskTraces left, Optional<String> nodeProblem, Map<String, Instant> stillAwaited) {
        TrackedRun run = task.run();
        if (!mayLeaveMore(run.batch(), task.status(), left, nodeProblem)) {
            return false;
        }
        Instant since = evidenceAwaitedSince.getOrDefault(run.id(), steady.instant());
        stillAwaited.put(run.id(), since);
        return Duration.between(since, steady.instant()).compareTo(EVIDENCE_DELAY) <= 0;
    }

    /** Reads what the tasks used, with one query. A task that never started has used nothing. */
    private Map<String, TaskUsage> usage(List<ReportedTask> tasks, Instant since) {
        List<String> started = tasks.stream()
                .filter(task -> task.status().timing().started().isPresent())
                .map(ReportedTask::usageId)
                .toList();
        return started.isEmpty() ? Map.of() : cluster.usage(started, since);
    }

    private TaskTraces traces(ReportedTask task) {
        TrackedRun run = task.run();
        Batch batch = run.batch();
        Optional<Evidence> evidence =
                files.evidence(batch, run.index(), run.run().attempt());
        return new TaskTraces(
                evidence,
                files.success(batch, run.run().tile(), evidence),
                task.status().phase() == Phase.COMPLETED ? "" : files.endOfLog(batch, run.index()),
                files.leased(batch, run.run().tile(), run.run().attempt()),
                files.logReplaced(batch, run.index()));
    }

    /** Asks about the nodes of the tasks that never began, with one query. */
    private Map<String, String> nodeProblems(Map<ReportedTask, TaskTraces> traces) {
        Set<String> nodes = traces.entrySet().stream()
                .filter(task -> task.getValue().neverBegan(task.getKey().status()))
                .map(task -> task.getKey().status().allocation().node())
                .filter(node -> !node.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        try {
            return nodes.isEmpty() ? Map.of() : cluster.nodeProblems(nodes);
        } catch (ClusterException e) {
            // Tasks can be judged without the state of their node, only later. So this must not stop the cycle.
            log.info("The state of nodes {} is not known: {}", nodes, e.getMessage());
            return Map.of();
        }
    }

    /**
     * Whether the verdict depends on traces that may not be visible yet. After COMPLETED, the evidence shows the output.
     * After FAILED on a GPU, it shows whether the GPU's memory was too small. If a task seems never to have begun, its
     * lease may still appear, unless the cluster confirms that the node is at fault.
     */
    private static boolean mayLeaveMore(
            Batch batch, TaskStatus status, TaskTraces traces, Optional<String> nodeProblem) {
        if (traces.neverBegan(status)) {
            return nodeProblem.isEmpty();
        }
        boolean onGpu = batch.request().gpus() + batch.request().shards() > 0;
        return switch (status.phase()) {
            case COMPLETED ->
                !traces.outputInPlace() || traces.ownEvidence(status).isEmpty();
            case FAILED -> onGpu && traces.evidence().isEmpty();
            default -> false;
        };
    }

    private static boolean heldByDuplicate(TaskStatus status, boolean success) {
        return !success && status.exit().code().orElse(0) == ExitCode.NOT_OURS.code();
    }

    private static JudgedRun judge(
            ReportedTask task, TaskUsage usage, TaskTraces traces, Optional<String> nodeProblem) {
        TaskStatus status = task.status();
        boolean dependent = !task.run().batch().dependsOn().isEmpty();
        return new JudgedRun(
                task.run(),
                Verdict.of(status, usage, traces, dependent, nodeProblem),
                RunFacts.of(
                        status,
                        task.run().index(),
                        usage.onEachOf(task.run().batch().request().placement().nodes()),
                        traces.evidence()),
                // of a preparation that a duplicate job has done, the evidence is that job's
                task.run().batch().preparation() ? traces.evidence() : traces.ownEvidence(status));
    }
}
