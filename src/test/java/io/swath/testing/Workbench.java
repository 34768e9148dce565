package io.swath.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.health.Incidents;
import io.swath.job.Directives;
import io.swath.job.JobScript;
import io.swath.job.WorkLayout;
import io.swath.ledger.Ledger;
import io.swath.ledger.Nights;
import io.swath.ledger.Outbox;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Run;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.model.Window;
import io.swath.recipes.PlannedRecipes;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Sha256;
import io.swath.storage.Storage;
import io.swath.submission.NightQuota;
import io.swath.submission.Sizing;
import io.swath.submission.Submission;
import io.swath.submission.SubmissionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A real ledger and a real storage in a test's folder, with clocks and a cluster that the test controls. */
public final class Workbench implements AutoCloseable {
    /** One step on CPUs; a tile of 64 pixels. */
    public static final String ONE_STEP = """
            accepts: { bands: [red, nir] }
            tile: { size: 64 }
            steps:
              - { name: ndvi, run: step.sh, device: cpu, request: { cpus: 1, memory: 600M, time: 2m } }
            output: { type: Int16, nodata: -32768, bands: 1 }
            retries: 2
            """;
    /** As {@link #ONE_STEP}, after a preparation. */
    public static final String PREPARED = ONE_STEP + "prepare: { run: step.sh }\n";

    /** A step on CPUs, then one on a quarter of a GPU. */
    public static final String TWO_STEPS = """
            accepts: { bands: [red, nir] }
            tile: { size: 64 }
            steps:
              - { name: clean, run: step.sh, device: cpu, request: { cpus: 2, memory: 1G, time: 5m } }
              - { name: infer, run: step.sh, device: gpu, gpu: 0.25, request: { cpus: 1, memory: 2G, time: 10m } }
            retries: 2
            """;

    /** The wall clock. */
    public final TestClock clock = new TestClock();
    /** The steady clock, which never jumps. */
    public final TestClock steady = new TestClock();

    public final FakeCluster cluster = new FakeCluster();
    public final Incidents incidents = new Incidents(clock);
    public final ObjectMapper json = new ObjectMapper();
    public final PlannedRecipes plannedRecipes = new PlannedRecipes();
    /** The share of the queue for the nightly reprocessing. */
    public NightQuota night = NightQuota.ALWAYS;

    public final Storage storage;
    public final Ledger ledger;
    private final Path recipes;

    public Workbench(Path folder) {
        this(folder, clock -> Ledger.sqlite(folder.resolve("ledger.db"), clock));
    }

