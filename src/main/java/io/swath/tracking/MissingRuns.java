package io.swath.tracking;

import io.swath.cluster.Waiting;
import io.swath.job.Evidence;
import io.swath.job.TaskFiles;
import io.swath.model.Batch;
import io.swath.model.Cause;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges two kinds of runs: those that are missing from accounting, and those that are open in accounting but missing
 * from the queue.
 *
 * <p>A missing run is not a finished run. Swath looks for it in the queue, then by its job's name. It is lost only if
 * it was missing from all answers for longer than {@code lostAfter}. Not thread-safe.
 */
final class MissingRuns {
    private static final String MISSING = "missing from accounting and from the queue";
    private static final String UNCONFIRMED = "open in accounting, but missing from the queue";

    private final MissingTime missingTime;
    private final MissingTime unconfirmedTime;
    private final DuplicateJobs duplicates;
    private final TaskFiles files;
    private final Duration lostAfter;

    MissingRuns(Clock steady, DuplicateJobs duplicates, TaskFiles files, Duration lostAfter) {
        this.missingTime = new MissingTime(steady);
        this.unconfirmedTime = new MissingTime(steady);
        this.duplicates = duplicates;
        this.files = files;
        this.lostAfter = lostAfter;
    }

    /** Records that the cluster did not answer. The time until its next answer does not count as missing time. */
    void recordNoAnswer() {
        missingTime.recordNoAnswer();
        unconfirmedTime.recordNoAnswer();
    }

    /** Whether at least one of these runs has been missing for this time. */
    boolean anyMissingFor(Duration time, List<TrackedRun> missing) {
        return missing.stream().anyMatch(run -> missingTime.of(run.id()).compareTo(time) >= 0);
    }

    /**
     * Judges the runs that are missing from accounting. Call it once for each answer of accounting.
     *
     * @param queue empty when the queue was not asked
     * @return the runs that have ended
     */
    List<JudgedRun> judgeMissing(List<TrackedRun> missing, Optional<QueueSnapshot> queue) {
        List<JudgedRun> ended = new ArrayList<>();
        List<TrackedRun> missingFromBoth = new ArrayList<>();
        for (TrackedRun run : missing) {
            Optional<Waiting> row = queue.flatMap(snapshot -> snapshot.row(run));
            if (row.isEmpty()) {
                missingFromBoth.add(run);
            } else if (row.get().clusterState().equals(QueueSnapshot.CANCELLED)) {
                ended.add(cancelled(run));
            }
        }
        missingTime.recordAnswer(ids(missingFromBoth));
        if (queue.isPresent()) {
            ended.addAll(judgeLost(missingFromBoth, missingTime, MISSING));
        }
        return ended;
    }

    /**
     * Judges the runs that are open in accounting but missing from the queue. A slurmctld that lost its last minutes of
     * state never reports those jobs as ended, so accounting shows them as open for ever (sacctmgr(1): runaway jobs).
     * Call it once for each answer of the queue.
     *
     * @param open the tasks that accounting calls open
     * @return the runs that have ended
     */
    List<JudgedRun> judgeUnconfirmed(List<ReportedTask> open, QueueSnapshot queue) {
        List<TrackedRun> unconfirmed = open.stream()
                .map(ReportedTask::run)
                .filter(run -> queue.row(run).isEmpty())
                .toList();
        unconfirmedTime.recordAnswer(ids(unconfirmed));
        return judgeLost(unconfirmed, unconfirmedTime, UNCONFIRMED);
    }

    private static List<String> ids(List<TrackedRun> runs) {
        return runs.stream().map(TrackedRun::id).toList();
    }

    /** A task that was cancelled before it could start may never get a row in accounting. */
    private static JudgedRun cancelled(TrackedRun run) {
        Verdict verdict = run.batch().dependsOn().isEmpty()
                ? Verdict.failure(Cause.CANCELLED, "cancelled before it started")
                : Verdict.dependencyFailed();
        return new JudgedRun(run, verdict, RunFacts.withoutRow(QueueSnapshot.CANCELLED, run, Optional.empty()));
    }

    private List<JudgedRun> judgeLost(List<TrackedRun> runs, MissingTime time, String reason) {
        Map<String, Optional<String>> jobs = new HashMap<>();
        List<JudgedRun> lost = new ArrayList<>();
        for (TrackedRun run : runs) {
            if (time.of(run.id()).compareTo(lostAfter) <= 0) {
                continue;
            }
            Batch batch = run.batch();
            Optional<String> job = jobs.computeIfAbsent(batch.token(), token -> duplicates.end(batch));
            boolean hasOtherId = job.filter(id -> !id.equals(batch.clusterId())).isPresent();
            if (hasOtherId) {
                time.reset(run.id());
            } else {
                lost.add(lost(run, reason, time.of(run.id())));
            }
        }
        return lost;
    }

    private JudgedRun lost(TrackedRun run, String reason, Duration missingFor) {
        Optional<Evidence> evidence =
                files.evidence(run.batch(), run.index(), run.run().attempt());
        Verdict verdict = files.success(run.batch(), run.run().tile(), evidence)
                ? Verdict.success("succeeded according to its evidence: " + reason)
                : Verdict.failure(Cause.LOST, reason + ", in all answers of " + missingFor.toSeconds() + " s");
        return new JudgedRun(run, verdict, RunFacts.withoutRow("", run, evidence), evidence);
    }
}
