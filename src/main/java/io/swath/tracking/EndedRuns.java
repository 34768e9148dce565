package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskUsage;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
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
import java.util.function.Function;
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
     * @return the judged runs; a run whose evidence may still appear is left for a later cycle, with all runs of its task
     */
    List<JudgedRun> judge(List<ReportedTask> reported, Instant since) {
        Map<String, TaskUsage> usage = usage(reported, since);
        Collection<List<ReportedTask>> byTask = reported.stream()
                .collect(Collectors.groupingBy(ReportedTask::usageId, LinkedHashMap::new, Collectors.toList()))
                .values();
        Set<String> failing = new HashSet<>();
        List<EndedTask> tasks = new ArrayList<>();
        isolated(
                byTask,
                runs -> runs.get(0).run().batch(),
                failing,
                runs -> tasks.add(
                        EndedTask.of(runs, usage.getOrDefault(runs.get(0).usageId(), TaskUsage.UNKNOWN), files)));
        Map<String, String> nodeProblems = nodeProblems(tasks);
        List<JudgedRun> judged = new ArrayList<>();
        Map<String, Instant> stillAwaited = new HashMap<>();
        Set<String> batchesWithoutDuplicates = new HashSet<>();
        isolated(tasks, EndedTask::batch, failing, task -> {
            Optional<String> nodeProblem = Optional.ofNullable(nodeProblems.get(task.node()));
            if (mayStillAppear(task, nodeProblem, stillAwaited)) {
                return;
            }
            for (EndedTask.EndedRun run : task.runs()) {
                if (heldByDuplicate(run)
                        && batchesWithoutDuplicates.add(task.batch().token())) {
                    duplicates.end(task.batch());
                }
            }
            task.runs().forEach(run -> judged.add(run.judge(nodeProblem)));
        });
        rows.retain(failing);
        evidenceAwaitedSince = stillAwaited;
        return judged;
    }

    /** Does this for each task. A task for which it fails becomes an incident of its batch, and stops no other task. */
    private <T> void isolated(Collection<T> tasks, Function<T, Batch> batch, Set<String> failing, Consumer<T> work) {
        for (T task : tasks) {
            String token = batch.apply(task).token();
            if (!rows.isolate(token, () -> work.accept(task))) {
                failing.add(token);
            }
        }
    }

    /** Whether a verdict needs traces that are not visible yet, and Swath has not waited long enough for them. */
    private boolean mayStillAppear(EndedTask task, Optional<String> nodeProblem, Map<String, Instant> stillAwaited) {
        boolean awaited = false;
        for (EndedTask.EndedRun run : task.runs()) {
            if (run.mayLeaveMore(nodeProblem)) {
                Instant since = evidenceAwaitedSince.getOrDefault(run.id(), steady.instant());
                stillAwaited.put(run.id(), since);
                awaited |= Duration.between(since, steady.instant()).compareTo(EVIDENCE_DELAY) <= 0;
            }
        }
        return awaited;
    }

    /** Reads what the tasks used, with one query. A task that never started has used nothing. */
    private Map<String, TaskUsage> usage(List<ReportedTask> tasks, Instant since) {
        List<String> started = tasks.stream()
                .filter(task -> task.status().timing().started().isPresent())
                .map(ReportedTask::usageId)
                .distinct()
                .toList();
        return started.isEmpty() ? Map.of() : cluster.usage(started, since);
    }

    /** Asks about the nodes of the tasks that never began, with one query. */
    private Map<String, String> nodeProblems(List<EndedTask> tasks) {
        Set<String> nodes = tasks.stream()
                .filter(EndedTask::neverBegan)
                .map(EndedTask::node)
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

    private static boolean heldByDuplicate(EndedTask.EndedRun run) {
        return !run.traces().outputInPlace() && run.status().exit().code().orElse(0) == ExitCode.NOT_OURS.code();
    }
}
