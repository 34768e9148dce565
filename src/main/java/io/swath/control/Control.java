package io.swath.control;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.DeniedException;
import io.swath.health.Incidents;
import io.swath.ledger.ControlRequests;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What people want done with a scene: cancel, hold, release, suspend, resume, retry.
 *
 * <p>A wish is written down first and then carried out, so one that meets trouble with the plumbing stays open and is
 * tried again. To be called from one thread.
 */
public final class Control {
    /** What can be asked for. */
    public enum Action {
        CANCEL,
        HOLD,
        RELEASE,
        SUSPEND,
        RESUME,
        RETRY;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The verb of that word, in whatever case. */
        public static Optional<Action> of(String word) {
            return Arrays.stream(values())
                    .filter(action -> action.word().equals(word.toLowerCase(Locale.ROOT)))
                    .findFirst();
        }
    }

    private static final Set<SceneState> ALIVE = EnumSet.complementOf(
            EnumSet.of(SceneState.DELIVERED, SceneState.REJECTED, SceneState.FAILED, SceneState.CANCELLED));

    private static final Duration SWEEP_AGAIN = Duration.ofSeconds(30);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Incidents incidents;
    private List<Batch> swept = List.of();
    private long sweptAt;

    public Control(Ledger ledger, Cluster cluster, Incidents incidents) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.incidents = incidents;
    }

    /**
     * Carries out all open wishes, and ends what still runs of scenes that have ended.
     *
     * @return whether the cluster was told anything
     */
    public boolean work() {
        boolean told = false;
        List<String> failures = new ArrayList<>();
        Set<String> waiting = new HashSet<>();
        for (ControlRequests.Entry request :
                ledger.read(session -> session.controlRequests().open())) {
            if (waiting.contains(request.sceneId())) {
                continue; // what is wished for a scene is done in the order of the wishes
            }
            try {
                String outcome = carryOut(request);
                ledger.change(session -> session.controlRequests().done(request.id(), outcome));
                told = true;
            } catch (DeniedException e) {
                ledger.change(session -> {
                    undo(session, request);
                    session.controlRequests().done(request.id(), "refused: " + e.getMessage());
                });
            } catch (ClusterException e) {
                waiting.add(request.sceneId());
                failures.add(e.getMessage());
            }
        }
        try {
            told |= sweep();
        } catch (ClusterException e) {
            failures.add(e.getMessage());
        }
        if (failures.isEmpty()) {
            incidents.resolve("control");
        } else {
            incidents.report("control", failures.get(0));
        }
        return told;
    }

    /** What was noted of a wish that the cluster does not grant. */
    private static void undo(Session session, ControlRequests.Entry request) {
        Optional<Action> action = Action.of(request.action());
        if (action.equals(Optional.of(Action.SUSPEND))) {
            session.scenes().suspend(request.sceneId(), false);
        } else if (action.equals(Optional.of(Action.HOLD))) {
            session.scenes().hold(request.sceneId(), false);
        }
    }

    /** @return what was done, or why nothing was, for the person who asked */
    private String carryOut(ControlRequests.Entry request) {
        Optional<Scene> found = ledger.read(session -> session.scenes().find(request.sceneId()));
        Optional<Action> action = Action.of(request.action());
        if (found.isEmpty() || action.isEmpty()) {
            return "refused: no scene " + request.sceneId() + ", or nothing called " + request.action();
        }
        Scene scene = found.get();
        if (action.get() == Action.RETRY) {
            return retry(scene);
        }
        if (scene.state().terminal()) {
            return "refused: " + scene.id() + " is " + scene.state() + " already";
        }
        return switch (action.get()) {
            case CANCEL -> {
                // Of a scene that is done again, what came before stays, and so does the scene: it is no new one later.
                boolean again = scene.version() > 1;
                String reason =
                        again ? "version " + scene.version() + " was cancelled by a person" : "cancelled by a person";
                ledger.write(session -> session.scenes()
                        .move(scene.id(), ALIVE, again ? SceneState.FAILED : SceneState.CANCELLED, reason));
                yield "done: " + scene.id()
                        + (again ? " is not done again; what was delivered of it stays" : " is cancelled");
            }
            case HOLD -> {
                ledger.change(session -> session.scenes().hold(scene.id(), true));
                cluster.hold(jobs(scene));
                yield "done: nothing more of " + scene.id() + " starts until it is released";
            }
            case RELEASE -> {
                cluster.release(jobs(scene));
                ledger.change(session -> session.scenes().hold(scene.id(), false));
                yield "done: " + scene.id() + " goes on";
            }
            case SUSPEND -> {
                ledger.change(session -> session.scenes().suspend(scene.id(), true));
                cluster.suspend(jobs(scene));
                yield "done: the running tasks of " + scene.id() + " stand still";
            }
            case RESUME -> {
                cluster.resume(jobs(scene));
                ledger.change(session -> session.scenes().suspend(scene.id(), false));
                yield "done: " + scene.id() + " goes on";
            }
            case RETRY -> throw new IllegalStateException("handled above");
        };
    }

    private String retry(Scene scene) {
        if (scene.state() != SceneState.FAILED) {
            return "refused: " + scene.id() + " is " + scene.state() + ", only a FAILED scene can be retried"
                    + (scene.state() == SceneState.CANCELLED || scene.state() == SceneState.REJECTED
                            ? ": hand it in again"
                            : "");
        }
        ledger.change(session -> {
            session.scenes().removeFromNight(scene.id());
            session.tiles().retryFailed(scene.id());
            boolean planned = session.tiles().assembly(scene.id()).isPresent();
            session.scenes()
                    .move(
                            scene.id(),
                            Set.of(SceneState.FAILED),
                            planned ? SceneState.PROCESSING : SceneState.ACCEPTED,
                            "retried by a person");
        });
        return "done: the failed tiles of " + scene.id() + " go again, with the recipe as it was when it was planned"
                + " (./swath nightly does failed scenes with the recipe as it is now)";
    }

    private List<String> jobs(Scene scene) {
        return named(ledger.read(session -> session.batches().ofScene(scene.id()).stream()
                .filter(batch -> batch.state() == BatchState.SUBMITTED)
                .toList()));
    }

    /** The batches' jobs, by name: an id may have been given to another job when Slurm lost its last minutes. */
    private List<String> named(List<Batch> batches) {
        return batches.stream()
                .map(Batch::createdAt)
                .min(Comparator.naturalOrder())
                .map(since -> cluster.find(batches.stream().map(Batch::token).toList(), since))
                .orElse(Map.of())
                .values()
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    /** Repeated until their batches are done: a cancel may come before the job that it is meant for is known. */
    private boolean sweep() {
        List<Batch> leftOver = ledger.read(Control::batchesOfEndedScenes);
        boolean told = leftOver.equals(swept) && System.nanoTime() - sweptAt < SWEEP_AGAIN.toNanos();
        if (leftOver.isEmpty() || told) {
            return false;
        }
        cluster.cancel(named(leftOver));
        swept = leftOver;
        sweptAt = System.nanoTime();
        return true;
    }

    private static List<Batch> batchesOfEndedScenes(Session session) {
        return session.batches().inStates(Set.of(BatchState.SUBMITTED)).stream()
                .filter(batch -> session.scenes()
                        .find(batch.sceneId())
                        .filter(scene -> scene.state().terminal())
                        .isPresent())
                .toList();
    }
}
