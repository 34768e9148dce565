package io.swath.submission;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray.DependencyType;
import io.swath.cluster.Submitted;
import io.swath.health.Incidents;
import io.swath.job.JobScript;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that sizes waiting tiles and queues them, each exactly once.
 *
 * <p>A batch is written down before it is sent, and counts as ambiguous while it is. An answer that is not plainly a job
 * id leaves it so: it is looked up by its token, after 5, 15, 30 and 60 seconds, and adopted when found; only when it was
 * absent all along is it sent again, with the same token; at once, where the cluster's word is certain. To be called from
 * one thread.
 */
public final class Submission {
    /** The step name of a scene's assembly. */
    public static final String ASSEMBLE = "assemble";

    private static final Logger log = LoggerFactory.getLogger(Submission.class);
    private static final List<Duration> LOOKUPS =
            List.of(Duration.ofSeconds(5), Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofSeconds(60));
    private static final Duration LATER = Duration.ofSeconds(15);
    private static final Duration MUCH_LATER = Duration.ofMinutes(1);
    /** Before it looks again: the day's batches are not to wait for a long night's. */
    private static final int OF_THE_NIGHT_AT_ONCE = 5;

    private static final Set<SceneState> WORKED_ON =
            Set.of(SceneState.PLANNED, SceneState.PROCESSING, SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final Sizing sizing;
    private final BatchFiles files;
    private final int queueLimit;
    private final NightQuota night;
    private final Incidents incidents;
    private final Clock steady;
    private final FailingNodes failingNodes;

    /**
     * @param queueLimit tasks that may be queued or running at once
     * @param night what of them the night may have, and when
     * @param steady a clock that only runs forward: what the pauses are measured by
     */
    public Submission(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            Sizing sizing,
            JobScript folders,
            int queueLimit,
            NightQuota night,
            Incidents incidents,
            ObjectMapper json,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.sizing = sizing;
        this.files = new BatchFiles(ledger, storage, folders, json);
        this.queueLimit = queueLimit;
        this.night = night;
        this.incidents = incidents;
        this.steady = steady;
        this.failingNodes = new FailingNodes(ledger, incidents);
    }

    /** To be called at start-up: whatever was meant to be sent may have been, so it is looked up first. */
    public void recover() {
        int doubtful = ledger.write(session -> {
            session.tiles().endPauses(steady.instant());
            return session.batches().markIntentsAmbiguous(steady.instant());
        });
        if (doubtful > 0) {
            log.info(
                    "{} batches were about to be sent, or looked up, when Swath ended; each is looked up before it is sent.",
                    doubtful);
        }
    }

    /** Writes down what waits to be submitted and tells which batches are to be sent or looked up now. */
    public List<String> due() {
        String problem = storage.problem();
        if (!problem.isEmpty()) {
            incidents.report("storage", problem);
            return List.of();
        }
        incidents.resolve("storage");
        try {
            intend();
            incidents.resolve("submission");
        } catch (ClusterException e) {
            incidents.report("submission", e.getMessage());
        }
        return ledger.read(session -> session.batches().due(steady.instant(), OF_THE_NIGHT_AT_ONCE)).stream()
                .map(Batch::token)
                .toList();
    }

    private void intend() {
        List<Scene> scenes = ledger.read(session -> session.scenes().inStates(WORKED_ON)).stream()
                .filter(scene -> !waits(scene))
                .toList();
        List<String> sick = failingNodes.now(); // even when nothing waits: what was told of them has to end some time
        if (scenes.isEmpty()) {
            return;
        }
        Capabilities capabilities = cluster.capabilities();
        for (Scene scene : scenes) {
            try {
                Recipe recipe = recipe(scene);
                incidents.resolve("recipe of " + scene.id());
                ledger.write(session -> new Intents(sizing, capabilities, sick, steady.instant())
                        .write(session, scene, recipe, room(session, scene)));
            } catch (SizingException e) {
                log.error("{} cannot be submitted: {}", scene.id(), e.getMessage());
                ledger.write(
                        session -> session.scenes().move(scene.id(), WORKED_ON, SceneState.FAILED, e.getMessage()));
            } catch (RecipeException e) {
                incidents.report("recipe of " + scene.id(), e.getMessage());
            }
        }
    }

    /** Whether nothing of it may be submitted now. */
    private boolean waits(Scene scene) {
        return scene.status().held() || scene.status().suspended() || (scene.nightly() && !night.lasts());
    }

    /** How many more tasks of a scene may be queued. */
    private int room(Session session, Scene scene) {
        int room = queueLimit - session.runs().openCount();
        return scene.nightly()
                ? Math.min(room, night.share(queueLimit) - session.runs().nightlyOpenCount())
                : room;
    }

    /** The recipe as it was when the scene was planned. */
    private Recipe recipe(Scene scene) {
        return RecipeBook.snapshot(storage.work(scene.id(), scene.version()).resolve("recipe"), scene.recipe());
    }

    /** Sends a batch, or looks up what became of it. */
    public void send(String token) {
        Optional<Batch> found = ledger.read(session -> session.batches().find(token));
        if (found.isEmpty()) {
            return;
        }
        Batch batch = found.get();
        Scene scene =
                ledger.read(session -> session.scenes().find(batch.sceneId())).orElseThrow();
        try {
            switch (batch.state()) {
                case INTENT -> submit(scene, batch);
                case AMBIGUOUS -> lookUp(scene, batch);
                case SUBMITTED, DONE -> {}
            }
        } catch (ClusterException | RecipeException | IOException e) {
            incidents.report("batches", "batch " + token + " cannot be sent: " + e.getMessage());
            later(batch, batch.state(), batch.attempts(), LATER);
        }
    }

    private void submit(Scene scene, Batch batch) throws IOException {
        if (scene.state().terminal()) {
            ledger.change(session -> session.batches().withdraw(batch.token()));
            return;
        }
        if (waits(scene)) {
            later(batch, BatchState.INTENT, batch.attempts(), LATER);
            return;
        }
        Optional<List<String>> after = after(batch);
        if (after.isEmpty()) {
            later(batch, BatchState.INTENT, batch.attempts(), Duration.ofSeconds(1));
            return;
        }
        Path job = files.write(scene, batch, recipe(scene));
        // From here on it may have been sent, whatever fails or ends: only a plain answer says otherwise.
        later(batch, BatchState.AMBIGUOUS, 0, LOOKUPS.get(0));
        Submitted answer = cluster.submit(new io.swath.cluster.JobArray(
                batch.token(),
                job,
                storage.onCluster(job),
                batch.size(),
                batch.request(),
                after.get(),
                batch.assembly() ? DependencyType.AFTER_OK : DependencyType.AFTER_CORRESPONDING));
        if (!(answer instanceof Submitted.Ambiguous)) {
            incidents.resolve("batches");
        }
        if (answer instanceof Submitted.Accepted accepted) {
            adopt(batch, accepted.jobId());
        } else if (answer instanceof Submitted.Rejected rejected) {
            incidents.report(
                    "sbatch", "batch " + batch.token() + " of " + scene.id() + " was refused: " + rejected.why());
            later(batch, BatchState.INTENT, batch.attempts() + 1, rejected.passing() ? LATER : MUCH_LATER);
        } else if (answer instanceof Submitted.Ambiguous ambiguous) {
            log.warn("{}: the answer to sbatch is unclear ({}); it is looked up.", batch.token(), ambiguous.what());
        }
    }

    private void adopt(Batch batch, String jobId) {
        ledger.change(session -> session.batches().submitted(batch.token(), jobId, session.now()));
        incidents.resolve("sbatch");
        log.info("{}: {} tasks of {} are queued as job {}.", batch.token(), batch.size(), batch.sceneId(), jobId);
    }

    /** The jobs that a batch waits for; empty while one of them has no id yet. */
    private Optional<List<String>> after(Batch batch) {
        List<String> jobs = new ArrayList<>();
        for (String token : batch.dependsOn()) {
            Batch before = ledger.read(session -> session.batches().find(token)).orElseThrow();
            switch (before.state()) {
                case INTENT, AMBIGUOUS -> {
                    return Optional.empty();
                }
                case SUBMITTED -> jobs.add(before.clusterId());
                case DONE -> {
                    if (ledger.read(session -> session.runs().failedCount(token)) > 0) {
                        jobs.add(before.clusterId());
                    }
                }
            }
        }
        return Optional.of(jobs);
    }

    private void lookUp(Scene scene, Batch batch) throws IOException {
        if (!files.written(batch)) {
            later(batch, BatchState.INTENT, 0, Duration.ZERO); // what was never written was never sent
            submit(scene, batch);
            return;
        }
        List<String> jobs =
                cluster.find(List.of(batch.token()), batch.createdAt()).getOrDefault(batch.token(), List.of());
        incidents.resolve("batches");
        if (!jobs.isEmpty()) {
            if (jobs.size() > 1) {
                List<String> duplicates = jobs.subList(1, jobs.size());
                log.warn("{}: twins {} beside job {} are cancelled.", batch.token(), duplicates, jobs.get(0));
                cluster.cancel(duplicates);
            }
            adopt(batch, jobs.get(0));
        } else if (!cluster.findsForCertain() && batch.attempts() + 1 < LOOKUPS.size()) {
            later(batch, BatchState.AMBIGUOUS, batch.attempts() + 1, LOOKUPS.get(batch.attempts() + 1));
        } else {
            log.info("{}: neither queued nor accounted for; it is sent again.", batch.token());
            later(batch, BatchState.INTENT, 0, Duration.ZERO);
            submit(scene, batch);
        }
    }

    private void later(Batch batch, BatchState state, int attempts, Duration pause) {
        ledger.change(session -> session.batches()
                .postpone(batch.token(), state, attempts, steady.instant().plus(pause)));
    }
}
