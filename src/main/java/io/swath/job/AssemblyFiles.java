package io.swath.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes what an assembly reads: {@code mosaic.json}, {@code mosaic.tsv} (a line per tile) and its scripts. */
public record AssemblyFiles(Storage storage, ObjectMapper json) {
    /** The step name of an assembly, which job.sh contains too. No step of a recipe may have this name. */
    public static final String STEP = "assemble";

    private static final String SCRIPT = "assemble.py";
    private static final int MOST_BYTES = 1 << 20;
    /** What the script imports, from its own folder. */
    private static final List<String> MODULES = List.of(
            "cog.py",
            "converting.py",
            "copying.py",
            "decoding.py",
            "directories.py",
            "figures.py",
            "mosaic.py",
            "outline.py",
            "swath_overviews.py",
            "polygons.py",
            "preview.py",
            "swath_tiff.py",
            "tiles.py",
            "upper_levels.py");

    /**
     * Writes the files into the batch's folder; safe to repeat.
     *
     * @param evidence the evidence of each tile's last run, by the tile's index: the assembly compares the tile with it
     */
    public void write(Scene scene, Batch batch, Recipe recipe, List<TileProgress> tiles, Map<Integer, Path> evidence)
            throws IOException {
        BatchLayout layout = BatchLayout.of(storage, batch);
        String lastStep = recipe.steps().get(recipe.steps().size() - 1).name();
        storage.folder(layout.assembleScript().getParent());
        storage.sharedFolder(layout.product());
        storage.sharedFolder(WorkLayout.of(storage, scene).tiles(lastStep));
        DurableFiles.writeReadOnly(layout.mosaic(), json.writeValueAsString(mosaic(scene, batch, recipe, lastStep)));
        DurableFiles.writeReadOnly(layout.mosaicTiles(), table(scene, tiles, evidence));
        for (String module : MODULES) {
            DurableFiles.writeReadOnly(layout.assembleScript().resolveSibling(module), resource(module));
        }
        DurableFiles.writeScript(layout.assembleScript(), resource(SCRIPT));
    }

    /** Whether the recipe asked for polygons when the assembly was written, in a file that jobs cannot write. */
    public boolean makesPolygons(Batch batch) throws IOException {
        Path mosaic = BatchLayout.of(storage, batch).mosaic();
        return json.readTree(RegularFiles.read(storage.root(), mosaic, MOST_BYTES))
                .path("polygons")
                .asBoolean();
    }

    private ObjectNode mosaic(Scene scene, Batch batch, Recipe recipe, String lastStep) throws IOException {
        ObjectNode mosaic = json.createObjectNode();
        mosaic.put("step", lastStep);
        mosaic.put("width", scene.plan().width());
        mosaic.put("height", scene.plan().height());
        mosaic.put("tiles", BatchLayout.MOSAIC_TILES);
        mosaic.put("made", batch.dependsOn().isEmpty()); // an assembly that waits for no batch: every tile is done
        mosaic.put("product", scene.id() + "_" + scene.recipe());
        String plan = scene.plan().json();
        mosaic.put(
                "datetime",
                plan.isEmpty() ? "" : json.readTree(plan).path("datetime").asText(""));
        mosaic.put("preview", recipe.assemble().preview());
        mosaic.put("compress", recipe.assemble().compress());
        mosaic.put("resampling", recipe.assemble().resampling());
        mosaic.put("polygons", recipe.assemble().polygons());
        recipe.model()
                .ifPresent(model -> mosaic.putObject("model")
                        .put("model " + model.file().getFileName(), "sha256:" + model.sha256()));
        recipe.output()
                .ifPresentOrElse(
                        output -> {
                            ObjectNode promised = mosaic.putObject("output")
                                    .put("type", output.type())
                                    .put("nodata", output.nodata())
                                    .put("bands", output.bands());
                            ArrayNode classes = promised.putArray("classes");
                            output.classes()
                                    .forEach(known -> classes.addObject()
                                            .put("value", known.value())
                                            .put("name", known.name())
                                            .put("color", known.color()));
                        },
                        () -> mosaic.putNull("output"));
        return mosaic;
    }

    private String table(Scene scene, List<TileProgress> tiles, Map<Integer, Path> evidence) {
        Path work = storage.work(scene.id());
        StringBuilder lines = new StringBuilder(96 * tiles.size());
        for (TileProgress tile : tiles) {
            Window core = tile.tile().core();
            lines.append(tile.tile().index());
            lines.append('\t').append(core.x()).append('\t').append(core.y());
            lines.append('\t').append(core.width()).append('\t').append(core.height());
            Path compared = evidence.get(tile.tile().index());
            lines.append('\t').append(tile.skipped() ? "empty" : compared == null ? "" : work.relativize(compared));
            lines.append('\n');
        }
        return lines.toString();
    }

    private static String resource(String name) throws IOException {
        try (InputStream script = AssemblyFiles.class.getResourceAsStream("/job/" + name)) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
