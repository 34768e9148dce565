package io.swath.submission;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.Tile;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What an assembly reads: {@code mosaic.json}, {@code mosaic.tsv} (a line per tile) and its script. */
record AssemblyFiles(Storage storage, ObjectMapper json) {
    void write(Scene scene, Batch batch, Recipe recipe, List<Tile> tiles) throws IOException {
        Path folder = storage.batch(scene.id(), batch.token());
        storage.folder(folder.resolve("bin"));
        ObjectNode mosaic = json.createObjectNode();
        mosaic.put("step", recipe.steps().get(recipe.steps().size() - 1).name());
        mosaic.put("width", scene.width());
        mosaic.put("height", scene.height());
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
        for (Tile tile : tiles) {
            lines.append(tile.index());
            lines.append('\t')
                    .append(tile.core().x())
                    .append('\t')
                    .append(tile.core().y());
            lines.append('\t')
                    .append(tile.core().width())
                    .append('\t')
                    .append(tile.core().height());
            lines.append('\n');
        }
        Storage.write(folder.resolve("mosaic.json"), json.writeValueAsString(mosaic));
        Storage.write(folder.resolve("mosaic.tsv"), lines.toString());
        try (InputStream script = AssemblyFiles.class.getResourceAsStream("/assemble.py")) {
            Storage.writeScript(
                    folder.resolve("bin").resolve("assemble.py"),
                    new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
