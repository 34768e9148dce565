package io.swath.submission;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import io.swath.submission.Refusals.Pause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sends batches to the cluster, each exactly once.
 *
 * <p>A batch is AMBIGUOUS from the moment of sending. Only a clear job id makes it SUBMITTED, and only a clear
 * rejection makes it an INTENT again. After any other answer, the batch is looked up ({@link BatchLookups}).
 *
 * <p>To be called from one thread.
 */
final class BatchSender {
    private static final Duration RETRY = Duration.ofSeconds(15);
    private static final Duration WAIT_FOR_ID = Duration.ofSeconds(1);
    private static final Duration WAIT_FOR_SPACE = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final BatchFiles files;
    private final NightQuota night;
    private final TaskLimits limits;
    private final Replanning replanning;
    private final DeviceMoves moves;
    private final Refusals refusals;
    private final Incidents incidents;
    private final Clock steady;
    private final BatchesBefore batchesBefore;
    private final BatchLookups lookups;

    BatchSender(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            BatchFiles files,
            NightQuota night,
            TaskLimits limits,
            Replanning replanning,
            DeviceMoves moves,
            Refusals refusals,
            Incidents incidents,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.files = files;
        this.night = night;
        this.limits = limits;
        this.replanning = replanning;
        this.moves = moves;
        this.refusals = refusals;
        this.incidents = incidents;
        this.steady = steady;
        this.batchesBefore = new BatchesBefore(ledger);
        this.lookups = new BatchLookups(ledger, cluster, files, night, refusals, incidents, steady);
    }

    /** A batch whose files are written, and which is AMBIGUOUS in the ledger: it may be sent. */
    private record Prepared(Scene scene, Batch batch, JobArray array, OpenTasks open) {}

    /** The batches that are sent together, by token, and those that wait for a job id. */
    private record Round(Map<String, Prepared> prepared, List<String> waiting) {}

    /**
     * Sends batches together, or looks them up when they may have been sent. Does nothing with a batch that is gone or was
     * accepted. What waits for the job of another of these batches is sent after it.
     */
    void send(List<String> tokens) {
        List<String> waiting = sendReady(tokens);
        if (waiting.size() < tokens.size()) {
            sendReady(waiting);
        }
    }

    /** Returns the batches that wait for a job id. */
    private List<String> sendReady(List<String> tokens) {
        Round round = new Round(new LinkedHashMap<>(), new ArrayList<>());
        for (String token : tokens) {
            ledger.read(session -> session.batches().find(token)).ifPresent(batch -> send(batch, round));
        }
        Map<String, Prepared> prepared = round.prepared();
        List<JobArray> arrays = prepared.values().stream().map(Prepared::array).toList();
        try {
            cluster.submit(arrays, (array, answer) -> handle(answer, prepared.remove(array.token())));
        } catch (ClusterException e) {
            prepared.values().forEach(one -> cannotSend(one.batch(), e.getMessage()));
        }
        return round.waiting();
    }

    private void send(Batch batch, Round round) {
        Scene scene =
                ledger.read(session -> session.scenes().find(batch.sceneId())).orElseThrow();
        try {
            switch (batch.state()) {
                case INTENT -> prepare(scene, batch, round);
                case AMBIGUOUS -> {
                    if (lookups.mayBeSentAgain(scene, batch)) {
                        prepare(scene, batch, round);
                    }
                }
                case SUBMITTED, DONE -> {}
            }
        } catch (SizingException e) {
            SceneFailure.fail(ledger, scene, e.getMessage());
        } catch (ClusterException e) {
            cannotSend(batch, e.getMessage());
        } catch (RecipeException | IOException e) {
            if (!storage.problem().isEmpty()) {
                cannotSend(batch, e.getMessage());
            } else { // it is this batch's own files, so other batches can be sent
                refusals.refuse(batch, "its files cannot be read or written: " + e.getMessage(), Pause.SHORT);
            }
        }
    }

    private void cannotSend(Batch batch, String why) {
        incidents.report(
                "batches", "batch " + batch.token() + " of scene " + batch.sceneId() + " cannot be sent: " + why);
        waitIn(batch.state(), batch, batch.attempts(), RETRY);
    }

    private void prepare(Scene scene, Batch batch, Round round) throws IOException {
        if (scene.state().terminal()) {
            lookups.forget(batch);
            refusals.withdraw(batch);
            return;
        }
        if (night.paused(scene)) {
            waitIn(BatchState.INTENT, batch, batch.attempts(), RETRY);
            return;
        }
        if (batchesBefore.oneIsGone(batch)) {
            refusals.withdraw(batch);
            return;
        }
        Optional<List<String>> jobsBefore = batchesBefore.jobs(batch);
        if (jobsBefore.isEmpty()) {
            waitIn(BatchState.INTENT, batch, batch.attempts(), batchesBefore.oneIsRefused(batch) ? RETRY : WAIT_FOR_ID);
            round.waiting().add(batch.token());
            return;
        }
        Recipe whole = files.recipe(scene);
        if (moves.move(scene, whole, batch, cluster.capabilities())) {
            refusals.withdraw(batch);
            return;
        }
        Recipe recipe = DeviceLanes.as(whole, batch);
        LearnedRequests.Sized now = replanning.requestNow(scene, batch, recipe, cluster.capabilities());
        if (replanning.isOutdated(scene, batch, now, cluster.capabilities())) {
            refusals.withdraw(batch);
            return;
        }
        OpenTasks open = night.openTasks(ledger);
        LimitScope scope = LimitScope.of(scene, batch);
        if (open.inCluster() + batch.tasks() > limits.queueLimit()
                || open.inCluster(scope) + batch.tasks() > limits.most(scope)) {
            waitIn(BatchState.INTENT, batch, batch.attempts(), WAIT_FOR_SPACE);
            return;
        }
        Batch sized = replanning.resized(batch, now);
        Path job = files.write(scene, sized, recipe);
        JobArray array = new JobArray(
                batch.token(),
                job,
                storage.onCluster(job),
                batch.tasks(),
                batch.packed(),
                sized.request(),
                jobsBefore.get(),
                PlannedBatch.dependencyType(batch));
        lookups.begin(batch);
        round.prepared().put(batch.token(), new Prepared(scene, batch, array, open));
    }

    private void handle(Submitted answer, Prepared prepared) {
        Scene scene = prepared.scene();
        Batch batch = prepared.batch();
        if (!(answer instanceof Submitted.Ambiguous)) {
            incidents.resolve("batches");
        }
        if (answer instanceof Submitted.Accepted accepted) {
            LimitScope scope = LimitScope.of(scene, batch);
            limits.accepted(scope, prepared.open().inCluster(scope), batch.tasks());
            lookups.found(batch, accepted.jobId());
        } else if (answer instanceof Submitted.Rejected rejected) {
            waitIn(BatchState.INTENT, batch, 0, RETRY);
            refusals.handle(scene, batch, rejected.why(), rejected.reason(), prepared.open());
        } else if (answer instanceof Submitted.Ambiguous ambiguous) {
            lookups.unclear(scene, batch, ambiguous);
        }
    }

    /** Leaves a batch in a state; it is due again after the pause. */
    private void waitIn(BatchState state, Batch batch, int attempts, Duration pause) {
        ledger.change(session -> session.batches()
                .postpone(batch.token(), state, attempts, steady.instant().plus(pause)));
    }
}
