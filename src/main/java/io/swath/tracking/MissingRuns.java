package io.swath.tracking;

import io.swath.cluster.Waiting;
import io.swath.job.Evidence;
import io.swath.job.TaskFiles;
import io.swath.ledger.Runs.Open;
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
 * The runs that the accounting has no row of, and those that it believes to be open and the queue does not know. Absent
 * is not done: they are looked for in the queue, then by their job's name, and only what nobody has known through long
 * enough an absence is given up as lost.
 */
final class MissingRuns {
    /** A run, and its batch. */
    record MissingRun(Batch batch, Open run) {}

    private final MissingTime missingTime;
    private final MissingTime unconfirmed;
    private final DuplicateJobs duplicates;
    private final TaskFiles files;
    private final Duration lostAfter;

    MissingRuns(Clock steady, DuplicateJobs duplicates, TaskFiles files, Duration lostAfter) {
        this.missingTime = new MissingTime(steady);
        this.unconfirmed = new MissingTime(steady);
        this.duplicates = duplicates;
        this.files = files;
        this.lostAfter = lostAfter;
    }

    /** No answer came: until the next one, nothing is known. */
    void unanswered() {
        missingTime.unanswered();
        unconfirmed.unanswered();
    }

    /** Whether some have been absent for so long that the queue should be asked. */
    boolean absentFor(Duration time, List<MissingRun> absent) {
        return absent.stream().anyMatch(one -> missingTime.of(one.run().id()).compareTo(time) >= 0);
    }

    /**
     * To be called once for each answer of the accounting.
     *
     * @param queue what the queue says; absent when it was not asked
     * @return those that are over
     */
    List<Outcomes.Ended> judge(List<MissingRun> absent, Optional<QueueSnapshot> queue) {
        List<Outcomes.Ended> over = new ArrayList<>();
        List<MissingRun> missing = new ArrayList<>();
        for (MissingRun one : absent) {
            Optional<Waiting> known =
                    queue.flatMap(rows -> rows.row(one.batch(), one.run().index()));
            if (known.isEmpty()) {
                missing.add(one);
            } else if (known.get().clusterState().equals(QueueSnapshot.CANCELLED)) {
                over.add(cancelled(one));
            }
        }
        missingTime.answered(missing.stream().map(one -> one.run().id()).toList());
        if (queue.isPresent()) {
            over.addAll(lost(missing, missingTime, "neither queue nor accounting knew it"));
        }
        return over;
    }

    /**
     * A slurmctld that lost its last minutes, with their jobs, tells nobody: to the accounting they run, or wait, for
     * ever ("runaway jobs" to sacctmgr). To be called for each answer of the queue that is no answer of the accounting.
     *
     * @param believed runs that the accounting calls open
     * @return those that are over
     */
    List<Outcomes.Ended> judgeBelieved(List<MissingRun> believed, QueueSnapshot queue) {
        List<MissingRun> missing = believed.stream()
                .filter(one -> queue.row(one.batch(), one.run().index()).isEmpty())
                .toList();
        unconfirmed.answered(missing.stream().map(one -> one.run().id()).toList());
        return lost(missing, unconfirmed, "the accounting calls it open, but the queue did not know it any more");
    }

    /** Cancelled before it could start: the accounting may have no row of it, ever. */
    private static Outcomes.Ended cancelled(MissingRun one) {
        Verdict verdict = one.batch().dependsOn().isEmpty()
                ? Verdict.failure(Cause.CANCELLED, "cancelled before it started")
                : Verdict.dependencyFailed();
        return new Outcomes.Ended(
                one.batch(),
                one.run(),
                verdict,
                RunFacts.withoutRow(
                        QueueSnapshot.CANCELLED, one.batch(), one.run().index(), Optional.empty()));
    }

    private List<Outcomes.Ended> lost(List<MissingRun> missing, MissingTime counted, String words) {
        Map<String, Optional<String>> jobs = new HashMap<>();
        List<Outcomes.Ended> lost = new ArrayList<>();
        for (MissingRun one : missing) {
            if (counted.of(one.run().id()).compareTo(lostAfter) <= 0) {
                continue;
            }
            Batch batch = one.batch();
            Optional<String> job = jobs.computeIfAbsent(batch.token(), token -> duplicates.end(batch));
            if (job.filter(id -> !id.equals(batch.clusterId())).isPresent()) {
                counted.found(one.run().id()); // its job has another id than was thought
                continue;
            }
            Optional<Evidence> evidence = files.evidence(batch, one.run().index());
            Verdict verdict = files.success(batch, evidence)
                    ? Verdict.success("told by its evidence: " + words)
                    : Verdict.failure(
                            Cause.LOST,
                            words + ", in all their answers of "
                                    + counted.of(one.run().id()).toSeconds() + " s");
            lost.add(new Outcomes.Ended(
                    batch,
                    one.run(),
                    verdict,
                    RunFacts.withoutRow("", batch, one.run().index(), evidence)));
        }
        return lost;
    }
}
