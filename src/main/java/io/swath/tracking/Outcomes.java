package io.swath.tracking;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.Runs.Open;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down how runs ended, and moves their tiles and scenes on, in one transaction a scene. */
final class Outcomes {
    /** A run that is over, with the verdict on it. */
    record Ended(Batch batch, Open run, Verdict verdict, Run.Facts facts) {
        Run toRun(String why) {
            return new Run(
                    run.token(),
                    run.index(),
                    batch.sceneId(),
                    batch.stepIndex(),
                    batch.step(),
                    run.tile(),
                    run.attempt(),
                    verdict.cause().isEmpty() ? RunState.SUCCEEDED : RunState.FAILED,
                    verdict.cause(),
                    why.isEmpty() ? verdict.detail() : verdict.detail() + "; " + why,
                    facts);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);
    private static final Set<SceneState> TILED = Set.of(SceneState.PLANNED, SceneState.PROCESSING);
    private static final Set<SceneState> WORKED_ON =
            Set.of(SceneState.PLANNED, SceneState.PROCESSING, SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final RetryPolicy retries;
    private final Incidents incidents;
    private final Clock steady;

    Outcomes(Ledger ledger, Cluster cluster, Storage storage, RetryPolicy retries, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.retries = retries;
        this.incidents = incidents;
        this.steady = steady;
    }

    /** @return whether anything was written down */
    boolean record(List<Ended> ended) {
        Map<String, List<Ended>> byScene = ended.stream()
                .collect(Collectors.groupingBy(over -> over.batch().sceneId()));
        int written = 0;
        for (Map.Entry<String, List<Ended>> entry : byScene.entrySet()) {
            String scene = entry.getKey();
            try {
                List<Run> over = record(scene, entry.getValue());
                over.stream()
                        .filter(Outcomes::isNews)
                        .forEach(run -> log.info(
                                "{} tile {} attempt {}: {} ({})",
                                scene,
                                run.tile(),
                                run.attempt(),
                                run.cause().orElseThrow(),
                                run.detail()));
                written += over.size();
            } catch (RecipeException e) {
                incidents.report("recipe of " + scene, e.getMessage());
            }
        }
        return written > 0;
    }

    private static boolean isNews(Run run) {
        return run.cause().isPresent()
                && !run.detail().equals(Verdict.dependencyFailed().detail());
    }

    /** @return the runs that were written down */
    private List<Run> record(String sceneId, List<Ended> ended) {
        Scene scene = ledger.read(session -> session.scenes().find(sceneId)).orElseThrow();
        if (scene.state() == SceneState.CANCELLED) { // its tiles go nowhere any more, whatever its recipe says
            incidents.resolve("recipe of " + sceneId);
            return ledger.write(session -> {
                List<Run> over = session.runs()
                        .finish(ended.stream().map(one -> one.toRun("")).toList());
                session.batches().closeEnded();
                return over;
            });
        }
        Recipe recipe =
                RecipeBook.snapshot(storage.work(sceneId, scene.version()).resolve("recipe"), scene.recipe());
        Capabilities capabilities = cluster.capabilities();
        return ledger.write(session -> {
            Map<Integer, TileProgress> tiles = new HashMap<>();
            session.tiles()
                    .find(
                            sceneId,
                            ended.stream()
                                    .map(over -> over.run().tile())
                                    .distinct()
                                    .toList())
                    .forEach(tile -> tiles.put(tile.tile().index(), tile));
            Map<Integer, TileProgress> moved = new HashMap<>();
            List<Run> over = new ArrayList<>();
            // In the order of their steps, so that a tile is through one before it is through the next.
            for (Ended one : ended.stream()
                    .sorted(Comparator.comparing(entry -> entry.batch().number()))
                    .toList()) {
                TileProgress tile =
                        moved.getOrDefault(one.run().tile(), tiles.get(one.run().tile()));
                boolean ahead =
                        one.run().attempt() == tile.attempts() && one.batch().stepIndex() > tile.step();
                if (ahead && tile.state() == TileState.OPEN) {
                    continue; // the step before it has not been accounted for yet: it is written down after that
                }
                Optional<RetryPolicy.Next> next = next(one, tile, recipe, capabilities);
                over.add(one.toRun(next.map(RetryPolicy.Next::why).orElse("")));
                next.ifPresent(on -> {
                    moved.put(one.run().tile(), on.tile());
                    if (!on.pause().isZero()) {
                        session.tiles()
                                .pause(
                                        sceneId,
                                        one.run().tile(),
                                        steady.instant().plus(on.pause()));
                    }
                });
            }
            List<Run> written = session.runs().finish(over);
            session.tiles().update(moved.values());
            if (moved.values().stream().anyMatch(tile -> tile.state() == TileState.WAITING)) {
                reopenAssembly(session, sceneId);
            }
            session.batches().closeEnded();
            settle(session, scene);
            return written;
        });
    }

    /** What the end of a run means for its tile; empty: nothing, because it is not the tile's present run. */
    private Optional<RetryPolicy.Next> next(Ended one, TileProgress tile, Recipe recipe, Capabilities capabilities) {
        if (one.run().attempt() != tile.attempts()
                || one.batch().stepIndex() != tile.step()
                || tile.state() != TileState.OPEN) {
            return Optional.empty();
        }
        if (one.verdict().cause().isEmpty()) {
            return Optional.of(goesOn(tile.stepDone(one.batch().assembly()
                    || one.batch().stepIndex() == recipe.steps().size() - 1)));
        }
        if (one.verdict().collateral()) {
            return Optional.of(goesOn(tile.withState(TileState.WAITING)));
        }
        return Optional.of(retries.after(
                one.verdict().cause().get(),
                tile,
                one.batch().request(),
                one.facts(),
                recipe.retries(),
                capabilities.partition(one.batch().request().partition())));
    }

    private static RetryPolicy.Next goesOn(TileProgress tile) {
        return new RetryPolicy.Next(tile, "", Duration.ZERO);
    }

    /** A tile that goes again makes an assembly that has been worthless. */
    private static void reopenAssembly(Session session, String sceneId) {
        session.tiles()
                .assembly(sceneId)
                .filter(tile -> tile.state() == TileState.DONE)
                .map(tile -> TileProgress.notSubmitted(sceneId, tile.tile()).withAttempts(tile.attempts()))
                .ifPresent(tile -> session.tiles().update(List.of(tile)));
    }

    /** Moves a scene on when none of its tiles has anything left to do. */
    private static void settle(Session session, Scene scene) {
        Map<TileState, Integer> counts = session.tiles().counts(scene.id());
        boolean assemblyFailed = session.tiles()
                .assembly(scene.id())
                .filter(tile -> tile.state() == TileState.FAILED)
                .isPresent();
        if (assemblyFailed) {
            fail(session, scene, "the assembly failed: " + why(session, scene));
        } else if (!counts.containsKey(TileState.WAITING) && !counts.containsKey(TileState.OPEN)) {
            int failed = counts.getOrDefault(TileState.FAILED, 0);
            if (failed == 0) {
                session.scenes().move(scene.id(), TILED, SceneState.ASSEMBLING, "");
            } else {
                fail(
                        session,
                        scene,
                        failed + " of " + scene.plan().tileCount() + " tiles failed: " + why(session, scene));
            }
        }
    }

    private static void fail(Session session, Scene scene, String reason) {
        if (session.scenes().move(scene.id(), WORKED_ON, SceneState.FAILED, reason)) {
            log.warn(
                    "{} has failed: {}. What was handed in is kept; ./swath retry {} tries again what failed.",
                    scene.id(),
                    reason,
                    scene.id());
        }
    }

    private static String why(Session session, Scene scene) {
        return session.runs().failures(scene.id(), 3).stream()
                .map(run -> (run.tile() < 0 ? "assembly" : "tile " + run.tile()) + " "
                        + run.cause().orElseThrow() + " (" + run.detail() + ")")
                .collect(Collectors.joining("; "));
    }
}
