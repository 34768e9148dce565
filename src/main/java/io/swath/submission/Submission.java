package io.swath.submission;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.job.JobScript;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.LeadershipLostException;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileState;
import io.swath.recipes.PlannedRecipes;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that submits waiting tiles, each exactly once: it writes them into the ledger as batches, and sends the
 * batches ({@link BatchSender}).
 *
 * <p>To be called from one thread.
 */
public final class Submission {
    private static final Logger log = LoggerFactory.getLogger(Submission.class);
    /** Batches that are sent at a time. They are few, so that a more urgent scene does not wait long for them. */
    private static final int AT_ONCE = 10;

    private static final Duration IDLE = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final Sizing sizing;
    private final BatchFiles files;
    private final TaskLimits limits;
    private final Refusals refusals;
    private final NightQuota night;
    private final Waves waves;
    private final Learning learning;
    private final Incidents incidents;
    private final Clock steady;
    private final FailingRows rows;
    private final FailingNodes failingNodes;
    private final BatchSender sender;
    private final Resizing resizing;
    /** The scenes whose copy of the recipe cannot be used. */
    private final Set<String> badRecipes = new HashSet<>();

    private volatile Instant nextLook = Instant.MIN;

    /**
     * @param queue how many tasks may be queued or running at once
     * @param night how many of them may be nightly reprocessing, and when
     * @param steady a clock that only runs forward; all pauses are measured by it
     */
    public Submission(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            Sizing sizing,
            JobScript scripts,
            PlannedRecipes recipes,
            SubmissionSettings queue,
            NightQuota night,
            Incidents incidents,
            ObjectMapper json,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.sizing = sizing;
        this.files = new BatchFiles(ledger, storage, scripts, recipes, json);
        this.limits = new TaskLimits(queue.queueLimit(), steady);
        this.refusals = new Refusals(ledger, limits, incidents, steady);
        this.night = night;
        this.waves = new Waves(queue.waiting(), steady);
        this.learning = new Learning(ledger, cluster);
        this.incidents = incidents;
        this.steady = steady;
        this.rows = new FailingRows(
                incidents,
                steady,
                "submission of ",
                "its tiles cannot be submitted: ",
                List.of(ClusterException.class, LeadershipLostException.class));
        this.failingNodes = new FailingNodes(ledger, incidents, new NodeRepairs(cluster, steady));
        this.resizing = new Resizing(ledger, cluster, files, new Replanning(ledger, sizing, limits), steady);
        this.sender = new BatchSender(
                ledger,
                cluster,
                storage,
                files,
                night,
                limits,
                new Replanning(ledger, sizing, limits),
                new DeviceMoves(ledger, sizing),
                refusals,
                incidents,
                steady);
    }

    /**
     * To be called at start-up. An earlier process may have sent a batch that is still an INTENT, so the batch is
     * looked up first.
     */
    public void recover() {
        int ambiguous = ledger.write(session -> {
            session.tiles().endPauses(steady.instant());
            return session.batches().markIntentsAmbiguous(steady.instant());
        });
        if (ambiguous > 0) {
            log.info(
                    "Swath ended while batches were being sent. Each is looked up in the cluster before it is sent again"
                            + " batches={}",
                    ambiguous);
        }
    }

    /**
     * Writes waiting tiles as batches, and returns the tokens of the next batches that are to be sent or looked up now, the
     * most urgent first.
     */
    public List<String> due() {
        String problem = storage.problem();
        if (!problem.isEmpty()) {
            incidents.report("storage", problem);
            return List.of();
        }
        incidents.resolve("storage");
        try {
            learning.learn();
            writeIntents();
            resizing.look();
            incidents.resolve("submission");
        } catch (ClusterException e) {
            incidents.report("submission", e.getMessage());
        }
        refusals.showIncidents();
        List<String> due = ledger.read(session -> session.batches().due(steady.instant(), AT_ONCE)).stream()
                .map(Batch::token)
                .toList();
        nextLook = steady.instant().plus(due.isEmpty() && nothingWaits() ? IDLE : Duration.ZERO);
        return due;
    }

    private boolean nothingWaits() {
        return ledger.<Boolean>read(session -> session.scenes()
                        .withTile(SceneFailure.IN_WORK, TileState.WAITING)
                        .isEmpty()
                && session.batches()
                        .inStates(Set.of(BatchState.INTENT, BatchState.AMBIGUOUS))
                        .isEmpty());
    }

    /**
     * Whether the stage's clock should call {@link #due}: always, unless nothing has waited to be submitted at the last
     * call. What makes tiles wait calls it without the clock. May be called from any thread.
     */
    public boolean lookDue() {
        return !nextLook.isAfter(steady.instant());
    }

    /** Whether more batches may be due, after {@link #send} of each of the last {@link #due}. */
    public boolean more(List<String> last) {
        return last.size() == AT_ONCE;
    }

    private void writeIntents() {
        List<Scene> scenes =
                ledger.read(session -> session.scenes().withTile(SceneFailure.IN_WORK, TileState.WAITING)).stream()
                        .filter(scene -> !night.paused(scene))
                        .toList();
        forgetOthers(scenes.stream().map(Scene::id).collect(Collectors.toSet()));
        List<String> failing = failingNodes.now(); // even when no scene waits, so that the incident ends in time
        if (scenes.isEmpty()) {
            return;
        }
        Capabilities capabilities = cluster.capabilities();
        QueueSpace space = new QueueSpace(night.openTasks(ledger), limits, night, waves);
        Set<String> withTiles =
                ledger.read(session -> session.scenes().withRealTile(SceneFailure.IN_WORK, TileState.WAITING));
        for (Scene scene : scenes) {
            boolean noPlace = withTiles.contains(scene.id()) && space.isFull(scene);
            if (!noPlace && !rows.isPaused(scene.id())) {
                rows.attempt(scene.id(), () -> writeIntents(scene, capabilities, failing, space));
            }
        }
    }

    /** Ends the incidents of scenes that are no longer submitted. */
    private void forgetOthers(Set<String> submitted) {
        rows.retain(submitted);
        List<String> others =
                badRecipes.stream().filter(scene -> !submitted.contains(scene)).toList();
        others.forEach(this::recipeIsNotAwaited);
    }

    private void recipeIsNotAwaited(String sceneId) {
        badRecipes.remove(sceneId);
        incidents.resolve("recipe of " + sceneId);
    }

    private void writeIntents(Scene scene, Capabilities capabilities, List<String> failing, QueueSpace space) {
        try {
            Recipe recipe = files.recipe(scene);
            recipeIsNotAwaited(scene.id());
            ledger.change(session -> {
                session.scenes().lock(scene.id());
                new Intents(sizing, capabilities, failing, steady.instant()).write(session, scene, recipe, space);
            });
        } catch (SizingException e) {
            SceneFailure.fail(ledger, scene, e.getMessage());
        } catch (RecipeException e) {
            badRecipes.add(scene.id());
            incidents.report("recipe of " + scene.id(), e.getMessage());
        }
    }

    /** Sends a batch, or looks it up when it may have been sent. */
    public void send(String token) {
        sendAll(List.of(token));
    }

    /** Sends batches together, or looks them up when they may have been sent. */
    public void sendAll(List<String> tokens) {
        sender.send(tokens);
    }
}
