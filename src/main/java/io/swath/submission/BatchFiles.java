package io.swath.submission;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.job.AssemblyFiles;
import io.swath.job.JobScript;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Lays out on the storage what a batch's tasks are to read, just before it is sent. */
final class BatchFiles {
    private final Ledger ledger;
    private final Storage storage;
    private final JobScript folders;
    private final AssemblyFiles assembly;

    BatchFiles(Ledger ledger, Storage storage, JobScript folders, ObjectMapper json) {
        this.ledger = ledger;
        this.storage = storage;
        this.folders = folders;
        this.assembly = new AssemblyFiles(storage, json);
    }

    /** Whether its job script was written: without one it was never sent. */
    boolean written(Batch batch) {
        return Files.exists(storage.batch(batch.sceneId(), batch.token()).resolve("job.sh"));
    }

    /** @return the job script */
    Path write(Scene scene, Batch batch, Recipe recipe) throws IOException {
        List<TileProgress> tiles = ledger.read(session -> tilesOf(session, batch));
        if (batch.assembly()) {
            List<TileProgress> all = ledger.read(session -> session.tiles().ofScene(scene.id()));
            String script = storage.onCluster(
                    storage.batch(scene.id(), batch.token()).resolve("bin").resolve("assemble.py"));
            return ledger.guard(() -> {
                assembly.write(scene, batch, recipe, all);
                return folders.write(scene, batch, new JobScript.Script(script, "core", ""), tiles);
            });
        }
        Recipe.Step step = recipe.steps().get(batch.stepIndex());
        boolean last = batch.stepIndex() == recipe.steps().size() - 1;
        String previous = batch.stepIndex() == 0
                ? ""
                : recipe.steps().get(batch.stepIndex() - 1).name();
        String script = storage.onCluster(storage.work(scene.id(), scene.version())
                .resolve("recipe")
                .resolve(scene.recipe())
                .resolve(step.run()));
        // What a paused Swath would write late is not what the queued tasks are to read.
        return ledger.guard(() ->
                folders.write(scene, batch, new JobScript.Script(script, last ? "core" : "read", previous), tiles));
    }

    /** The batch's tiles in the order of its array indices, with the attempt that its runs were written down with. */
    private static List<TileProgress> tilesOf(Session session, Batch batch) {
        var runs = session.runs().open(batch.token());
        Map<Integer, TileProgress> tiles = new HashMap<>();
        session.tiles()
                .find(batch.sceneId(), runs.stream().map(run -> run.tile()).toList())
                .forEach(tile -> tiles.put(tile.tile().index(), tile));
        return runs.stream().map(run -> tiles.get(run.tile())).toList();
    }
}
