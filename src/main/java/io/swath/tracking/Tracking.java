package io.swath.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.health.Incidents;
import io.swath.job.EvidenceCounts;
import io.swath.job.TaskFiles;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.recipes.PlannedRecipes;
import io.swath.storage.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The stage that finds out how each run ended. In each cycle, one accounting query covers all open batches.
 *
 * <p>A missing run is not a finished run, a run in an unknown state has not failed, and a run that has ended is never
 * judged again. To be called from one thread.
 */
public final class Tracking {
    /** How long nothing is looked for after nothing was open: {@link #wake} reports each batch that is submitted. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Outcomes outcomes;
    private final Incidents incidents;
    private final TaskFiles files;
    private final EvidenceCounts evidenceCounts;
    private final MissingRuns missingRuns;
    private final EndedRuns endedRuns;
    private final FailedLaunches failedLaunches;
    private final FullStorage fullStorage;
    private final QueuePoll queuePoll;
    private final Clock steady;
    private final Pace pace;
    private final AtomicLong wakes = new AtomicLong();
    /** Nothing was open after so many wakes. */
    private long idleWakes = -1;

    private Instant idleUntil = Instant.MIN;

    /**
     * @param lostAfter how long a run must be missing from all answers of accounting and queue before it counts as lost
     * @param steady a clock that never jumps; all durations are measured with it
     */
    public Tracking(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            PlannedRecipes recipes,
            RetryPolicy retries,
            Duration lostAfter,
            Incidents incidents,
            ObjectMapper json,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.outcomes = new Outcomes(ledger, cluster, storage, recipes, retries, incidents, steady);
        this.incidents = incidents;
        this.files = new TaskFiles(storage, json, incidents);
        this.evidenceCounts = new EvidenceCounts(storage, incidents, steady);
        DuplicateJobs duplicates = new DuplicateJobs(ledger, cluster);
        this.missingRuns = new MissingRuns(steady, duplicates, files, lostAfter);
        this.endedRuns = new EndedRuns(cluster, files, duplicates, incidents, steady);
        this.fullStorage = new FullStorage(ledger, incidents, steady);
        this.failedLaunches = new FailedLaunches(cluster, files);
        this.queuePoll = new QueuePoll(ledger, cluster, missingRuns, steady);
        this.steady = steady;
        this.pace = new Pace(steady);
    }

    /** Makes the next cycle ask the cluster sooner, for example after a submission. */
    public void wake() {
        wakes.incrementAndGet();
        pace.wake();
    }

    /** Makes the next cycle ask the cluster, because a job has ended. May be called from any thread. */
    public void jobEnded() {
        pace.jobEnded();
    }

    /**
     * Asks the cluster when a query is due, and records what has changed.
     *
     * @return whether anything has changed
     */
    public boolean cycle() {
        fullStorage.report();
        long wakesBefore = wakes.get();
        if (wakesBefore == idleWakes && idleUntil.isAfter(steady.instant())) {
            return false;
        }
        Map<String, Batch> open = openBatches();
        if (open.isEmpty()) {
            idleWakes = wakesBefore;
            idleUntil = steady.instant().plus(IDLE);
            pace.recordNothingOpen();
            queuePoll.recordNothingOpen();
            incidents.resolve("states");
            return false;
        }
        if (!files.reachable()) {
            return false;
        }
        Map<String, Integer> evidence = evidenceCounts.of(open.values());
        Map<String, Integer> sizes = open.values().stream().collect(Collectors.toMap(Batch::token, Batch::tasks));
        if (!pace.due(sizes, evidence)) {
            return false;
        }
        Instant started = steady.instant();
        boolean changed = false;
        Pace.Awaited awaited = Pace.Awaited.NOTHING;
        try {
            changed = update(open);
            awaited = awaited(open, sizes, evidence);
            incidents.resolve("accounting");
        } catch (ClusterException e) {
            missingRuns.recordNoAnswer();
            incidents.report("accounting", e.getMessage());
        }
        if (changed) {
            fullStorage.wake();
        }
        pace.recordCycle(changed, awaited, Duration.between(started, steady.instant()), evidence);
        return changed;
    }

