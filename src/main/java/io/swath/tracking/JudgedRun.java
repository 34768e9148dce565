package io.swath.tracking;

import io.swath.job.Evidence;
import io.swath.job.Outcome;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A run that has ended, with Swath's verdict and the facts to record.
 *
 * @param evidence what the task reported about itself
 */
record JudgedRun(TrackedRun run, Verdict verdict, Run.Facts facts, Optional<Evidence> evidence) {
    /** A run without evidence. */
    JudgedRun(TrackedRun run, Verdict verdict, Run.Facts facts) {
        this(run, verdict, facts, Optional.empty());
    }

    /** For an assembly, the tiles that were not what their evidence says: these have to be made again. */
    List<Integer> badTiles() {
        return run.batch().assembly() ? evidence.map(Evidence::badTiles).orElse(List.of()) : List.of();
    }

    /** For a preparation that has succeeded, the SHA-256 of the file that it made. */
    Optional<String> prepared() {
        return run.batch().preparation() && verdict.cause().isEmpty()
                ? evidence.map(found -> found.output().sha256())
                : Optional.empty();
    }

    /** Whether the task found that the prepared file is missing or was changed. */
    boolean notPrepared() {
        return stepIndex() >= 0
                && evidence.filter(found -> found.outcome() == Outcome.NOT_PREPARED)
                        .isPresent();
    }

    /** Whether the tile had no pixels, so that what the task used says nothing about other tiles. */
    boolean empty() {
        return evidence.filter(found -> found.outcome() == Outcome.EMPTY).isPresent();
    }

    /** Whether the task found that what an earlier step made of its tile is missing or was changed. */
    boolean earlierChanged() {
        return stepIndex() > 0
                && evidence.filter(found -> found.outcome() == Outcome.EARLIER_CHANGED)
                        .isPresent();
    }

    /**
     * What the run could use at most. A run that has reached the time limit of a task of several runs had as much time as was
     * left for it.
     */
    Request limits() {
        Batch batch = run.batch();
        boolean part = batch.packed() && verdict.cause().equals(Optional.of(Cause.TIMEOUT));
        Optional<Long> seconds = facts.timing().elapsedSeconds().filter(elapsed -> part);
        return seconds.map(had -> batch.request().withTime(Duration.ofSeconds(Math.max(1, had))))
                .orElse(batch.request());
    }

    String sceneId() {
        return run.batch().sceneId();
    }

    int tile() {
        return run.run().tile();
    }

    int attempt() {
        return run.run().attempt();
    }

    int stepIndex() {
        return run.batch().stepIndex();
    }

    /** @param whyNoRetry appended to the verdict's detail; empty: nothing to append */
    Run toRun(String whyNoRetry) {
        return run.withState(
                verdict.cause().isEmpty() ? RunState.SUCCEEDED : RunState.FAILED,
                verdict.cause(),
                whyNoRetry.isEmpty() ? verdict.detail() : verdict.detail() + "; " + whyNoRetry,
                facts);
    }
}
