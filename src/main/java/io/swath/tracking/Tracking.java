package io.swath.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.health.Incidents;
import io.swath.job.Evidence;
import io.swath.job.TaskFiles;
import io.swath.ledger.Ledger;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.storage.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The stage that finds out what became of each run: one accounting query a cycle for all that is open.
 *
 * <p>Absent is not done, unknown is not failed, and what has ended is never judged again. To be called from one thread.
 */
public final class Tracking {
    private static final Duration QUEUE_INTERVAL = Duration.ofSeconds(30);
    /** What a node wrote may take this long to be seen here: NFS keeps what it knows of a folder for up to a minute. */
    private static final Duration UNSEEN = Duration.ofSeconds(90);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Outcomes outcomes;
    private final Incidents incidents;
    private final TaskFiles files;
    private final DuplicateJobs duplicates;
    private final MissingRuns missingRuns;
    private final Clock steady;
    private final Pace pace;
    private Instant queueAnsweredAt;
    /** Ends whose evidence cannot be seen yet, by run: since when. */
    private Map<String, Instant> unseen = Map.of();

    /**
     * @param lostAfter a run that neither accounting nor queue knows, in all their answers of this time, is lost
     * @param steady a clock that only runs forward: what all time is measured by
     */
    public Tracking(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            RetryPolicy retries,
            Duration lostAfter,
            Incidents incidents,
            ObjectMapper json,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.outcomes = new Outcomes(ledger, cluster, storage, retries, incidents, steady);
        this.incidents = incidents;
        this.files = new TaskFiles(storage, json, incidents);
        this.duplicates = new DuplicateJobs(ledger, cluster);
        this.missingRuns = new MissingRuns(steady, duplicates, files, lostAfter);
        this.steady = steady;
        this.pace = new Pace(steady);
        this.queueAnsweredAt = steady.instant();
    }

    /** Something was submitted: look sooner. */
    public void wake() {
        pace.wake();
    }

    /**
     * Asks the cluster, if it is time to, and writes down what has changed.
     *
     * @return whether anything has
     */
    public boolean cycle() {
        Map<String, Batch> open =
                ledger.read(session -> session.batches().inStates(Set.of(BatchState.SUBMITTED))).stream()
                        .collect(Collectors.toMap(
                                Batch::token, Function.identity(), (one, other) -> one, LinkedHashMap::new));
        if (open.isEmpty()) {
            incidents.resolve("states");
            return false;
        }
        if (!files.reachable()) {
            return false;
        }
        Map<String, Integer> evidence = files.counts(open.values());
        Map<String, Integer> sizes = open.values().stream().collect(Collectors.toMap(Batch::token, Batch::size));
        if (!pace.due(sizes, evidence)) {
            return false;
        }
        Instant started = steady.instant();
        boolean changed = false;
        boolean awaited = false;
        try {
            changed = ask(open);
            awaited = evidence.entrySet().stream()
                    .anyMatch(batch -> batch.getValue() > 0
                            && sizes.get(batch.getKey()) - openRuns(batch.getKey()) < batch.getValue());
            incidents.resolve("accounting");
        } catch (ClusterException e) {
            missingRuns.unanswered();
            incidents.report("accounting", e.getMessage());
        }
        pace.cycled(changed, awaited, Duration.between(started, steady.instant()), evidence);
        return changed;
    }

    private int openRuns(String token) {
        return ledger.read(session -> session.runs().open(token)).size();
    }

    private boolean ask(Map<String, Batch> open) {
        Map<String, AccountingSnapshot> pictures = pictures(open);
        List<Run> progress = new ArrayList<>();
        List<MissingRuns.MissingRun> absent = new ArrayList<>();
        List<MissingRuns.MissingRun> believed = new ArrayList<>();
        Map<String, Map<Integer, TaskStatus>> ended = new LinkedHashMap<>();
        for (AccountingSnapshot picture : pictures.values()) {
            Map<Integer, TaskStatus> over = new LinkedHashMap<>();
            for (Open run : picture.open().values()) {
                Optional<TaskStatus> status = picture.status(run.index());
                if (status.isEmpty()) {
                    absent.add(new MissingRuns.MissingRun(picture.batch(), run));
                } else if (status.get().phase().ended()) {
                    over.put(run.index(), status.get());
                } else {
                    if (status.get().phase() != Phase.UNKNOWN) { // of which nothing is concluded
                        believed.add(new MissingRuns.MissingRun(picture.batch(), run));
                    }
                    if (!status.get().clusterState().equals(run.clusterState())) {
                        progress.add(progress(picture.batch(), run, status.get()));
                    }
                }
            }
            ended.put(picture.batch().token(), over);
        }
        tellUnknownWords(pictures.values());
        ledger.change(session -> session.runs().update(progress));
        Optional<QueueSnapshot> queue = queue(open, absent, ended.values());
        List<Outcomes.Ended> over = new ArrayList<>(missingRuns.judge(absent, queue));
        queue.ifPresent(told -> over.addAll(missingRuns.judgeBelieved(believed, told)));
        ended.forEach((token, rows) -> rows.entrySet()
                .removeIf(row -> queue.filter(told -> told.returns(open.get(token), row.getKey(), row.getValue()))
                        .isPresent()));
        over.addAll(judge(pictures, ended, usage(ended, since(open))));
        boolean finished = outcomes.record(over);
        return finished || !progress.isEmpty();
    }

