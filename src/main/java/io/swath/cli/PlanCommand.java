package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.cluster.Capabilities;
import io.swath.job.JobScript;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.planning.Inspection;
import io.swath.planning.Planning;
import io.swath.planning.SceneInfo;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.planning.SceneInspector;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "plan",
        description = "A dry run: what the scene is, its tiles, what each asks for, and the job script. Sends nothing.")
final class PlanCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Parameters(paramLabel = "PATH", description = "A GeoTIFF, or a STAC Item (.json) that names some.")
    private Path path;

    @Option(names = "--recipe", required = true, paramLabel = "R", description = "A name in config/recipes.")
    private String name;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException(path + " is no file; give a GeoTIFF, or a STAC Item (.json)");
        }
        Path file = path.toRealPath();
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            Recipe recipe = pipeline.recipe(name);
            Inspection inspection = new SceneInspector(file.getRoot(), new GdalInfoCommand()).inspectFile(file, recipe);
            List<Tile> all = inspection.info().grid(recipe).tiles();
            List<Tile> tiles = all.stream()
                    .filter(Predicate.not(Planning.empty(recipe, inspection)))
                    .toList();
            System.out.println(
                    "scene:   " + file.getFileName() + ", " + inspection.info().width() + " x "
                            + inspection.info().height() + " pixels in blocks of "
                            + inspection.info().blockWidth() + " x "
                            + inspection.info().blockHeight());
            System.out.println("bands:   "
                    + inspection.info().bands().stream()
                            .map(band -> band.name() + " = band " + band.number() + of(inspection.info(), band) + " ("
                                    + band.type() + ", nodata " + (band.nodata().isEmpty() ? "none" : band.nodata())
                                    + ")")
                            .toList());
            System.out.println("tiles:   " + tiles.size() + " to be queued, " + (all.size() - tiles.size())
                    + " empty; cores of " + sizes(tiles) + " pixels, overlap " + recipe.overlap());
            Capabilities cluster = pipeline.access().capabilities();
            System.out.println("cluster: " + cluster.name() + ", arrays of at most " + cluster.maxArraySize());
            Window scene = new Window(
                    0, 0, inspection.info().width(), inspection.info().height());
            for (int index = 0; index < recipe.steps().size(); index++) {
                describe(pipeline, recipe, index, tiles, cluster, scene);
            }
            return 0;
        }
    }

    private void describe(
            Pipeline pipeline, Recipe recipe, int index, List<Tile> tiles, Capabilities cluster, Window whole) {
        Step step = recipe.steps().get(index);
        Tile any = tiles.isEmpty() ? new Tile(0, whole, whole) : tiles.get(0);
        Request request = pipeline.sizing().request(recipe, step, TileProgress.notSubmitted("plan", any), cluster);
        System.out.println("step " + step.name() + ": each task asks for " + request.cpus() + " CPUs, "
                + request.memoryMiB() + " MiB, " + request.time().toSeconds() + " s"
                + (request.gpus() > 0 ? ", " + request.gpus() + " GPUs" : "")
                + (request.shards() > 0 ? ", " + request.shards() + " shards of a GPU" : "")
                + " in partition " + request.partition());
        if (tiles.isEmpty()) {
            return;
        }
        Instant now = Instant.now();
        Scene.Arrival arrival =
                new Scene.Arrival(path.getFileName().toString(), "", Origin.COMMAND, Priority.NORMAL, now);
        Scene scene = Scene.arrived("SCENE", recipe.name(), recipe.hash(), arrival, SceneState.PLANNED, "");
        Batch batch = new Batch(
                "swath-plan-" + (index + 1),
                scene.id(),
                index + 1,
                index,
                step.name(),
                Math.min(tiles.size(), cluster.maxArraySize()),
                request,
                List.of(),
                BatchState.INTENT,
                "",
                0,
                now,
                now,
                1);
        String script = pipeline.storage()
                .onCluster(pipeline.storage()
                        .work(scene.id())
                        .resolve("recipe")
                        .resolve(recipe.name())
                        .resolve(step.run()));
        System.out.println();
        System.out.println(pipeline.folders().render(scene, batch, new JobScript.Script(script, "core", "")));
    }

    private static String of(SceneInfo scene, SourceBand band) {
        SceneInfo.Source source = scene.sources().get(band.source());
        return source.path().equals(scene.raster())
                ? ""
                : " of " + Path.of(source.path()).getFileName() + ", " + source.width() + " x " + source.height();
    }

    private static String sizes(List<Tile> tiles) {
        int widest = tiles.stream().mapToInt(tile -> tile.core().width()).max().orElse(0);
        int narrowest =
                tiles.stream().mapToInt(tile -> tile.core().width()).min().orElse(0);
        int highest =
                tiles.stream().mapToInt(tile -> tile.core().height()).max().orElse(0);
        int lowest = tiles.stream().mapToInt(tile -> tile.core().height()).min().orElse(0);
        return (narrowest == widest ? "" : narrowest + " to ") + widest + " x "
                + (lowest == highest ? "" : lowest + " to ") + highest;
    }
}
