package io.swath.control;

import io.swath.cluster.Cluster;
import io.swath.ledger.ControlRequests;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.BatchState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Storage;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Carries out one control request. To be called from one thread. */
final class SceneActions {
    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final JobLookup jobs;

    SceneActions(Ledger ledger, Cluster cluster, Storage storage, JobLookup jobs) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.jobs = jobs;
    }

    /**
     * Carries the request out, or refuses it. May be called again for a request that was carried out in part.
     *
     * @throws io.swath.cluster.DeniedException when Swath's user lacks the right; then call {@link #revert}
     * @throws io.swath.cluster.ClusterException when the cluster does not answer; the request stays open
     */
    Outcome execute(ControlRequests.Entry request) {
        Optional<Action> action = Action.parse(request.action());
        if (action.isEmpty()) {
            return Outcome.refused("There is no action " + request.action() + "; use one of "
                    + String.join(
                            ", ",
                            Arrays.stream(Action.values()).map(Action::word).toList())
                    + ".");
        }
        Optional<Scene> scene = ledger.read(session -> session.scenes().find(request.sceneId()));
        if (scene.isEmpty()) {
            return Outcome.refused("There is no scene " + request.sceneId() + "; ./swath status lists them.");
        }
        return execute(action.get(), scene.get());
    }

    private Outcome execute(Action action, Scene scene) {
        if (action != Action.RETRY && scene.state().terminal()) {
            return Outcome.refused(
                    "Cannot " + action.word() + " " + scene.id() + ": it is " + scene.state() + " already.");
        }
        return switch (action) {
            case CANCEL -> cancel(scene);
            case HOLD -> hold(scene);
            case RELEASE -> release(scene);
            case SUSPEND -> suspend(scene);
            case RESUME -> resume(scene);
            case RETRY -> retry(scene);
        };
    }

    /** Takes back what {@link #execute} wrote into the ledger for a request that the cluster then denied. */
    static void revert(Session session, ControlRequests.Entry request) {
        Optional<Action> action = Action.parse(request.action());
        if (action.equals(Optional.of(Action.SUSPEND))) {
            session.scenes().suspend(request.sceneId(), false);
        } else if (action.equals(Optional.of(Action.HOLD))) {
            session.scenes().hold(request.sceneId(), false);
        }
    }

    private Outcome cancel(Scene scene) {
        if (scene.version() > 1) {
            // FAILED and not CANCELLED: the content of a cancelled scene would be accepted as a new scene later.
            end(scene, SceneState.FAILED, "version " + scene.version() + " was cancelled by a person");
            return Outcome.done("The reprocessing of " + scene.id() + " (version " + scene.version()
                    + ") is cancelled. Products that were delivered before stay.");
        }
        end(scene, SceneState.CANCELLED, "cancelled by a person");
        return Outcome.done(scene.id() + " is cancelled.");
    }

    private void end(Scene scene, SceneState state, String reason) {
        ledger.write(session -> session.scenes().move(scene.id(), SceneState.NOT_ENDED, state, reason));
    }

    private Outcome hold(Scene scene) {
        ledger.change(session -> session.scenes().hold(scene.id(), true));
        cluster.hold(jobIds(scene));
        return Outcome.done(scene.id() + " is held: no more of its tasks start until ./swath release " + scene.id()
                + ". Running tasks go on.");
    }

    private Outcome release(Scene scene) {
        cluster.release(jobIds(scene));
        ledger.change(session -> session.scenes().hold(scene.id(), false));
        return Outcome.done(scene.id() + " is released: its tasks may start.");
    }

    private Outcome suspend(Scene scene) {
        ledger.change(session -> session.scenes().suspend(scene.id(), true));
        cluster.suspend(jobIds(scene));
        return Outcome.done(
                scene.id() + " is suspended: its running tasks are paused until ./swath resume " + scene.id() + ".");
    }

    private Outcome resume(Scene scene) {
        cluster.resume(jobIds(scene));
        ledger.change(session -> session.scenes().suspend(scene.id(), false));
        return Outcome.done(scene.id() + " is resumed: its paused tasks run again.");
    }

    private Outcome retry(Scene scene) {
        if (scene.state() != SceneState.FAILED) {
            boolean acceptedAgain = scene.state() == SceneState.CANCELLED || scene.state() == SceneState.REJECTED;
            return Outcome.refused("Cannot retry " + scene.id() + ": it is " + scene.state()
                    + ", and only a FAILED scene can be retried."
                    + (acceptedAgain ? " Submit the scene again instead." : ""));
        }
        if (ledger.read(session -> session.runs().inputChanged(scene.id()))) {
            return planAgain(
                    scene,
                    "a file of it was changed. If its content is not the one that was accepted, it fails"
                            + " again: then send the original again.");
        }
        boolean recipeIsGone = recipeIsGone(scene);
        boolean whole = ledger.write(session -> {
            session.scenes().lock(scene.id());
            boolean planned = session.tiles().assembly(scene.id()).isPresent();
            if (!session.workFolders().isComplete(scene.id()) || (planned && recipeIsGone)) {
                return false;
            }
            session.scenes().removeFromNight(scene.id());
            session.tiles().retryFailed(scene.id());
            session.scenes()
                    .move(
                            scene.id(),
                            Set.of(SceneState.FAILED),
                            planned ? SceneState.PROCESSING : SceneState.ACCEPTED,
                            "retried by a person");
            return true;
        });
        if (!whole) {
            return planAgain(scene, "what its jobs made is not kept any more (keep.work, keep.runs).");
        }
        return Outcome.done("The failed tiles of " + scene.id() + " are retried, with the recipe as it was when the"
                + " scene was planned. ./swath nightly reprocesses failed scenes with the current recipe.");
    }

    /** A ledger that was restored from a backup does not know which work folders were removed since. */
    private boolean recipeIsGone(Scene scene) {
        return storage.missing().isEmpty()
                && !Files.isDirectory(storage.work(scene.id(), scene.version()).resolve("recipe"));
    }

    /** Where a file was changed, jobs compare it with the one that was planned, so only a new plan helps. */
    private Outcome planAgain(Scene scene, String why) {
        if (!ledger.write(session -> session.scenes().planAgain(scene.id(), "retried by a person"))) {
            return Outcome.refused("Cannot retry " + scene.id() + " now: jobs of its failed version have not ended."
                    + " Repeat the command in a minute.");
        }
        return Outcome.done(scene.id() + " is planned again as version " + (scene.version() + 1) + ", because " + why);
    }

    private List<String> jobIds(Scene scene) {
        return jobs.jobIds(ledger.read(session -> session.batches().ofScene(scene.id()).stream()
                .filter(batch -> batch.state() == BatchState.SUBMITTED)
                .toList()));
    }
}
