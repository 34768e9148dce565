package io.swath.tracking;

import io.swath.cluster.Waiting;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.model.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runs that the accounting has no row of. Absent is not done: they are looked for in the queue, then by their job's
 * name, and only what nobody has known through long enough an absence is given up as lost.
 */
final class Absentees {
    /** A run without a row, and its batch. */
    record Absentee(Batch batch, Open run) {}

    private final Absences absences;
    private final Twins twins;
    private final TaskFiles files;
    private final Duration lostAfter;

    Absentees(Absences absences, Twins twins, TaskFiles files, Duration lostAfter) {
        this.absences = absences;
        this.twins = twins;
        this.files = files;
        this.lostAfter = lostAfter;
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
            over.addAll(lost(missing.stream()
                    .filter(one -> absences.of(one.run().id()).compareTo(lostAfter) > 0)
                    .toList()));
        }
        return over;
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

    private List<Outcomes.Ended> lost(List<Absentee> gone) {
        Map<String, Optional<String>> jobs = new HashMap<>();
        List<Outcomes.Ended> lost = new ArrayList<>();
        for (Absentee one : gone) {
            Batch batch = one.batch();
            Optional<String> job = jobs.computeIfAbsent(batch.token(), token -> twins.end(batch));
            if (job.filter(id -> !id.equals(batch.clusterId())).isPresent()) {
                absences.found(one.run().id()); // its job has another id than was thought
                continue;
            }
            Optional<Evidence> evidence = files.evidence(batch, one.run().index());
            Verdict verdict = files.success(batch, evidence)
                    ? Verdict.success("told by its evidence: the accounting never knew it")
                    : Verdict.failure(
                            Cause.LOST,
                            "neither queue nor accounting knew it, in all their answers of "
                                    + absences.of(one.run().id()).toSeconds() + " s");
            lost.add(new Outcomes.Ended(
                    batch,
                    one.run(),
                    verdict,
                    Facts.without("", batch, one.run().index(), evidence)));
        }
        return lost;
    }
}
