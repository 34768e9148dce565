package io.swath.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.Pipeline;
import io.swath.arrival.ScenePreview;
import io.swath.cluster.Capabilities;
import io.swath.job.OrthoStep;
import io.swath.model.Batch;
import io.swath.model.Origin;
import io.swath.model.Placement;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.planning.Inspection;
import io.swath.planning.Planning;
import io.swath.planning.SceneInfo;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.planning.SceneInspector;
import io.swath.planning.SceneTiles;
import io.swath.storage.Roots;
import io.swath.submission.DryRun;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a scene is and which jobs it would become, and sends nothing. */
@Command(
        mixinStandardHelpOptions = true,
        name = "plan",
        description = "Show what the scene is, its tiles, what each step asks for, and the job scripts."
                + " A dry run: nothing is sent.")
final class PlanCommand implements Callable<Integer> {
    /** The real id of a scene depends on its content, which a dry run does not read. */
    private static final String SCENE_ID = "SCENE";

    @Mixin
    private SettingsOptions options;

    @Parameters(
            paramLabel = "PATH",
            description = "A GeoTIFF, a STAC Item (.json), a folder with a product, or an archive with one.")
    private Path path;

    @Option(names = "--recipe", required = true, paramLabel = "R", description = "A name in config/recipes.")
    private String name;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException(
                    path + " is not there; give a GeoTIFF, a STAC Item (.json), a folder or an archive");
        }
        Path file = path.toRealPath();
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            Recipe recipe = pipeline.recipe(name);
            SceneInspector inspector = new SceneInspector(file.getRoot(), new GdalInfoCommand(), pipeline.terrain());
            Inspection inspection = new ScenePreview(pipeline.storage(), Clock.systemUTC())
                    .read(
                            file,
                            Roots.of(file.getRoot()), // the user's own rights decide what it may read
                            recipe,
                            scene -> inspector.inspectFile(scene, recipe));
            SceneTiles cut =
                    SceneTiles.of(inspection.info(), recipe, pipeline.tileSizes(pipeline.access()::capabilities));
            List<Tile> all = cut.grid().tiles();
            List<Tile> tiles = all.stream()
                    .filter(Predicate.not(Planning.empty(recipe, inspection)))
                    .toList();
            printScene(file, inspection.info());
            System.out.println("tiles:   " + tiles.size() + " to be queued, " + (all.size() - tiles.size()) + " empty; "
                    + sizes(tiles) + " pixels without the overlap of "
                    + recipe.tiling().overlap());
            System.out.println("size:    " + cut.side() + ", because " + cut.why());
            Capabilities cluster = pipeline.access().capabilities();
            System.out.println("cluster: " + cluster.name() + ", arrays of at most " + cluster.maxArraySize());
            printMemoryNotes(cluster);
            DryRun dryRun = new DryRun(pipeline.sizing(), pipeline.jobScript(), pipeline.storage());
            Scene scene = scene(recipe, inspection.info(), tiles.size(), new ObjectMapper());
            Recipe whole = OrthoStep.before(scene, recipe);
            List<DryRun.Job> jobs =
                    pipeline.ledger().read(session -> dryRun.jobs(session, scene, whole, tiles, cluster));
            printJobs(whole, jobs);
            return 0;
        }
    }

    /** Says for each partition without managed memory why its tasks ask for none. */
    private static void printMemoryNotes(Capabilities cluster) {
        cluster.partitions().stream()
                .filter(partition -> !partition.managesMemory())
                .forEach(partition -> System.out.println("memory:  partition " + partition.name() + ": "
                        + partition.notes().get(0)));
    }

    private static void printScene(Path file, SceneInfo info) {
        System.out.println("scene:   " + Texts.line(file.getFileName().toString()) + ", " + info.width() + " x "
                + info.height() + " pixels in blocks of " + info.blockWidth() + " x " + info.blockHeight());
        System.out.println("bands:   "
                + info.bands().stream()
                        .map(band -> Texts.line(band.name() + " = band " + band.number() + source(info, band) + " ("
                                + band.type() + ", nodata " + (band.nodata().isEmpty() ? "none" : band.nodata()) + ")"))
                        .toList());
        if (info.hasMap()) {
            System.out.println(
                    "map:     put onto EPSG:" + info.rectification().map().epsg() + ", " + info.gridWidth() + " x "
                            + info.gridHeight() + " pixels of "
                            + info.rectification().map().geoTransform().get(1) + " m, "
                            + info.rectification().words());
        }
    }

    private Scene scene(Recipe recipe, SceneInfo info, int tiles, ObjectMapper json) throws JsonProcessingException {
        Instant now = Instant.now();
        Scene.Arrival arrival =
                new Scene.Arrival(path.getFileName().toString(), "", Origin.COMMAND, Priority.NORMAL, now);
        Scene.Status status = new Scene.Status(SceneState.PLANNED, "", false, false, now);
        Scene.Plan plan = new Scene.Plan(
                info.gridWidth(), info.gridHeight(), tiles, info.pixelBytes(), json.writeValueAsString(info));
        return new Scene(SCENE_ID, recipe.name(), recipe.hash(), arrival, status, plan, 1, 0);
    }

    /**
     * Prints each job on a line, and the script of the first array of each step: other scripts differ only in name and
     * size.
     */
    private static void printJobs(Recipe recipe, List<DryRun.Job> jobs) {
        recipe.steps().stream()
                .map(Recipe.Step::name)
                .filter(step ->
                        jobs.stream().noneMatch(job -> job.batch().step().equals(step)))
                .forEach(
                        step -> System.out.println("step " + step + ": nothing is queued, because no tile has pixels"));
        Set<String> printed = new HashSet<>();
        for (DryRun.Job job : jobs) {
            System.out.println(line(job));
            if (printed.add(job.batch().step())) {
                System.out.println();
                System.out.println(job.script());
            }
        }
    }

    private static String line(DryRun.Job job) {
        Batch batch = job.batch();
        Request request = batch.request();
        String dependency = switch (job.dependencyType()) {
            case AFTER_OK -> "after all tasks of ";
            case AFTER_CORRESPONDING -> "each after the task of its tile in ";
        };
        return "step " + batch.step() + ": job " + batch.token() + ", " + batch.tasks() + " tasks"
                + (batch.packed() ? " of " + batch.perTask() + " tiles, one after the other" : "")
                + (batch.dependsOn().isEmpty() ? "" : ", " + dependency + String.join(", ", batch.dependsOn()))
                + "; each task asks for " + request.cpus() + " CPUs, "
                + (request.memoryMiB() > 0 ? request.memoryMiB() + " MiB, " : "")
                + request.time().toSeconds() + " s"
                + (request.gpu().any() ? ", " + request.gpu().text() : "")
                + " in partition " + request.partition()
                + (request.placement().equals(Placement.NONE)
                        ? ""
                        : "; " + request.placement().text())
                + "\n    " + batch.why();
    }

    private static String source(SceneInfo scene, SourceBand band) {
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