    /** With another ledger, which {@link #close} closes. */
    public Workbench(Path folder, Function<Clock, Ledger> ledger) {
        recipes = folder.resolve("recipes");
        try {
            storage = new Storage(folder.resolve("storage"), "/storage");
            Files.createDirectories(storage.root());
            storage.create();
            this.ledger = ledger.apply(clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Moves both clocks forward. */
    public void pass(Duration time) {
        clock.forward(time);
        steady.forward(time);
    }

    /** Adds a scene as the arrival stage does. */
    public Scene accepted(String id, String recipe) {
        return accepted(id, recipe, Priority.NORMAL);
    }

    public Scene accepted(String id, String recipe, Priority priority) {
        Scene.Arrival arrival =
                new Scene.Arrival(id + ".tif", "content of " + id, Origin.FOLDER, priority, clock.instant());
        Scene scene = Scene.arrived(id, recipe, "0123abcd", arrival, SceneState.ACCEPTED, "");
        ledger.write(session -> session.scenes().add(scene));
        return scene(id);
    }

    /** Adds a planned scene: this number of tiles in a row, and a copy of the recipe in its work folder. */
    public Scene planned(String id, String recipeYaml, int tiles) {
        return planned(id, recipeYaml, tiles, Priority.NORMAL);
    }

    public Scene planned(String id, String recipeYaml, int tiles, Priority priority) {
        accepted(id, "ndvi", priority);
        recipe(id, recipeYaml);
        Window all = new Window(0, 0, Math.max(1, 64 * tiles), 64);
        ledger.change(session -> {
            session.scenes().move(id, Set.of(SceneState.ACCEPTED), SceneState.PLANNED, "");
            session.scenes()
                    .recordPlan(
                            id,
                            "0123abcd",
                            new Scene.Plan(
                                    all.width(), all.height(), tiles, 2, "{\"raster\":\"scenes/" + id + "/x.tif\"}"));
            Iterable<Tile> row =
                    () -> IntStream.range(0, tiles).mapToObj(Workbench::tile).iterator();
            session.tiles().add(id, row, tile -> false);
            session.tiles().add(id, List.of(new Tile(TileProgress.ASSEMBLY, all, all)), tile -> false);
            if (recipeYaml.contains("prepare:")) {
                session.tiles().add(id, List.of(new Tile(TileProgress.PREPARATION, all, all)), tile -> false);
            }
        });
        return scene(id);
    }

    /** Lets an accepted scene fail because its jobs found a changed file. */
    public Scene inputChanged(String id) {
        recipe(id, ONE_STEP);
        Window all = new Window(0, 0, 64, 64);
        ledger.change(session -> {
            session.scenes().move(id, Set.of(SceneState.ACCEPTED), SceneState.PLANNED, "");
            session.tiles().add(id, List.of(tile(0)), tile -> false);
            session.tiles().add(id, List.of(new Tile(TileProgress.ASSEMBLY, all, all)), tile -> false);
        });
        submitAll();
        batches(id)
                .forEach(batch -> TaskEnd.failure(Cause.INPUT_CHANGED, "it was written to")
                        .all(this, batch));
        ledger.change(session -> {
            session.tiles().update(List.of(tile(id, 0).withState(TileState.FAILED)));
            session.scenes()
                    .move(
                            id,
                            Set.of(SceneState.PLANNED, SceneState.PROCESSING),
                            SceneState.FAILED,
                            "1 of 1 tiles failed");
        });
        return scene(id);
    }

    /** Marks all messages in the outbox as sent. */
    public void markAllSent() {
        ledger.change(session -> session.outbox()
                .sent(session.outbox().unsent(10_000).stream()
                        .map(Outbox.Entry::id)
                        .toList()));
    }

    /** Adds a delivered scene without open runs or unsent messages. */
    public Scene delivered(String id) {
        planned(id, ONE_STEP, 1);
        ledger.change(session -> {
            session.scenes().move(id, Set.of(SceneState.PLANNED), SceneState.DELIVERED, "");
            session.products().delivered(id, scene(id).version(), "0123abcd");
        });
        markAllSent();
        return scene(id);
    }

    /** Reprocesses a scene that has ended, and plans it with this number of tiles. */
    public Scene plannedAgain(String id, String recipeYaml, int tiles) {
        reprocess(id);
        recipe(id, recipeYaml);
        Window all = new Window(0, 0, Math.max(1, 64 * tiles), 64);
        Iterable<Tile> row =
                () -> IntStream.range(0, tiles).mapToObj(Workbench::tile).iterator();
        ledger.change(session -> {
            session.scenes().move(id, Set.of(SceneState.ACCEPTED), SceneState.PLANNED, "");
            session.tiles().remove(id);
            session.tiles().add(id, row, tile -> false);
            session.tiles().add(id, List.of(new Tile(TileProgress.ASSEMBLY, all, all)), tile -> false);
        });
        return scene(id);
    }

    /** Starts the nightly reprocessing of a scene that has ended. */
    public Scene reprocess(String id) {
        Nights.Firing firing = new Nights.Firing("nightly", clock.instant(), "", 0, true);
        ledger.change(session -> {
            session.nights().add(firing, "");
            session.nights()
                    .reprocess(
                            scene(id),
                            Filters.stale(),
                            firing,
                            "4567cdef",
                            "why",
                            session.nights().nextPlace());
        });
        return scene(id);
    }

    public static Tile tile(int index) {
        Window window = new Window(64 * index, 0, 64, 64);
        return new Tile(index, window, window);
    }

    /** Writes the scene's copy of the recipe. */
    public void recipe(String id, String yaml) {
        try {
            writeRecipe(
                    storage.folder(storage.work(id, scene(id).version())
                            .resolve("recipe")
                            .resolve("ndvi")),
                    yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the recipe {@link #ONE_STEP} under this name into the folder of {@link #recipes}, and returns its folder. */
    public Path installRecipe(String name) throws IOException {
        return installRecipe(name, ONE_STEP);
    }

    public Path installRecipe(String name, String yaml) throws IOException {
        return writeRecipe(Files.createDirectories(recipes.resolve(name)), yaml);
    }

    /** The recipes that are installed now. */
    public RecipeBook recipes() {
        return new RecipeBook(recipes);
    }

    private static Path writeRecipe(Path folder, String yaml) throws IOException {
        Files.writeString(folder.resolve("recipe.yaml"), yaml);
        Path script = Files.writeString(folder.resolve("step.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
        return folder;
    }

    public Submission submission(int queueLimit) {
        return new Submission(
                ledger,
                cluster,
                storage,
                new Sizing("", "", false, 0.02, 2, 2),
                new JobScript(storage, Directives.NONE),
                plannedRecipes,
                new SubmissionSettings(queueLimit, 100_000, 0.02, true),
                night,
                incidents,
                json,
                steady);
    }

    /** Submits everything that waits, as the submission's routes do. */
    public void submitAll() {
        Submission submission = submission(100_000);
        submission.due().forEach(submission::send);
    }

    public Scene scene(String id) {
        return ledger.read(session -> session.scenes().find(id)).orElseThrow();
    }

    public List<Batch> batches(String id) {
        return ledger.read(session -> session.batches().ofScene(id));
    }

    public Batch batch(String id, int number) {
        return batches(id).get(number - 1);
    }

    public Run run(Batch batch, int index) {
        return ledger.read(session -> session.runs().find(batch.token(), index)).orElseThrow();
    }

    /** The number of a scene's tiles, without the assembly. */
    public int tiles(String id) {
        return ledger.read(session -> session.tiles().ofScene(id)).size();
    }

    public TileProgress tile(String id, int index) {
        return ledger.read(session -> session.tiles().find(id, List.of(index))).get(0);
    }

    /** Writes what a successful task leaves: an output file and its evidence. */
    public void leavesOutput(Batch batch, int index) {
        leavesOutput(batch, index, "pixels");
    }

    /** As {@link #leavesOutput(Batch, int)}, with this content in the output file. */
    public void leavesOutput(Batch batch, int index, String content) {
        leavesOutput(batch, index, content, batch.clusterId());
    }

    /** The same for a task of another job of the same batch. */
    public void leavesOutput(Batch batch, int index, String content, String job) {
        Run run = run(batch, index);
        int tile = Math.max(0, run.tile());
        try {
            Path work = storage.work(batch.sceneId(), batch.version());
            Path output = batch.preparation()
                    ? new WorkLayout(work).prepared()
                    : storage.tile(batch.sceneId(), batch.version(), batch.step(), tile);
            storage.folder(output.getParent());
            Files.writeString(output, content);
            evidence(batch, index, """
                    {"job":"%s","outcome":"ok","detail":"","note":"","cpu_s":1.5,"peak_kib":2048,
                     "output":{"path":"%s","size":%d,"sha256":"%s"}}
                    """.formatted(job, work.relativize(output), content.length(), Sha256.hex(content)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the evidence of a task, which has taken its lease too.
     *
     * @param fields a JSON object; what identifies the task is added, unless the object has it
     */
    public void evidence(Batch batch, int index, String fields) {
        lease(batch, index);
        try {
            Path folder =
                    storage.folder(storage.batch(batch.sceneId(), batch.token()).resolve("evidence"));
            ObjectNode all = json.createObjectNode()
                    .put("token", batch.token())
                    .put("index", index)
                    .put("attempt", run(batch, index).attempt())
                    .put("job", batch.clusterId());
            all.setAll((ObjectNode) json.readTree(fields));
            Files.writeString(folder.resolve(index + ".json"), all.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the lease that {@code job.sh} makes before it starts the script. */
    public void lease(Batch batch, int index) {
        Run run = run(batch, index);
        String name = batch.step() + "." + Math.max(0, run.tile()) + "." + run.attempt();
        try {
            Path leases = storage.folder(
                    storage.work(batch.sceneId(), batch.version()).resolve("leases"));
            Files.deleteIfExists(leases.resolve(name));
            Files.createSymbolicLink(leases.resolve(name), Path.of(batch.clusterId()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        ledger.close();
    }
}
