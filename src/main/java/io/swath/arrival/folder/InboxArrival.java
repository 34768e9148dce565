package io.swath.arrival.folder;

import io.swath.arrival.ContentKey;
import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.GeoTiffInput;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneInput.StagingMode;
import io.swath.arrival.SceneName;
import io.swath.arrival.SceneRegistry;
import io.swath.arrival.StorageUnavailableException;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.RejectedFolder;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that takes scenes in, whichever door they come through.
 *
 * <p>The ledger has a scene first and then it is moved to its place, in one rename: stopped in between, it is found in
 * the inbox again and only moved. {@link #due} and {@link #take} are to be called from one thread; {@link #accept} from
 * any.
 */
public final class InboxArrival {
    private static final Logger log = LoggerFactory.getLogger(InboxArrival.class);

    /** The rule that something breaks which has been here before: it is no scene of its own. */
    private static final String COPY = "scene-is-new";

    private final Ledger ledger;
    private final SceneRegistry register;
    private final Storage storage;
    private final RecipeBook recipes;
    private final RecipeCheck check;
    private final RejectedFolder rejections;
    private final Duration settle;
    private final Incidents incidents;
    private final Clock clock;
    private final Map<Path, FolderScan> scans = new ConcurrentHashMap<>();
    private final Set<Path> stuck = new HashSet<>();
    /** Keys of what is put into its place: two that do the same would do it in the same folder. */
    private final Set<String> beingStaged = ConcurrentHashMap.newKeySet();

    private volatile List<Waiting> waiting = List.of();

    /** Something in an inbox that is to be taken in or turned away now. */
    public record Arrived(String recipe, Candidate candidate) {}

    public InboxArrival(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            RecipeCheck check,
            RejectedFolder rejections,
            Duration settle,
            Incidents incidents,
            Clock clock) {
        this.ledger = ledger;
        this.register = new SceneRegistry(ledger, clock);
        this.storage = storage;
        this.recipes = recipes;
        this.check = check;
        this.rejections = rejections;
        this.settle = settle;
        this.incidents = incidents;
        this.clock = clock;
    }

    /** What lies in the inboxes and is complete. */
    public List<Arrived> due() {
        check.look();
        List<Arrived> due = new ArrayList<>();
        List<Waiting> incomplete = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(storage.inbox(), Files::isDirectory)) {
            for (Path folder : folders) {
                String recipe = folder.getFileName().toString();
                if (recipe.startsWith(".")) {
                    continue;
                }
                for (Candidate candidate : scan(folder)) {
                    if (candidate instanceof Waiting one) {
                        incomplete.add(one);
                    } else if (check.mustWait(recipe)) {
                        incomplete.add(new Waiting(candidate.path(), clock.instant(), "a recipe that can be used"));
                    } else {
                        due.add(new Arrived(recipe, candidate));
                    }
                }
            }
            incidents.resolve("inbox");
        } catch (IOException | StorageUnavailableException e) {
            incidents.report("inbox", "the inbox cannot be read: " + e.getMessage());
        }
        waiting = List.copyOf(incomplete);
        Set<Path> still = due.stream().map(one -> one.candidate().path()).collect(Collectors.toSet());
        stuck.stream().filter(path -> !still.contains(path)).toList().forEach(this::goesOn);
        return due;
    }

    private List<Candidate> scan(Path folder) {
        return scans.computeIfAbsent(folder, path -> new FolderScan(path, storage.root(), settle))
                .scan();
    }

    /** What lay in the inboxes at the last look and is not complete, with what it waits for. */
    public List<Waiting> waiting() {
        return waiting;
    }

    /** Takes one in, or turns it away with the reason; trouble with the storage leaves it where it is. */
    public void take(Arrived arrived) {
        Path path = arrived.candidate().path();
        try {
            if (!Files.isWritable(path.getParent())) {
                // Before anything is written down: what cannot be moved cannot be accepted.
                throw new IOException("the user that runs Swath may not move it out of " + path.getParent()
                        + "; give that folder to its group with write access, unless the storage is mounted read-only");
            }
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && !Files.isWritable(path)) {
                throw new IOException("it is a folder that the user that runs Swath may not write to, and so not move;"
                        + " give it to its group with write access");
            }
            if (arrived.candidate() instanceof Rejected rejected) {
                Files.deleteIfExists(path.resolveSibling(path.getFileName() + FolderScan.MARKER));
                reject(path, arrived.recipe(), rejected.rule(), rejected.what(), rejected.remedy());
            } else if (arrived.candidate() instanceof Ready ready) {
                takeIn(arrived.recipe(), ready);
            }
            goesOn(path);
        } catch (IOException | RecipeException e) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                stuck.add(path);
                incidents.report(part(path), path + " cannot be taken in: " + e.getMessage());
            } else {
                log.info("{} was taken away again before it could be taken in", path);
            }
        }
    }

    private void goesOn(Path path) {
        stuck.remove(path);
        incidents.resolve(part(path));
    }

    private static String part(Path path) {
        return "arrival of " + path.getParent().getFileName() + "/" + path.getFileName();
    }

    private void takeIn(String recipeName, Ready ready) throws IOException {
        Path path = ready.path();
        Optional<Recipe> recipe = recipes.find(recipeName);
        if (recipe.isEmpty()) {
            reject(
                    path,
                    recipeName,
                    "recipe-exists",
                    "there is no recipe " + recipeName,
                    "Drop it into the inbox of a recipe: config/recipes has them all.");
            return;
        }
        EntrySnapshot look = EntrySnapshot.of(path);
        String key;
        try {
            key = look.directory()
                    ? SceneFolder.material(path).contentKey(recipeName)
                    : ContentKey.of(recipeName, path);
        } catch (RejectedSceneException bad) {
            Rejected rejected = SceneFolder.rejected(path, bad);
            removeMarker(ready);
            reject(path, recipeName, rejected.rule(), rejected.what(), rejected.remedy());
            return;
        }
        Scene scene = register.accept(path.getFileName().toString(), recipe.get(), key, Priority.NORMAL, Origin.FOLDER);
        Path place = storage.scene(scene.id());
        removeMarker(ready);
        if (storage.holds(place)) {
            reject(
                    path,
                    recipeName,
                    COPY,
                    "the same content with the same recipe came before, as " + scene.id() + ", which is "
                            + scene.state(),
                    scene.state() == SceneState.FAILED
                            ? "Do that one again: ./swath retry " + scene.id()
                                    + ", or ./swath nightly when its recipe is mended."
                            : "Nothing needs to be done; ./swath status " + scene.id() + " tells of it.");
        } else {
            // A folder becomes the scene's; its name inside the storage's does not exist yet, or is an empty one's.
            Path moved = look.directory() ? place : storage.folder(place).resolve(scene.id() + ".tif");
            ledger.guard(() -> Files.move(path, moved, StandardCopyOption.ATOMIC_MOVE));
            if (!EntrySnapshot.of(moved).equals(look)) {
                Files.move(moved, path); // never over what lies there by now
                throw new IOException("it was changed or replaced while it was taken in; it is looked at again");
            }
            log.info("{} is accepted for {} as {}", path.getFileName(), recipeName, scene.id());
        }
    }

    /** Before the scene goes: left behind, it would say that a later one of that name is complete. */
    private static void removeMarker(Ready ready) throws IOException {
        if (ready.marker().isPresent()) {
            Files.deleteIfExists(ready.marker().get());
        }
    }

    /**
     * Accepts what lies anywhere by copying it, for the command line.
     *
     * @param material that is all there
     * @return the scene: a new one, or the one that the same content with the same recipe made before
     * @throws RejectedSceneException when it cannot be a scene
     * @throws IOException when it is not all there, changed meanwhile, or the storage gives trouble
     */
    public Scene accept(SceneInput material, Recipe recipe, Priority priority) throws IOException {
        String problem = storage.missing();
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
        material.check();
        if (!material.missing().isEmpty()) {
            throw new IOException(material.missing() + " of " + material.name()
                    + " is not there, or not whole; hand it in again when it is");
        }
        String key = material.contentKey(recipe.name());
        Optional<Scene> same = register.same(recipe, key);
        if (same.isPresent() && storage.holds(storage.scene(same.get().id()))) {
            return same.get();
        }
        if (!beingStaged.add(key)) {
            throw new IOException(material.name() + " is being taken in just now; hand it in again if need be");
        }
        Path part = storage.root().resolve("scenes").resolve("." + key + ".part");
        try {
            // The files first: a scene that is written down without them could be lost.
            DurableFiles.remove(part);
            SceneInput laid =
                    material.stageInto(storage.folder(part), SceneName.id(material.name(), key), StagingMode.COPY);
            if (!laid.contentKey(recipe.name()).equals(key)) {
                throw new IOException(
                        material.name() + " changed while it was taken in; hand it in again when it is complete");
            }
            DurableFiles.sync(part);
            Scene scene = register.accept(material.name(), recipe, key, priority, Origin.COMMAND);
            Path place = storage.scene(scene.id());
            if (!storage.holds(place)) {
                if (laid instanceof GeoTiffInput one) {
                    Files.move(one.file(), part.resolve(scene.id() + ".tif"), StandardCopyOption.ATOMIC_MOVE);
                }
                Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
                DurableFiles.sync(place.getParent());
            }
            return scene;
        } finally {
            try {
                DurableFiles.remove(part);
            } finally {
                beingStaged.remove(key);
            }
        }
    }

    private void reject(Path path, String recipe, String rule, String what, String remedy) throws IOException {
        String name = path.getFileName().toString();
        // Written down first: a file that is gone from the inbox is known. Stopped in between, it is found there again.
        if (!rule.equals(COPY)) {
            register.reject(name, recipe, ContentKey.unread(recipe, path), rule + ": " + what + ". " + remedy);
        }
        Path place = ledger.guard(() ->
                rejections.take(path, new RejectedFolder.Reason(name, recipe, rule, what, remedy, clock.instant())));
        log.warn("{} is rejected: {}. {} It lies in {}", name, what, remedy, place);
    }
}
