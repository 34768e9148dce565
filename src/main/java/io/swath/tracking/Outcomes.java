package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.job.OrthoStep;
import io.swath.ledger.Ledger;
import io.swath.ledger.Runs;
import io.swath.ledger.SceneTransitions;
import io.swath.ledger.Session;
import io.swath.model.LeadershipLostException;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Run;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.recipes.PlannedRecipes;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records how runs ended, and moves their tiles and scenes on. Each scene has a transaction of its own. */
final class Outcomes {
    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

    private final PlannedRecipes recipes;
    private final Ledger ledger;
    private final Cluster cluster;
    private final Storage storage;
    private final RetryPolicy retries;
    private final Incidents incidents;
    private final Clock steady;
    private final FailingRows rows;

    Outcomes(
            Ledger ledger,
            Cluster cluster,
            Storage storage,
            PlannedRecipes recipes,
            RetryPolicy retries,
            Incidents incidents,
            Clock steady) {
        this.recipes = recipes;
        this.ledger = ledger;
        this.cluster = cluster;
        this.storage = storage;
        this.retries = retries;
        this.incidents = incidents;
        this.steady = steady;
        this.rows = new FailingRows(
                incidents,
                steady,
                "tracking of ",
                "the ends of its runs cannot be recorded: ",
                List.of(ClusterException.class, LeadershipLostException.class));
    }

    /**
     * Records the runs. A scene whose recipe cannot be read becomes an incident, and its runs stay open.
     *
     * @return whether anything was recorded
     * @throws io.swath.cluster.ClusterException when the cluster's limits are needed and the cluster does not answer
     */
    boolean record(List<JudgedRun> judged) {
        Map<String, List<JudgedRun>> byScene = judged.stream().collect(Collectors.groupingBy(JudgedRun::sceneId));
        List<Run> allRecorded = new ArrayList<>();
        for (Map.Entry<String, List<JudgedRun>> scene : byScene.entrySet()) {
            rows.attempt(scene.getKey(), () -> {
                try {
                    List<Run> recorded = recordScene(scene.getKey(), scene.getValue());
                    logFailures(recorded);
                    allRecorded.addAll(recorded);
                } catch (RecipeException e) {
                    incidents.report("recipe of " + scene.getKey(), e.getMessage());
                }
            });
        }
        return !allRecorded.isEmpty();
    }

    /** @return the runs that were recorded */
    private List<Run> recordScene(String sceneId, List<JudgedRun> judged) {
        Scene scene = ledger.read(session -> session.scenes().find(sceneId)).orElseThrow();
        if (scene.state() == SceneState.CANCELLED) {
            return recordOfCancelledScene(sceneId, judged);
        }
        Recipe recipe = OrthoStep.before(
                scene, recipes.find(storage.work(sceneId, scene.version()).resolve("recipe"), scene.recipe()));
        incidents.resolve("recipe of " + sceneId); // a scene that has ended is not submitted, so nobody else ends it
        TileDecisions decisions = new TileDecisions(
                recipe,
                cluster.capabilities(),
                retries,
                scene.priority() == Priority.NIGHT,
                () -> storage.writeProblem().isEmpty());
        return ledger.write(session -> {
            session.scenes().lock(sceneId);
            TileDecisions.Decided decided = decisions.decide(judged, tilesOf(session, sceneId, judged));
            decided.pauses()
                    .forEach(pause -> session.tiles()
                            .pause(sceneId, pause.tile(), steady.instant().plus(pause.time())));
            List<Run> recorded = session.runs().finish(decided.runs());
            recordFaults(session, recorded, judged);
            session.learnedSizes()
                    .markLearned(judged.stream()
                            .filter(JudgedRun::empty)
                            .map(run -> new Runs.TaskRef(
                                    run.run().batch().token(), run.run().index()))
                            .toList());
            session.tiles().update(decided.tiles().values());
            redoBadTiles(session, judged, recipe);
            Preparations.record(session, scene, judged, recorded);
            session.unsentBatches().awaitNextStep(sceneId, decided.tiles().values());
            if (decided.anyTileWaits()) {
                SceneTransitions.reopenAssembly(session, sceneId);
            }
            session.batches().closeEnded();
            SceneTransitions.advance(session, scene);
            return recorded;
        });
    }

    /** The assembly is retried too, and its retries limit how often this happens. */
    private static void redoBadTiles(Session session, List<JudgedRun> judged, Recipe recipe) {
        for (JudgedRun run : judged) {
            if (session.tiles()
                            .redo(run.sceneId(), run.badTiles(), recipe.steps().size() - 1)
                    > 0) {
                log.warn(
                        "Tiles are made again, because they were changed after their tasks had ended, or their evidence"
                                + " is lost. scene={} tiles={}",
                        run.sceneId(),
                        run.badTiles());
            }
        }
    }

    /** The tiles of a cancelled scene stay as they are, so its recipe is not needed. */
    private List<Run> recordOfCancelledScene(String sceneId, List<JudgedRun> judged) {
        incidents.resolve("recipe of " + sceneId);
        return ledger.write(session -> {
            List<Run> recorded = session.runs()
                    .finish(judged.stream().map(run -> run.toRun("")).toList());
            recordFaults(session, recorded, judged);
            session.batches().closeEnded();
            return recorded;
        });
    }

    private static void recordFaults(Session session, List<Run> recorded, List<JudgedRun> judged) {
        Set<String> ids = recorded.stream().map(Run::id).collect(Collectors.toSet());
        judged.stream()
                .filter(run -> ids.contains(run.run().id()))
                .filter(run -> run.verdict().cause().isPresent())
                .forEach(run -> session.faults()
                        .setAtFault(
                                run.run().batch().token(),
                                run.run().index(),
                                run.verdict().atFault()));
    }

    private static Map<Integer, TileProgress> tilesOf(Session session, String sceneId, List<JudgedRun> judged) {
        List<Integer> indices = judged.stream().map(JudgedRun::tile).distinct().toList();
        Map<Integer, TileProgress> tiles = new HashMap<>();
        session.tiles()
                .find(sceneId, indices)
                .forEach(tile -> tiles.put(tile.tile().index(), tile));
        return tiles;
    }

    private static void logFailures(List<Run> runs) {
        for (Run run : runs) {
            boolean dependencyFailed =
                    run.detail().equals(Verdict.dependencyFailed().detail());
            if (run.cause().isPresent() && !dependencyFailed) {
                log.info(
                        "A run of {} failed: {} ({}). scene={} attempt={}",
                        TileProgress.label(run.tile()),
                        run.cause().get(),
                        run.detail(),
                        run.sceneId(),
                        run.attempt());
            }
        }
    }
}
