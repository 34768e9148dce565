package io.swath.planning;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalUnavailableException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that looks into an accepted scene and cuts it into tiles.
 *
 * <p>To be called from one thread.
 */
public final class Planning {
    private static final Logger log = LoggerFactory.getLogger(Planning.class);
    private static final Set<SceneState> ACCEPTED = Set.of(SceneState.ACCEPTED);
    /** In the work folder of a scene that is rejected: interrupted, it is rejected again, for the same reason. */
    private static final String VERDICT = "rejected.json";
    /** Before it looks again: the day's scenes are not to wait for a long night's. */
    private static final int OF_THE_NIGHT_AT_ONCE = 5;
    /** A scene is in place long before this; else its file went away between being written down and being moved. */
    private static final Duration IN_PLACE = Duration.ofMinutes(1);

    private final Ledger ledger;
    private final Storage storage;
    private final RecipeBook recipes;
    private final SceneInspector inspector;
    private final RejectedFolder rejections;
    private final ObjectMapper json;
    private final Incidents incidents;
    private final Clock clock;
    private final Set<String> stuck = new HashSet<>();

    public Planning(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            SceneInspector inspector,
            RejectedFolder rejections,
            ObjectMapper json,
            Incidents incidents,
            Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.inspector = inspector;
        this.rejections = rejections;
        this.json = json;
        this.incidents = incidents;
        this.clock = clock;
    }

    /** Accepted scenes that lie in their place, the most urgent first; of the night's only some. */
    public List<String> due() {
        List<Scene> accepted = ledger.read(session -> session.scenes().inStates(ACCEPTED));
        Set<String> ids = accepted.stream().map(Scene::id).collect(Collectors.toSet());
        List<String> gone = stuck.stream().filter(id -> !ids.contains(id)).toList();
        gone.forEach(this::goesOn);
        return Stream.concat(
                        accepted.stream().filter(scene -> scene.priority() != Priority.NIGHT && isDue(scene)),
                        accepted.stream()
                                .filter(scene -> scene.priority() == Priority.NIGHT && isDue(scene))
                                .sorted(Comparator.comparing(scene -> stuck.contains(scene.id())))
                                .limit(OF_THE_NIGHT_AT_ONCE))
                .map(Scene::id)
                .toList();
    }

    private boolean isDue(Scene scene) {
        return !scene.status().held()
                && (scene.version() > 1 ? storage.missing().isEmpty() : inPlace(scene));
    }

    private boolean inPlace(Scene scene) {
        if (storage.holds(storage.scene(scene.id())) || Files.exists(verdict(scene))) {
            return true;
        }
        if (scene.arrival().acceptedAt().plus(IN_PLACE).isBefore(clock.instant())
                && storage.missing().isEmpty()) {
            sticks(
                    scene.id(),
                    scene.name() + " was accepted, but its file was gone before it could be put into its place; send it"
                            + " again, or cancel the scene");
        }
        return false;
    }

    private void sticks(String id, String why) {
        stuck.add(id);
        incidents.report("scene " + id, why);
    }

    private void goesOn(String id) {
        stuck.remove(id);
        incidents.resolve("scene " + id);
    }

    /** Plans one scene: it is PLANNED after that, or REJECTED with the reason; or it stays due, after trouble. */
    public void plan(String id) {
        Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
        try {
            if (Files.exists(verdict(scene))) {
                reject(scene, json.readValue(verdict(scene).toFile(), Verdict.class));
                return;
            }
            if (scene.version() > 1 && !storage.holds(storage.scene(id))) {
                giveUp(
                        scene,
                        new Verdict("scene-is-there", "its file is gone from " + storage.scene(id), "Send it again."));
                return;
            }
            Optional<Recipe> recipe = recipes.find(scene.recipe());
            if (recipe.isEmpty()) {
                sticks(id, "there is no recipe " + scene.recipe() + " any more; put it back, or cancel the scene");
                return;
            }
            Inspection inspection = inspector.inspect(storage.scene(id), recipe.get());
            plan(scene, recipe.get(), inspection);
            goesOn(id);
        } catch (BadSceneException bad) {
            Verdict verdict = new Verdict(bad.rule(), bad.what(), bad.remedy());
            if (scene.version() > 1) {
                giveUp(scene, verdict);
            } else {
                begin(scene, verdict);
            }
        } catch (RecipeException | GdalUnavailableException | IOException e) {
            sticks(id, "it cannot be planned: " + e.getMessage());
        }
    }

