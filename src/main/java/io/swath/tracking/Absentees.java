package io.swath.tracking;

import io.swath.cluster.Waiting;
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
final class Absentees {
    /** A run, and its batch. */
    record Absentee(Batch batch, Open run) {}

    private final Absences absences;
    private final Absences unconfirmed;
    private final Twins twins;
    private final TaskFiles files;
    private final Duration lostAfter;

    Absentees(Clock steady, Twins twins, TaskFiles files, Duration lostAfter) {
        this.absences = new Absences(steady);
        this.unconfirmed = new Absences(steady);
        this.twins = twins;
        this.files = files;
        this.lostAfter = lostAfter;
    }

    /** No answer came: until the next one, nothing is known. */
    void unanswered() {
        absences.unanswered();
        unconfirmed.unanswered();
    }

    /** Whether some have been absent for so long that the queue should be asked. */
    boolean absentFor(Duration time, List<Absentee> absent) {
        return absent.stream().anyMatch(one -> absences.of(one.run().id()).compareTo(time) >= 0);
    }

    /**
     * To be called once for each answer of the accounting.
     *
     * @param queue what the queue says; absent when it was not asked
     * @return those that are over
     */
    List<Outcomes.Ended> judge(List<Absentee> absent, Optional<Queue> queue) {
        List<Outcomes.Ended> over = new ArrayList<>();
        List<Absentee> missing = new ArrayList<>();
        for (Absentee one : absent) {
            Optional<Waiting> known =
                    queue.flatMap(rows -> rows.row(one.batch(), one.run().index()));
            if (known.isEmpty()) {
                missing.add(one);
            } else if (known.get().word().equals(Queue.CANCELLED)) {
                over.add(cancelled(one));
            }
        }
        absences.answered(missing.stream().map(one -> one.run().id()).toList());
        if (queue.isPresent()) {
            over.addAll(lost(missing, absences, "neither queue nor accounting knew it"));
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
    List<Outcomes.Ended> judgeBelieved(List<Absentee> believed, Queue queue) {
        List<Absentee> missing = believed.stream()
                .filter(one -> queue.row(one.batch(), one.run().index()).isEmpty())
                .toList();
        unconfirmed.answered(missing.stream().map(one -> one.run().id()).toList());
        return lost(missing, unconfirmed, "the accounting calls it open, but the queue did not know it any more");
    }

    /** Cancelled before it could start: the accounting may have no row of it, ever. */
    private static Outcomes.Ended cancelled(Absentee one) {
        Verdict verdict = one.batch().dependsOn().isEmpty()
                ? Verdict.failure(Cause.CANCELLED, "cancelled before it started")
                : Verdict.dependencyFailed();
        return new Outcomes.Ended(
                one.batch(),
                one.run(),
                verdict,
                Facts.without(Queue.CANCELLED, one.batch(), one.run().index(), Optional.empty()));
    }

    private List<Outcomes.Ended> lost(List<Absentee> missing, Absences counted, String words) {
        Map<String, Optional<String>> jobs = new HashMap<>();
        List<Outcomes.Ended> lost = new ArrayList<>();
        for (Absentee one : missing) {
            if (counted.of(one.run().id()).compareTo(lostAfter) <= 0) {
                continue;
            }
            Batch batch = one.batch();
            Optional<String> job = jobs.computeIfAbsent(batch.token(), token -> twins.end(batch));
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
                    Facts.without("", batch, one.run().index(), evidence)));
        }
        return lost;
    }
}
