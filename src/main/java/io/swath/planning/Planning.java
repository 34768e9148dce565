package io.swath.planning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Recipe.Model;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.DurableFiles;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.SceneUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The planning stage: inspects an accepted scene and cuts it into tiles.
 *
 * <p>To be called from one thread.
 */
public final class Planning {
    private static final Logger log = LoggerFactory.getLogger(Planning.class);
    private static final Set<SceneState> ACCEPTED = Set.of(SceneState.ACCEPTED);
    /** How many scenes are planned at a time. They are few, so that a more urgent scene does not wait long for them. */
    private static final int AT_ONCE = 4;
    /** So often scenes that could not be planned before have their turn beside those that are new. */
    private static final int CALLS_PER_RETRY = 5;
    /** Arrival moves the file at once after it accepts a scene. A file that is missing for longer was removed. */
    private static final Duration FILE_MISSING_AFTER = Duration.ofMinutes(1);

    private final Ledger ledger;
    private final Storage storage;
    private final RecipeBook recipes;
    private final SceneInspector inspector;
    private final SceneRejection rejection;
    private final TileSizes sizes;
    private final ObjectMapper json;
    private final AcceptedContent accepted;
    private final Predicate<Scene> arriving;
    private int calls;
    private final StuckScenes stuck;
    private final RecipeModels models;
    private final Clock clock;

    /**
     * @param arriving whether the files of an accepted scene are on their way to its folder
     * @param sizes chooses the size of tiles where a recipe leaves that to Swath
     */
    public Planning(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            SceneInspector inspector,
            RejectedFolder rejectedFolder,
            ContentCheck contentCheck,
            Predicate<Scene> arriving,
            TileSizes sizes,
            ObjectMapper json,
            Incidents incidents,
            Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.inspector = inspector;
        this.rejection = new SceneRejection(ledger, storage, rejectedFolder, json, clock);
        this.accepted = new AcceptedContent(ledger, storage, json, contentCheck);
        this.arriving = arriving;
        this.sizes = sizes;
        this.json = json;
        this.stuck = new StuckScenes(incidents);
        this.models = new RecipeModels(ledger, storage);
        this.clock = clock;
    }

    /**
     * The ids of the next scenes to plan, the most urgent first: a few, so that a scene that is accepted meanwhile can
     * overtake the others. Scenes that could not be planned before come when no other is due, and in some of the calls.
     */
    public List<String> due() {
        List<Scene> accepted = ledger.read(session -> session.scenes().inStates(ACCEPTED));
        stuck.resolveAllExcept(accepted.stream().map(Scene::id).collect(Collectors.toSet()));
        List<String> next = accepted.stream()
                .filter(scene -> !stuck.contains(scene.id()) && isDue(scene))
                .limit(AT_ONCE)
                .map(Scene::id)
                .toList();
        calls++;
        boolean again = next.isEmpty() || calls % CALLS_PER_RETRY == 0;
        return again ? Stream.concat(next.stream(), dueAgain(accepted)).toList() : next;
    }

    private Stream<String> dueAgain(List<Scene> accepted) {
        List<Scene> due = accepted.stream()
                .filter(scene -> stuck.contains(scene.id()) && isDue(scene))
                .toList();
        return Stream.concat(
                        due.stream().filter(scene -> scene.priority() != Priority.NIGHT),
                        due.stream()
                                .filter(scene -> scene.priority() == Priority.NIGHT)
                                .limit(AT_ONCE))
                .map(Scene::id);
    }

    /** Whether more scenes may be due, after {@link #plan} for each of the last {@link #due}. */
    public boolean more(List<String> last) {
        return last.stream().anyMatch(id -> !stuck.contains(id));
    }

    private boolean isDue(Scene scene) {
        return !scene.status().held()
                && !stuck.isPaused(scene.id(), clock.instant())
                && (isReprocessed(scene) ? storage.missing().isEmpty() : hasArrived(scene));
    }

    private static boolean isReprocessed(Scene scene) {
        return scene.version() > 1;
    }

    private boolean hasArrived(Scene scene) {
        Path folder = storage.scene(scene.id());
        boolean late = scene.arrival().acceptedAt().plus(FILE_MISSING_AFTER).isBefore(clock.instant());
        // Until the entry has left its inbox, its files have a second name there, which the sender may use.
        boolean leaving = !late && Files.exists(folder.resolve(Storage.TAKEN_NOTE));
        if ((storage.holds(folder) && !leaving) || rejection.isBegun(scene)) {
            return true;
        }
        if (late && !arriving.test(scene) && storage.missing().isEmpty()) {
            stuck.report(
                    scene.id(),
                    scene.name() + " was accepted, but its file was removed before Swath could move it to scenes/; send"
                            + " it again, or cancel the scene");
        }
        return false;
    }

    /**
     * Plans one scene. The scene is PLANNED afterwards; or REJECTED with the reason; or FAILED, if only this version of
     * it is invalid. After an incident the scene stays due.
     */
    public void plan(String id) {
        Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
        try {
            if (rejection.isBegun(scene)) {
                rejection.resume(scene);
            } else if (isReprocessed(scene) && !storage.holds(storage.scene(id))) {
                fail(
                        scene,
                        new Rejection(
                                "scene-is-there", "", "its file is gone from " + storage.scene(id), "Send it again."));
            } else if (isReprocessed(scene) && !accepted.isThere(scene)) {
                fail(
                        scene,
                        new Rejection(
                                "scene-is-unchanged",
                                "",
                                "the content of its files in " + storage.scene(id)
                                        + " is not the one that was accepted",
                                "Send the original again: it gets the place of those files, and is processed."));
            } else if (!inspectAndPlan(scene)) {
                return;
            }
            stuck.resolve(id);
        } catch (SceneUnavailableException e) {
            stuck.reportInspection(id, "it cannot be planned: " + e.getMessage(), clock.instant());
        } catch (RecipeException | IOException e) {
            stuck.report(id, "it cannot be planned: " + e.getMessage());
        }
    }

