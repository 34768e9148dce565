package io.swath.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.storage.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The stage that finds out what became of each run: one accounting query a cycle for all that is open.
 *
 * <p>Absent is not done, unknown is not failed, and what has ended is never judged again. To be called from one thread.
 */
public final class Tracking {
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(10);
    private static final Duration QUEUE_INTERVAL = Duration.ofSeconds(30);
    /** The queue's word for a task that was cancelled of late. */
    private static final String CANCELLED = "CANCELLED";

    private final Ledger ledger;
    private final Cluster cluster;
    private final Outcomes outcomes;
    private final Troubles troubles;
    private final TaskFiles files;
    private final Clock clock;
    private final Duration lostAfter;
    private final Pace pace = new Pace();
    private long queueAskedAt = System.nanoTime();

    /** A run that neither accounting nor queue knows for {@code lostAfter} on end is lost. */
    public Tracking(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            RetryPolicy retries,
            Duration lostAfter,
            Troubles troubles,
            ObjectMapper json,
            Clock clock) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.outcomes = new Outcomes(ledger, cluster, storage, retries, troubles);
        this.lostAfter = lostAfter;
        this.troubles = troubles;
        this.files = new TaskFiles(storage, json, troubles, clock);
        this.clock = clock;
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
        Map<String, Batch> open = ledger.read(session -> session.batches().in(Set.of(BatchState.SUBMITTED))).stream()
                .collect(Collectors.toMap(
                        Batch::clusterId, Function.identity(), (one, other) -> one, LinkedHashMap::new));
        if (open.isEmpty() || !files.reachable()) {
            return false;
        }
        Map<String, Integer> evidence = files.counts(open.values());
        Map<String, Integer> sizes = open.values().stream().collect(Collectors.toMap(Batch::token, Batch::size));
        if (!pace.due(sizes, evidence)) {
            return false;
        }
        long started = System.nanoTime();
        boolean changed = false;
        boolean awaited = false;
        try {
            changed = ask(open);
            awaited = evidence.entrySet().stream()
                    .anyMatch(batch -> batch.getValue() > 0
                            && sizes.get(batch.getKey()) - openRuns(batch.getKey()) < batch.getValue());
            troubles.end("accounting");
        } catch (ClusterException e) {
            troubles.begin("accounting", e.getMessage());
        }
        pace.cycled(changed, awaited, Duration.ofNanos(System.nanoTime() - started), evidence);
        return changed;
    }

    private int openRuns(String token) {
        return ledger.read(session -> session.runs().open(token)).size();
    }

    private boolean ask(Map<String, Batch> open) {
        Map<String, Picture> pictures = new LinkedHashMap<>();
        Instant since = Instant.MAX;
        for (Batch batch : open.values()) {
            Map<Integer, Open> runs = new HashMap<>();
            ledger.read(session -> session.runs().open(batch.token())).forEach(run -> runs.put(run.index(), run));
            pictures.put(batch.clusterId(), new Picture(batch, runs, new HashMap<>(), new ArrayList<>()));
            since = batch.createdAt().isBefore(since) ? batch.createdAt() : since;
        }
        Instant earliest = since.minus(CLOCK_SKEW);
        cluster.states(open.keySet(), earliest, row -> {
            Picture picture = pictures.get(row.jobId());
            // An id may be recycled: only a row of our job name, submitted no earlier than ours, is ours.
            if (picture != null
                    && row.token().equals(picture.batch().token())
                    && row.submitted().map(at -> at.isAfter(earliest)).orElse(true)) {
                picture.add(row);
            }
        });
        Map<String, Map<Integer, TaskStatus>> ended = new LinkedHashMap<>();
        List<Run> progress = new ArrayList<>();
        List<Open> absent = new ArrayList<>();
        for (Picture picture : pictures.values()) {
            for (Open run : picture.open().values()) {
                Optional<TaskStatus> status = picture.status(run.index());
                if (status.isEmpty()) {
                    absent.add(run);
                } else if (status.get().phase().ended()) {
                    ended.computeIfAbsent(run.token(), token -> new LinkedHashMap<>())
                            .put(run.index(), status.get());
                } else if (!status.get().word().equals(run.word())
                        || run.missingSince().isPresent()) {
                    progress.add(progress(picture.batch(), run, status.get()));
                }
            }
        }
        ledger.change(session -> session.runs().progress(progress));
        boolean queued = pictures.values().stream()
                .flatMap(picture -> picture.open().values().stream())
                .anyMatch(run -> run.state() == RunState.QUEUED);
        // A row may come late: only what has been absent for a while is asked the queue for.
        Instant late = clock.instant().minus(QUEUE_INTERVAL);
        boolean uncertain = absent.stream()
                        .anyMatch(run -> run.missingSince()
                                .filter(at -> at.isBefore(late))
                                .isPresent())
                || ended.values().stream()
                        .flatMap(rows -> rows.values().stream())
                        .anyMatch(Tracking::mayReturn);
        List<Waiting> waiting = List.of();
        if (uncertain || (queued && System.nanoTime() - queueAskedAt > QUEUE_INTERVAL.toNanos())) {
            queueAskedAt = System.nanoTime();
            waiting = cluster.waiting(open.keySet());
            explain(open, waiting);
        }
        List<Outcomes.Ended> over = new ArrayList<>(missing(pictures, absent, waiting));
        for (Picture picture : pictures.values()) {
            Map<Integer, TaskStatus> rows = ended.get(picture.batch().token());
            if (rows != null) {
                dropThoseThatReturn(picture.batch(), rows, waiting);
            }
        }
        Map<String, TaskUsage> usage = usage(ended, earliest);
        for (Picture picture : pictures.values()) {
            over.addAll(judge(picture, ended.getOrDefault(picture.batch().token(), Map.of()), usage));
        }
        boolean finished = outcomes.record(over);
        return finished || !progress.isEmpty();
    }

    private static boolean mayReturn(TaskStatus status) {
        return status.phase() == Phase.NODE_FAIL || status.phase() == Phase.PREEMPTED;
    }

    /** A task that Slurm puts back into the queue by itself is not over, whatever its last row says. */
    private static void dropThoseThatReturn(Batch batch, Map<Integer, TaskStatus> rows, List<Waiting> waiting) {
        rows.entrySet()
                .removeIf(row -> mayReturn(row.getValue())
                        && waiting.stream()
                                .anyMatch(queued ->
                                        !queued.word().equals(CANCELLED) && covers(queued, batch, row.getKey())));
    }

    private static boolean covers(Waiting queued, Batch batch, int index) {
        return queued.jobId().equals(batch.clusterId())
                && (queued.indices().isEmpty() || queued.indices().contains(index));
    }

    private static Run progress(Batch batch, Open run, TaskStatus status) {
        boolean running = status.phase() == Phase.RUNNING || status.phase() == Phase.SUSPENDED;
        Run.Facts facts = Facts.of(status, run.index(), TaskUsage.UNKNOWN, Optional.empty());
        RunState state = running ? RunState.RUNNING : RunState.QUEUED;
        return new Run(
                run.token(),
                run.index(),
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                run.tile(),
                run.attempt(),
                state,
                Optional.empty(),
                "",
                facts);
    }

    private void explain(Map<String, Batch> open, List<Waiting> waiting) {
        ledger.change(session -> waiting.stream()
                .filter(queued -> queued.word().equals("PENDING") && open.containsKey(queued.jobId()))
                .forEach(queued -> session.runs()
                        .waiting(
                                open.get(queued.jobId()).token(),
                                queued.indices(),
                                queued.reason(),
                                queued.expectedStart())));
    }

    /** Runs that neither the accounting nor the queue knows: noted, and after long enough on end given up as lost. */
    private List<Outcomes.Ended> missing(Map<String, Picture> pictures, List<Open> absent, List<Waiting> waiting) {
        Map<String, List<Integer>> newlyMissing = new HashMap<>();
        Map<String, List<Integer>> found = new HashMap<>();
        List<Outcomes.Ended> lost = new ArrayList<>();
        Map<String, Batch> byToken = pictures.values().stream()
                .map(Picture::batch)
                .collect(Collectors.toMap(Batch::token, Function.identity()));
        for (Open run : absent) {
            Batch batch = byToken.get(run.token());
            Optional<Waiting> known = waiting.stream()
                    .filter(queued -> covers(queued, batch, run.index()))
                    .findFirst();
            Optional<Instant> since = run.missingSince();
            if (known.filter(queued -> queued.word().equals(CANCELLED)).isPresent()) {
                // Cancelled before it could start: the accounting may have no row of it, ever.
                Verdict verdict = batch.dependsOn().isEmpty()
                        ? Verdict.failure(Cause.CANCELLED, "cancelled before it started")
                        : Verdict.dependencyFailed();
                lost.add(new Outcomes.Ended(
                        batch, run, verdict, Facts.without(CANCELLED, batch, run.index(), Optional.empty())));
            } else if (known.isPresent()) {
                found.computeIfAbsent(run.token(), token -> new ArrayList<>()).add(run.index());
            } else if (since.isEmpty()) {
                newlyMissing
                        .computeIfAbsent(run.token(), token -> new ArrayList<>())
                        .add(run.index());
            } else if (known.isEmpty() && since.get().plus(lostAfter).isBefore(clock.instant())) {
                Optional<Evidence> evidence = files.evidence(batch, run.index());
                Verdict verdict = evidence.filter(Evidence::success).isPresent()
                        ? Verdict.success("told by its evidence: the accounting never knew it")
                        : Verdict.failure(Cause.LOST, "neither queue nor accounting knew it since " + since.get());
                lost.add(new Outcomes.Ended(batch, run, verdict, Facts.without("", batch, run.index(), evidence)));
            }
        }
        ledger.change(session -> {
            newlyMissing.forEach(
                    (token, indices) -> session.runs().missing(token, indices, Optional.of(clock.instant())));
            found.forEach((token, indices) -> session.runs().missing(token, indices, Optional.empty()));
        });
        return lost;
    }

    /** What those that ever started used, asked for in one call. */
    private Map<String, TaskUsage> usage(Map<String, Map<Integer, TaskStatus>> ended, Instant since) {
        List<String> started = ended.values().stream()
                .flatMap(rows -> rows.entrySet().stream())
                .filter(row -> row.getValue().started().isPresent())
                .map(row -> row.getValue().jobId() + "_" + row.getKey())
                .toList();
        return started.isEmpty() ? Map.of() : cluster.usage(started, since);
    }

    private List<Outcomes.Ended> judge(Picture picture, Map<Integer, TaskStatus> rows, Map<String, TaskUsage> usage) {
        Batch batch = picture.batch();
        List<Outcomes.Ended> ended = new ArrayList<>();
        for (Map.Entry<Integer, TaskStatus> row : rows.entrySet()) {
            TaskStatus status = row.getValue();
            Open run = picture.open().get(row.getKey());
            Optional<Evidence> evidence = files.evidence(batch, row.getKey());
            if (status.phase() == Phase.COMPLETED && !files.settled(batch, status, evidence)) {
                continue; // what its node wrote may take seconds to be seen here
            }
            TaskUsage used = usage.getOrDefault(batch.clusterId() + "_" + row.getKey(), TaskUsage.UNKNOWN);
            String words = status.phase() == Phase.COMPLETED ? "" : files.lastWords(batch, row.getKey());
            Verdict verdict =
                    Verdict.of(status, used, evidence, words, !batch.dependsOn().isEmpty());
            ended.add(new Outcomes.Ended(batch, run, verdict, Facts.of(status, row.getKey(), used, evidence)));
        }
        return ended;
    }
}