    /** The open batches by token. */
    private Map<String, Batch> openBatches() {
        return ledger.read(session -> session.batches().inStates(Set.of(BatchState.SUBMITTED))).stream()
                .collect(Collectors.toMap(
                        Batch::token, Function.identity(), (first, second) -> first, LinkedHashMap::new));
    }

    private Pace.Awaited awaited(Map<String, Batch> open, Map<String, Integer> sizes, Map<String, Integer> evidence) {
        Pace.Awaited awaited = Pace.Awaited.NOTHING;
        for (Map.Entry<String, Integer> batch : evidence.entrySet()) {
            int size = sizes.get(batch.getKey());
            if (batch.getValue() > 0 && size - openTasks(open.get(batch.getKey())) < batch.getValue()) {
                if (batch.getValue() >= size) {
                    return Pace.Awaited.LAST_TASKS;
                }
                awaited = Pace.Awaited.SOME_TASKS;
            }
        }
        return awaited;
    }

    private long openTasks(Batch batch) {
        return ledger.read(session -> session.runs().open(batch.token())).stream()
                .map(run -> batch.taskOf(run.index()))
                .distinct()
                .count();
    }

    /** @return whether anything has changed */
    private boolean update(Map<String, Batch> open) {
        ClassifiedRuns runs = ClassifiedRuns.of(readAccounting(open).values());
        reportUnknownStates(runs.unknownStates());
        ledger.change(session -> session.runs().update(runs.changed()));
        Optional<QueueSnapshot> queue = queuePoll.askIfNeeded(open, runs);

        List<JudgedRun> judged = new ArrayList<>(missingRuns.judgeMissing(runs.missing(), queue));
        queue.ifPresent(snapshot -> {
            judged.addAll(missingRuns.judgeUnconfirmed(runs.open(), snapshot));
            judged.addAll(failedLaunches.judge(runs.open(), snapshot));
        });
        judged.addAll(endedRuns.judge(withoutRequeued(runs.ended(), queue), oldest(open)));

        boolean recorded = outcomes.record(judged);
        return recorded || !runs.changed().isEmpty();
    }

    /** What accounting reports about the open runs, by the batch's token. */
    private Map<String, AccountingSnapshot> readAccounting(Map<String, Batch> open) {
        Map<String, AccountingSnapshot> snapshots = new LinkedHashMap<>();
        open.forEach((token, batch) -> snapshots.put(
                token,
                new AccountingSnapshot(
                        batch, ledger.read(session -> session.runs().open(token)))));
        Set<String> jobs = open.values().stream().map(Batch::clusterId).collect(Collectors.toCollection(TreeSet::new));
        cluster.states(jobs, oldest(open), row -> {
            AccountingSnapshot snapshot = snapshots.get(row.token());
            if (snapshot != null) {
                snapshot.add(row);
            }
        });
        return snapshots;
    }

    /** When the oldest open batch was made. */
    private static Instant oldest(Map<String, Batch> open) {
        return open.values().stream()
                .map(Batch::createdAt)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private void reportUnknownStates(Set<String> states) {
        if (states.isEmpty()) {
            incidents.resolve("states");
        } else {
            incidents.report(
                    "states",
                    states.stream().limit(5).collect(Collectors.joining(", "))
                            + ": Swath does not know this job state. It waits until accounting reports another state");
        }
    }

    private static List<ReportedTask> withoutRequeued(List<ReportedTask> ended, Optional<QueueSnapshot> queue) {
        return ended.stream()
                .filter(task ->
                        queue.filter(snapshot -> snapshot.isRequeued(task)).isEmpty())
                .toList();
    }
}
