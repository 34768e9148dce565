package io.swath.submission;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.job.AssemblyFiles;
import io.swath.job.BatchLayout;
import io.swath.job.JobScript;
import io.swath.job.OrthoStep;
import io.swath.job.WorkLayout;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.recipes.PlannedRecipes;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the files that a batch's tasks read, just before the batch is sent. Thread-safe. */
final class BatchFiles {
    private final Ledger ledger;
    private final Storage storage;
    private final JobScript scripts;
    private final AssemblyFiles assembly;
    private final PlannedRecipes recipes;

    BatchFiles(Ledger ledger, Storage storage, JobScript scripts, PlannedRecipes recipes, ObjectMapper json) {
        this.ledger = ledger;
        this.storage = storage;
        this.scripts = scripts;
        this.recipes = recipes;
        this.assembly = new AssemblyFiles(storage, json);
    }

    /**
     * The recipe as it was when the scene was planned, with the step that puts the scene onto a map if it needs that.
     *
     * @throws io.swath.recipes.RecipeException when the copy cannot be read
     */
    Recipe recipe(Scene scene) {
        return OrthoStep.before(
                scene, recipes.find(WorkLayout.of(storage, scene).recipes(), scene.recipe()));
    }

    /** Whether the batch's job script was written. Without it, the batch was never sent. */
    boolean written(Batch batch) {
        return Files.exists(BatchLayout.of(storage, batch).jobScript());
    }

    /** @return the path of the job script on this machine */
    Path write(Scene scene, Batch batch, Recipe recipe) throws IOException {
        List<TileProgress> tiles = ledger.read(session -> tilesOf(session, batch));
        List<TileProgress> all =
                batch.assembly() ? ledger.read(session -> session.tiles().ofScene(scene.id())) : List.of();
        Map<Integer, Path> evidence =
                batch.assembly() ? evidence(scene, recipe.steps().size() - 1) : Map.of();
        Map<String, Map<Integer, Path>> earlier = earlier(scene, batch, recipe);
        // Guarded: a Swath that was paused and lost leadership must not change what queued tasks read.
        return ledger.guard(() -> {
            if (batch.assembly()) {
                assembly.write(scene, batch, recipe, all, evidence);
            }
            OrthoStep.writeScript(storage, batch);
            return scripts.write(scene, batch, JobScript.Script.of(storage, scene, batch, recipe), tiles, earlier);
        });
    }

    /**
     * The evidence of the steps whose outputs a step reads: of the step before, and of the step that puts the tile onto a
     * map, because its output is the scene for all other steps.
     */
    private Map<String, Map<Integer, Path>> earlier(Scene scene, Batch batch, Recipe recipe) {
        Map<String, Map<Integer, Path>> earlier = new LinkedHashMap<>();
        for (int index = 0; index < batch.stepIndex(); index++) {
            String step = recipe.steps().get(index).name();
            if (index == batch.stepIndex() - 1 || step.equals(OrthoStep.NAME)) {
                earlier.put(step, evidence(scene, index));
            }
        }
        return earlier;
    }

    /** Where the last run of each tile at a step reports about itself, by the tile's index. */
    private Map<Integer, Path> evidence(Scene scene, int stepIndex) {
        Map<Integer, Path> evidence = new HashMap<>();
        ledger.read(session -> session.runs().last(scene.id(), scene.version(), stepIndex))
                .forEach((tile, run) -> evidence.put(
                        tile, new BatchLayout(storage.batch(scene.id(), run.token())).evidence(run.index())));
        return evidence;
    }

    /** The batch's tiles in the order of its array tasks, with the attempt that its runs have in the ledger. */
    private static List<TileProgress> tilesOf(Session session, Batch batch) {
        var runs = session.runs().open(batch.token());
        Map<Integer, TileProgress> tiles = new HashMap<>();
        session.tiles()
                .find(batch.sceneId(), runs.stream().map(run -> run.tile()).toList())
                .forEach(tile -> tiles.put(tile.tile().index(), tile));
        return runs.stream().map(run -> tiles.get(run.tile())).toList();
    }
}
