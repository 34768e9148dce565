package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.model.Batch;
import io.swath.model.Run;
import java.util.Optional;

/** Puts together what accounting and evidence tell of a run. */
final class Facts {
    private Facts() {}

    /** The accounting's word first; where it has none, the evidence's. */
    static Run.Facts of(TaskStatus status, int index, TaskUsage usage, Optional<Evidence> evidence) {
        return new Run.Facts(
                status.jobId() + "_" + index,
                status.detail().isEmpty() ? status.word() : status.word() + " " + status.detail(),
                status.partition(),
                status.node(),
                status.exitCode(),
                status.signal(),
                status.submitted(),
                status.eligible(),
                status.started(),
                status.ended(),
                status.elapsedSeconds(),
                status.cpus(),
                most(usage.cpuMillis(), evidence.flatMap(Evidence::cpuMillis)),
                // A task shorter than the accounting's sampling is seen too late by it: the higher peak is the truer.
                most(usage.memoryKiB(), evidence.flatMap(Evidence::memoryKiB)),
                status.requestedTres(),
                status.allocatedTres(),
                status.restarts(),
                status.reason(),
                Optional.empty(),
                evidence.map(Evidence::note).orElse(""));
    }

    /** Of a run that the accounting has no row of. */
    static Run.Facts without(String word, Batch batch, int index, Optional<Evidence> evidence) {
        Run.Facts none = Run.Facts.NONE;
        return new Run.Facts(
                batch.clusterId() + "_" + index,
                word,
                batch.request().partition(),
                "",
                none.exitCode(),
                none.signal(),
                Optional.of(batch.submittedAt()),
                none.eligible(),
                none.started(),
                none.ended(),
                none.elapsedSeconds(),
                none.cpus(),
                evidence.flatMap(Evidence::cpuMillis),
                evidence.flatMap(Evidence::memoryKiB),
                "",
                "",
                0,
                "",
                Optional.empty(),
                evidence.map(Evidence::note).orElse(""));
    }

    private static Optional<Long> most(Optional<Long> one, Optional<Long> other) {
        return one.isPresent() && other.isPresent()
                ? Optional.of(Math.max(one.get(), other.get()))
                : one.or(() -> other);
    }
}
