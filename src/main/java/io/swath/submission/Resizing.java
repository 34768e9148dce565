package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.UnreachableException;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.recipes.RecipeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes how much memory the tasks ask for that wait in the cluster, when runs have taught meanwhile that they need clearly
 * more or less.
 *
 * <p>The cluster is changed first, and then the ledger. If Swath ends in between, the next look changes both again. What each
 * task really asked for is what accounting says about it. The time limit stays: the job script knows it.
 *
 * <p>To be called from one thread.
 */
final class Resizing {
    private static final Logger log = LoggerFactory.getLogger(Resizing.class);
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration AFTER_REFUSAL = Duration.ofMinutes(10);
    private static final int LOOKED_AT = 200;
    /** Each costs a command. */
    private static final int AT_ONCE = 5;

    private static final double CLEARLY = 0.2;

    private final Ledger ledger;
    private final Cluster cluster;
    private final BatchFiles files;
    private final Replanning replanning;
    private final Clock steady;
    private final Map<String, Instant> leftAlone = new HashMap<>();
    private Instant nextLook = Instant.MIN;
    /** The batch at which the last look ended; empty: it was the last that waits. */
    private Optional<Batch> lookedAt = Optional.empty();

    Resizing(Ledger ledger, Cluster cluster, BatchFiles files, Replanning replanning, Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.files = files;
        this.replanning = replanning;
        this.steady = steady;
    }

    /**
     * Changes the batches whose tasks wait, some at a time and not more often than every 30 s. Each look goes on where the last
     * one ended, so that every batch has its turn.
     *
     * @throws ClusterException when it is not known what the cluster offers
     */
    void look() {
        if (!cluster.resizesWaiting()
                || nextLook.isAfter(steady.instant())
                || cluster.overload().isPresent()) {
            return;
        }
        nextLook = steady.instant().plus(INTERVAL);
        List<Batch> waiting = ledger.read(session -> session.batches().withQueuedRuns(lookedAt, LOOKED_AT));
        if (waiting.isEmpty()) {
            lookedAt = Optional.empty();
            return;
        }
        leftAlone.values().removeIf(until -> !until.isAfter(steady.instant()));
        Capabilities capabilities = cluster.capabilities();
        int resized = 0;
        for (Batch batch : waiting) {
            if (resized == AT_ONCE) {
                return;
            }
            lookedAt = Optional.of(batch);
            if (!leftAlone.containsKey(batch.token())) {
                resized += resizeIfAllowed(batch, capabilities) ? 1 : 0;
            }
        }
        if (waiting.size() < LOOKED_AT) {
            lookedAt = Optional.empty();
        }
    }

    /** A batch that the cluster refuses to change is left alone for some time; the others are not. */
    private boolean resizeIfAllowed(Batch batch, Capabilities capabilities) {
        try {
            return resize(batch, capabilities);
        } catch (UnreachableException e) {
            throw e;
        } catch (ClusterException e) {
            leftAlone.put(batch.token(), steady.instant().plus(AFTER_REFUSAL));
            log.warn(
                    "The waiting tasks of a batch keep their memory, and Swath tries to change it again in {} min: {}."
                            + " Nothing is lost. batch={}",
                    AFTER_REFUSAL.toMinutes(),
                    e.getMessage(),
                    batch.token());
            return true; // it has cost a command
        }
    }

    private boolean resize(Batch batch, Capabilities capabilities) {
        Scene scene =
                ledger.read(session -> session.scenes().find(batch.sceneId())).orElseThrow();
        if (scene.state().terminal()) {
            return false;
        }
        try {
            LearnedRequests.Sized now =
                    replanning.requestNow(scene, batch, DeviceLanes.as(files.recipe(scene), batch), capabilities);
            int before = batch.request().memoryMiB();
            int needed = now.request().memoryMiB();
            if (now.runs() == 0
                    || before == 0
                    || needed == 0
                    || Math.abs(needed - before) <= CLEARLY * before
                    || !Replanning.avoidsAsMuch(batch.request(), now)
                    || !replanning.everFits(scene, batch.request().withMemoryMiB(needed), capabilities)) {
                return false;
            }
            cluster.resizeWaiting(batch.clusterId(), needed);
            String why = DeviceLanes.deviceWords(batch.why()) + now.why();
            ledger.change(session -> session.batches().resizeQueued(batch.token(), needed, why));
            log.info(
                    "the waiting tasks of a batch ask for other memory batch={} scene={} step={} mebibytes={} before={}",
                    batch.token(),
                    scene.id(),
                    batch.step(),
                    needed,
                    before);
            return true;
        } catch (SizingException | RecipeException e) { // submission reports both; what waits keeps its size
            log.debug("a batch is not resized batch={}", batch.token(), e);
            return false;
        }
    }
}
