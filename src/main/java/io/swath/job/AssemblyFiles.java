package io.swath.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What an assembly reads: {@code mosaic.json}, {@code mosaic.tsv} (a line per tile) and its script. */
public record AssemblyFiles(Storage storage, ObjectMapper json) {
    public void write(Scene scene, Batch batch, Recipe recipe, List<TileProgress> tiles) throws IOException {
        String step = recipe.steps().get(recipe.steps().size() - 1).name();
        Path folder = storage.batch(scene.id(), batch.token());
        storage.folder(folder.resolve("bin"));
        storage.folder(
                storage.work(scene.id(), scene.version()).resolve("tiles").resolve(step));
        ObjectNode mosaic = json.createObjectNode();
        mosaic.put("step", step);
        mosaic.put("width", scene.plan().width());
        mosaic.put("height", scene.plan().height());
        mosaic.put("tiles", "mosaic.tsv");
        mosaic.put("product", scene.id() + "_" + scene.recipe());
        mosaic.put("preview", recipe.assemble().preview());
        mosaic.put("compress", recipe.assemble().compress());
        mosaic.put("resampling", recipe.assemble().resampling());
        recipe.output()
                .ifPresentOrElse(
                        output -> mosaic.putObject("output")
                                .put("type", output.type())
                                .put("nodata", output.nodata())
                                .put("bands", output.bands()),
                        () -> mosaic.putNull("output"));
        StringBuilder lines = new StringBuilder(32 * tiles.size());
        for (TileProgress tile : tiles) {
            Window core = tile.tile().core();
            lines.append(tile.tile().index());
            lines.append('\t').append(core.x()).append('\t').append(core.y());
            lines.append('\t').append(core.width()).append('\t').append(core.height());
            lines.append('\t').append(tile.skipped() ? "empty" : "").append('\n');
        }
        Storage.write(folder.resolve("mosaic.json"), json.writeValueAsString(mosaic));
        Storage.write(folder.resolve("mosaic.tsv"), lines.toString());
        try (InputStream script = AssemblyFiles.class.getResourceAsStream("/job/assemble.py")) {
            Storage.writeScript(
                    folder.resolve("bin").resolve("assemble.py"),
                    new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
