package io.swath.arrival;

import io.swath.arrival.Candidate.Ready;
import io.swath.arrival.Candidate.Unfit;
import io.swath.arrival.Candidate.Waiting;
import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.model.Door;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.Rejections;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that takes scenes in, whichever door they come through.
 *
 * <p>The ledger has a scene first and then it is moved to its place, in one rename: stopped in between, it is found in
 * the inbox again and only moved. {@link #due} and {@link #take} are to be called from one thread; {@link #submit} from
 * any.
 */
public final class Arrival {
    private static final Logger log = LoggerFactory.getLogger(Arrival.class);

    /** The rule that something breaks which has been here before: it is no scene of its own. */
    private static final String COPY = "scene-is-new";

    private final Ledger ledger;
    private final Storage storage;
    private final RecipeBook recipes;
    private final Rejections rejections;
    private final Duration settle;
    private final Troubles troubles;
    private final Clock clock;
    private final Map<Path, FolderScan> scans = new ConcurrentHashMap<>();
    private volatile List<Waiting> waiting = List.of();

    /** Something in an inbox that is to be taken in or turned away now. */
    public record Arrived(String recipe, Candidate candidate) {}

    public Arrival(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            Rejections rejections,
            Duration settle,
            Troubles troubles,
            Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.rejections = rejections;
        this.settle = settle;
        this.troubles = troubles;
        this.clock = clock;
    }

    /** What lies in the inboxes and is complete. */
    public List<Arrived> due() {
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
                    } else {
                        due.add(new Arrived(recipe, candidate));
                    }
                }
            }
            troubles.end("inbox");
        } catch (IOException | StorageUnavailableException e) {
            troubles.begin("inbox", "the inbox cannot be read: " + e.getMessage());
        }
        waiting = List.copyOf(incomplete);
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
                        + "; give that folder to its group with write access");
            }
            if (arrived.candidate() instanceof Unfit unfit) {
                Files.deleteIfExists(path.resolveSibling(path.getFileName() + FolderScan.MARKER));
                turnAway(path, arrived.recipe(), unfit.rule(), unfit.what(), unfit.remedy());
            } else if (arrived.candidate() instanceof Ready ready) {
                takeIn(arrived.recipe(), ready);
            }
            troubles.end("arrival");
        } catch (IOException e) {
            troubles.begin("arrival", path + " cannot be taken in: " + e.getMessage());
        }
    }

    private void takeIn(String recipeName, Ready ready) throws IOException {
        Path path = ready.path();
        Optional<Recipe> recipe = recipe(path, recipeName);
        if (recipe.isEmpty()) {
            return;
        }
        String key = ContentKey.of(recipeName, path);
        Scene scene = write(path.getFileName().toString(), recipe.get(), key, Priority.NORMAL, Door.FOLDER);
        Path place = storage.scene(scene.id());
        if (ready.marker().isPresent()) {
            // Before the scene goes: left behind, it would say that a later one of that name is complete.
            Files.deleteIfExists(ready.marker().get());
        }
        if (storage.holds(place)) {
            turnAway(
                    path,
                    recipeName,
                    COPY,
                    "the same content with the same recipe came before, as " + scene.id() + ", which is "
                            + scene.state(),
                    "Nothing needs to be done; ./swath status " + scene.id() + " tells of it.");
        } else {
            storage.folder(place);
            Files.move(path, place.resolve(scene.id() + ".tif"), StandardCopyOption.ATOMIC_MOVE);
            log.info("{} is accepted for {} as {}", path.getFileName(), recipeName, scene.id());
        }
    }

    private Optional<Recipe> recipe(Path path, String name) throws IOException {
        try {
            Optional<Recipe> recipe = recipes.find(name);
            if (recipe.isEmpty()) {
                turnAway(
                        path,
                        name,
                        "recipe-exists",
                        "there is no recipe " + name,
                        "Drop it into the inbox of a recipe: config/recipes has them all.");
            }
            return recipe;
        } catch (RecipeException e) {
            troubles.begin("recipe " + name, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Accepts a file from anywhere by copying it, for the command line.
     *
     * @return the scene: a new one, or the one that the same content with the same recipe made before
     */
    public Scene submit(Path file, Recipe recipe, Priority priority) throws IOException {
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            throw new IOException(missing);
        }
        String key = ContentKey.of(recipe.name(), file);
        Scene scene = write(file.getFileName().toString(), recipe, key, priority, Door.COMMAND);
        Path place = storage.scene(scene.id());
        if (!storage.holds(place)) {
            Path part = storage.folder(storage.root().resolve("scenes").resolve("." + scene.id() + ".part"));
            Path copy = part.resolve(scene.id() + ".tif");
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r-----"));
            if (!ContentKey.of(recipe.name(), copy).equals(key)) {
                throw new IOException(file + " changed while it was copied; submit it again when it is complete");
            }
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
        }
        return scene;
    }

    /** Writes a scene down as accepted; or finds the one that is the same. */
    private Scene write(String name, Recipe recipe, String key, Priority priority, Door door) {
        Optional<Scene> same = ledger.read(session -> session.scenes().find(recipe.name(), key));
        if (same.isPresent()) {
            return same.get();
        }
        String id = SceneName.id(name, key);
        Instant now = clock.instant();
        for (int number = 1; ; number++) {
            // The id of one that was rejected or cancelled stays its own.
            Scene scene = new Scene(
                    number == 1 ? id : id + "-" + number,
                    name,
                    recipe.name(),
                    recipe.hash(),
                    key,
                    door,
                    priority,
                    SceneState.ACCEPTED,
                    "",
                    false,
                    false,
                    0,
                    0,
                    0,
                    "",
                    now,
                    now);
            if (ledger.write(session -> session.scenes().add(scene))) {
                return scene;
            }
            same = ledger.read(session -> session.scenes().find(recipe.name(), key));
            if (same.isPresent()) {
                return same.get();
            }
        }
    }

    private void turnAway(Path path, String recipe, String rule, String what, String remedy) throws IOException {
        String name = path.getFileName().toString();
        if (!rule.equals(COPY)) {
            write(path, recipe, rule + ": " + what + ". " + remedy);
        }
        Path place = rejections.take(path, new Rejections.Reason(name, recipe, rule, what, remedy, clock.instant()));
        log.warn("{} is rejected: {}. {} It lies in {}", name, what, remedy, place);
    }

    /**
     * What is turned away is a scene too, for the ledger: one that ended at once. It is written down before it is moved;
     * stopped in between, it is found in the inbox again and is the same.
     */
    private void write(Path path, String recipe, String reason) throws IOException {
        Instant now = clock.instant();
        String name = path.getFileName().toString();
        String key = ContentKey.unread(recipe, path);
        Scene scene = new Scene(
                SceneName.id(name, key),
                name,
                recipe,
                "",
                key,
                Door.FOLDER,
                Priority.NORMAL,
                SceneState.REJECTED,
                reason,
                false,
                false,
                0,
                0,
                0,
                "",
                now,
                now);
        ledger.write(session -> session.scenes().add(scene));
    }
}