    private void plan(Scene scene, Recipe recipe, Inspection inspection) throws IOException {
        SceneInfo info = inspection.info();
        ledger.guard(() -> layOut(scene, recipe, info));
        List<Tile> tiles = info.grid(recipe).tiles();
        Predicate<Tile> empty = empty(recipe, inspection);
        Window all = new Window(0, 0, info.width(), info.height());
        String plan = json.writeValueAsString(info);
        ledger.change(session -> {
            if (session.scenes().move(scene.id(), ACCEPTED, SceneState.PLANNED, "")) {
                session.tiles().remove(scene.id()); // those of a former version: the grid may be another
                session.scenes().recordCoverage(scene.id(), inspection.coverage());
                session.scenes().recordPlan(scene.id(), recipe.hash(), info.width(), info.height(), tiles.size(), plan);
                session.tiles().add(scene.id(), tiles, empty);
                session.tiles().add(scene.id(), List.of(new Tile(TileProgress.ASSEMBLY, all, all)), tile -> false);
            }
        });
        log.info(
                "{} is planned: {} x {} pixels, {} tiles for {}",
                scene.id(),
                info.width(),
                info.height(),
                tiles.size(),
                recipe.name());
    }

    private Path layOut(Scene scene, Recipe recipe, SceneInfo info) throws IOException {
        Path work = storage.folder(storage.work(scene.id(), scene.version()));
        // The recipe may change while the scene is on its way: what it is worked on with is what it was planned with.
        storage.copy(recipe.folder(), work.resolve("recipe").resolve(recipe.name()));
        SceneVrt.write(info, storage.root(), work.resolve("scene.vrt"));
        return work;
    }

    /** Tells which tiles are not queued, because the header shows that they hold no pixels. */
    public static Predicate<Tile> empty(Recipe recipe, Inspection inspection) {
        return tile -> recipe.skipEmpty() && inspection.empty().test(tile.core());
    }

    /** Why a scene is rejected. */
    record Verdict(String rule, String what, String remedy) {}

    private Path verdict(Scene scene) {
        return storage.work(scene.id(), scene.version()).resolve(VERDICT);
    }

    /**
     * A scene that was good before and is not good for its recipe any more stays where it is, and so does the product
     * that was made of it: only this version of it fails.
     */
    private void giveUp(Scene scene, Verdict verdict) {
        String reason = verdict.rule() + ": " + verdict.what() + ". " + verdict.remedy();
        ledger.change(session -> {
            if (session.scenes().move(scene.id(), ACCEPTED, SceneState.FAILED, reason)) {
                session.tiles().remove(scene.id()); // a former version's: a retry begins with planning
            }
        });
        goesOn(scene.id());
        log.warn(
                "{} cannot be done again as version {}: {}. {} What was delivered of it stays.",
                scene.id(),
                scene.version(),
                verdict.what(),
                verdict.remedy());
    }

    private void begin(Scene scene, Verdict verdict) {
        try {
            storage.folder(storage.work(scene.id()));
            Storage.write(verdict(scene), json.writeValueAsString(verdict));
            reject(scene, verdict);
        } catch (IOException e) {
            sticks(scene.id(), "it cannot be moved to rejected/: " + e);
        }
    }

    private static boolean holdsSeveral(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            return false;
        }
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                            .limit(2)
                            .count()
                    > 1;
        }
    }

    private void reject(Scene scene, Verdict verdict) throws IOException {
        Path place = storage.scene(scene.id());
        RejectedFolder.Reason reason = new RejectedFolder.Reason(
                scene.name(), scene.recipe(), verdict.rule(), verdict.what(), verdict.remedy(), clock.instant());
        if (holdsSeveral(place)) {
            ledger.guard(() -> rejections.take(place, reason)); // a scene of several files stays together
        } else if (Files.exists(place)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
                for (Path file : files) {
                    ledger.guard(() -> rejections.take(file, reason));
                }
            }
            Storage.remove(place);
        }
        ledger.write(session -> session.scenes()
                .move(
                        scene.id(),
                        ACCEPTED,
                        SceneState.REJECTED,
                        verdict.rule() + ": " + verdict.what() + ". " + verdict.remedy()));
        goesOn(scene.id());
        log.warn("{} is rejected: {}. {}", scene.id(), verdict.what(), verdict.remedy());
    }
}