    /** Returns false when the scene is stuck, with an incident: its recipe is missing, or it cannot be rejected now. */
    private boolean inspectAndPlan(Scene scene) throws IOException {
        Optional<Recipe> recipe = recipes.find(scene.recipe());
        if (recipe.isEmpty()) {
            stuck.report(
                    scene.id(), "there is no recipe " + scene.recipe() + " any more; put it back, or cancel the scene");
            return false;
        }
        try {
            plan(scene, recipe.get(), inspector.inspect(storage.scene(scene.id()), recipe.get()));
        } catch (BadSceneException bad) {
            if (!isReprocessed(scene)) {
                return reject(scene, bad.rejection());
            }
            fail(scene, bad.rejection());
        }
        return true;
    }

    private void plan(Scene scene, Recipe recipe, Inspection inspection) throws IOException {
        SceneInfo info = inspection.info();
        models.keep(recipe, isReprocessed(scene)); // before the guard: copying a large model takes long
        ledger.guard(() -> writeWorkFolder(scene, recipe, inspection));
        SceneTiles cut = SceneTiles.of(info, recipe, sizes);
        List<Tile> tiles = cut.grid().tiles();
        Predicate<Tile> empty = empty(recipe, inspection);
        Window all = new Window(0, 0, info.gridWidth(), info.gridHeight());
        Scene.Plan plan =
                new Scene.Plan(info.gridWidth(), info.gridHeight(), tiles.size(), info.pixelBytes(), text(info, cut));
        ledger.change(session -> {
            if (session.scenes().move(scene.id(), ACCEPTED, SceneState.PLANNED, "")) {
                session.tiles().remove(scene.id()); // the tiles of a former version, whose grid may differ
                session.scenes().recordCoverage(scene.id(), inspection.coverage());
                session.scenes().recordPlan(scene.id(), recipe.hash(), plan);
                session.tiles().add(scene.id(), tiles, empty);
                session.tiles().add(scene.id(), List.of(new Tile(TileProgress.ASSEMBLY, all, all)), tile -> false);
                if (recipe.prepare().isPresent()) {
                    session.tiles()
                            .add(scene.id(), List.of(new Tile(TileProgress.PREPARATION, all, all)), tile -> false);
                }
            }
        });
        log.info(
                "{} is planned: {} x {} pixels, {} tiles of {} for {} ({})",
                scene.id(),
                info.gridWidth(),
                info.gridHeight(),
                tiles.size(),
                cut.side(),
                recipe.name(),
                cut.why());
    }

    /** The scene, and the size of its tiles with the reason. */
    private String text(SceneInfo info, SceneTiles cut) throws IOException {
        ObjectNode plan = json.valueToTree(info);
        return json.writeValueAsString(plan.put("tileSize", cut.side()).put("tileSizeBecause", cut.why()));
    }

    private Path writeWorkFolder(Scene scene, Recipe recipe, Inspection inspection) throws IOException {
        Path work = storage.folder(storage.work(scene.id(), scene.version()));
        // The recipe may change while the scene is processed; every job of this version uses the copy.
        Optional<Path> model = recipe.model().map(Model::file);
        Path copy = work.resolve("recipe").resolve(recipe.name());
        storage.copyReadOnly(recipe.folder(), copy, file -> !model.equals(Optional.of(file)));
        SourceList.write(inspection.info(), storage, work);
        SceneVrt.write(inspection.info(), storage, work.resolve("scene.vrt"));
        String bands = inspection.bands().stream().map(BandSelector::toString).collect(Collectors.joining(","));
        DurableFiles.writeReadOnly(work.resolve("bands"), bands + "\n");
        MapFiles.write(inspection.info(), storage, work, json);
        return work;
    }

    /** Whether a tile is not queued, because the recipe skips empty tiles and the headers show that it has no pixels. */
    public static Predicate<Tile> empty(Recipe recipe, Inspection inspection) {
        return tile -> recipe.tiling().skipEmpty() && inspection.empty().test(tile.core());
    }

    private boolean reject(Scene scene, Rejection reason) {
        try {
            rejection.begin(scene, reason);
            return true;
        } catch (IOException e) {
            stuck.report(scene.id(), "it cannot be moved to rejected/: " + e);
            return false;
        }
    }

    /**
     * Fails this version of a scene that was valid before and no longer fits its recipe. The scene and its delivered
     * products stay in place.
     */
    private void fail(Scene scene, Rejection reason) {
        ledger.change(session -> {
            if (session.scenes().move(scene.id(), ACCEPTED, SceneState.FAILED, reason.text())) {
                session.tiles().remove(scene.id()); // the tiles of a former version: a retry begins with planning
            }
        });
        log.warn(
                "{} cannot be reprocessed as version {}: {}. {} The delivered products stay.",
                scene.id(),
                scene.version(),
                reason.what(),
                reason.remedy());
    }
}