    /** What the accounting says, by token. */
    private Map<String, AccountingSnapshot> pictures(Map<String, Batch> open) {
        Map<String, AccountingSnapshot> pictures = new LinkedHashMap<>();
        open.forEach((token, batch) -> {
            Map<Integer, Open> runs = new HashMap<>();
            ledger.read(session -> session.runs().open(token)).forEach(run -> runs.put(run.index(), run));
            pictures.put(token, new AccountingSnapshot(batch, runs, new HashMap<>(), new ArrayList<>()));
        });
        Set<String> jobs = open.values().stream().map(Batch::clusterId).collect(Collectors.toCollection(TreeSet::new));
        cluster.states(jobs, since(open), row -> {
            AccountingSnapshot picture = pictures.get(row.token());
            // An id may be used again, by others or by ourselves: only a row of both our name and our id is ours.
            if (picture != null && row.jobId().equals(picture.batch().clusterId())) {
                picture.add(row);
            }
        });
        return pictures;
    }

    private static Instant since(Map<String, Batch> open) {
        return open.values().stream()
                .map(Batch::createdAt)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** A word that nobody knows ends nothing; somebody should hear of it, though. */
    private void tellUnknownWords(Collection<AccountingSnapshot> pictures) {
        Set<String> words = new TreeSet<>();
        for (AccountingSnapshot picture : pictures) {
            picture.open().keySet().stream()
                    .flatMap(index -> picture.status(index).stream())
                    .filter(status -> status.phase() == Phase.UNKNOWN)
                    .forEach(status -> words.add(
                            status.clusterState() + " (" + status.task().id() + ")"));
        }
        if (words.isEmpty()) {
            incidents.resolve("states");
        } else {
            incidents.report(
                    "states",
                    words.stream().limit(5).collect(Collectors.joining(", "))
                            + ": Swath does not know what that means, and waits for another word of the accounting");
        }
    }

    /** What the queue says, now and again, and when there is something to be learned from it. */
    private Optional<QueueSnapshot> queue(
            Map<String, Batch> open, List<MissingRuns.MissingRun> absent, Collection<Map<Integer, TaskStatus>> ended) {
        boolean needed = Duration.between(queueAnsweredAt, steady.instant()).compareTo(QUEUE_INTERVAL) > 0
                // A row may come late: only what has been absent for a while is asked the queue for.
                || missingRuns.absentFor(QUEUE_INTERVAL, absent)
                || ended.stream().flatMap(rows -> rows.values().stream()).anyMatch(QueueSnapshot::mayReturn);
        if (!needed) {
            return Optional.empty();
        }
        Set<String> jobs = open.values().stream().map(Batch::clusterId).collect(Collectors.toCollection(TreeSet::new));
        QueueSnapshot queue = new QueueSnapshot(cluster.waiting(jobs));
        queueAnsweredAt = steady.instant(); // until then each cycle asks, and none passes for one that went well
        ledger.change(session -> queue.explain(session, open));
        return Optional.of(queue);
    }

    private static Run progress(Batch batch, Open run, TaskStatus status) {
        boolean running = status.phase() == Phase.RUNNING || status.phase() == Phase.SUSPENDED;
        return new Run(
                run.token(),
                run.index(),
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                run.tile(),
                run.attempt(),
                running ? RunState.RUNNING : RunState.QUEUED,
                Optional.empty(),
                "",
                RunFacts.of(status, run.index(), TaskUsage.UNKNOWN, Optional.empty()));
    }

    /** What those that ever started used, asked for in one call. */
    private Map<String, TaskUsage> usage(Map<String, Map<Integer, TaskStatus>> ended, Instant since) {
        List<String> started = ended.values().stream()
                .flatMap(rows -> rows.entrySet().stream())
                .filter(row -> row.getValue().timing().started().isPresent())
                .map(row -> row.getValue().jobId() + "_" + row.getKey())
                .toList();
        return started.isEmpty() ? Map.of() : cluster.usage(started, since);
    }

    private List<Outcomes.Ended> judge(
            Map<String, AccountingSnapshot> pictures,
            Map<String, Map<Integer, TaskStatus>> ended,
            Map<String, TaskUsage> usage) {
        List<Outcomes.Ended> over = new ArrayList<>();
        Map<String, Instant> stillUnseen = new HashMap<>();
        Set<String> doubled = new HashSet<>();
        ended.forEach((token, rows) -> rows.forEach((index, status) -> {
            Batch batch = pictures.get(token).batch();
            Open run = pictures.get(token).open().get(index);
            Optional<Evidence> evidence = files.evidence(batch, index);
            boolean success = files.success(batch, evidence);
            if (needsEvidence(batch, status, evidence, success)) {
                Instant since = unseen.getOrDefault(run.id(), steady.instant());
                stillUnseen.put(run.id(), since);
                if (Duration.between(since, steady.instant()).compareTo(UNSEEN) <= 0) {
                    return;
                }
            }
            if (!success && status.exit().code().orElse(0) == Verdict.NOT_OURS && doubled.add(token)) {
                duplicates.end(batch);
            }
            TaskUsage used = usage.getOrDefault(batch.clusterId() + "_" + index, TaskUsage.UNKNOWN);
            String words = status.phase() == Phase.COMPLETED ? "" : files.lastWords(batch, index);
            Verdict verdict = Verdict.of(
                    status, used, evidence, success, words, !batch.dependsOn().isEmpty());
            over.add(new Outcomes.Ended(batch, run, verdict, RunFacts.of(status, index, used, evidence)));
        }));
        unseen = stillUnseen;
        return over;
    }

    /** Whether a good end lacks its output still, or a bad one on a GPU the word that tells whose memory it was. */
    private static boolean needsEvidence(Batch batch, TaskStatus status, Optional<Evidence> evidence, boolean success) {
        boolean onGpu = batch.request().gpus() + batch.request().shards() > 0;
        return status.phase() == Phase.COMPLETED
                ? !success
                : status.phase() == Phase.FAILED && onGpu && evidence.isEmpty();
    }
}
