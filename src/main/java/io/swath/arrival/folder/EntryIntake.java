package io.swath.arrival.folder;

import io.swath.arrival.ContentKey;
import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.GeoTiffInput;
import io.swath.arrival.NeededBands;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneRegistry;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.SenderRights;
import io.swath.arrival.StagingFolders;
import io.swath.arrival.StagingMode;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.ledger.Ledger;
import io.swath.model.Cause;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.DurableFiles;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves inbox entries to where they belong: a scene to its folder, anything else to the rejected folder.
 *
 * <p>Of a scene, only the files that it names are taken, into a folder that belongs to Swath alone: the ledger is written
 * first, then the files are put together, one rename makes them the scene's, and the entry is removed. If Swath is
 * interrupted in between, it finds the entry in the inbox again, or in {@link #interrupted}, and goes on. Not thread-safe.
 */
final class EntryIntake {
    private static final Logger log = LoggerFactory.getLogger(EntryIntake.class);

    /** The rule that an entry breaks when its scene is already known. This rejection adds no scene to the ledger. */
    private static final String DUPLICATE = "scene-is-new";

    private static final String CHANGED = "it was changed or replaced while it was accepted; Swath looks at it again";

    private final Ledger ledger;
    private final SceneRegistry registry;
    private final Storage storage;
    private final RecipeBook recipes;
    private final RejectedFolder rejections;
    private final StagingFolders stagingFolders;
    private final TakenEntry takenEntry;
    private final SceneRepair repair;
    private final SceneEntries entries;
    private final StagingMode mode;
    private final Clock clock;

    EntryIntake(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            SceneEntries entries,
            RejectedFolder rejections,
            StagingMode mode,
            Clock clock) {
        this.ledger = ledger;
        this.registry = new SceneRegistry(ledger, clock);
        this.storage = storage;
        this.recipes = recipes;
        this.entries = entries;
        this.rejections = rejections;
        this.stagingFolders = new StagingFolders(ledger, storage, ".taken");
        this.takenEntry = new TakenEntry(ledger, storage, entries);
        this.repair = new SceneRepair(ledger, storage);
        this.mode = mode;
        this.clock = clock;
    }

    /**
     * Accepts or rejects an entry.
     *
     * @throws IOException when it could not be moved, or changed meanwhile; the entry is still in the inbox
     */
    void take(String recipe, Candidate candidate) throws IOException {
        checkMovable(candidate.path());
        if (candidate instanceof Rejected rejected) {
            removeMarkerOf(rejected.path());
            reject(recipe, rejected);
        } else if (candidate instanceof Ready ready) {
            accept(recipe, ready);
        }
        entries.release(candidate.path());
    }

    /**
     * Removes what interrupted calls left of entries that were withdrawn.
     *
     * @param entries all entries of the inboxes now
     */
    void tidy(Collection<Arrived> entries) throws IOException {
        stagingFolders.keepOnly(() -> {
            Set<String> names = entries.stream()
                    .map(entry ->
                            entry.recipe() + "/" + entry.candidate().path().getFileName())
                    .collect(Collectors.toSet());
            return ledger.read(session -> session.scenes().inStates(Set.of(SceneState.ACCEPTED))).stream()
                    .filter(scene -> names.contains(
                            scene.recipe() + "/" + scene.arrival().name()))
                    .map(Scene::id)
                    .collect(Collectors.toSet());
        });
    }

    /** Checks that the entry can be moved, before the ledger is written: otherwise it cannot be accepted. */
    private static void checkMovable(Path path) throws IOException {
        if (!Files.isWritable(path.getParent())) {
            throw new IOException("the user that runs Swath may not move it out of " + path.getParent()
                    + "; give that folder to its group with write access, unless the storage is mounted read-only");
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && !Files.isWritable(path)) {
            throw new IOException("it is a folder that the user that runs Swath may not write to, and so not move;"
                    + " give it to its group with write access");
        }
    }

    private void accept(String recipeName, Ready ready) throws IOException {
        Path path = ready.path();
        Optional<Recipe> recipe = recipes.find(recipeName);
        if (recipe.isEmpty()) {
            reject(
                    recipeName,
                    new Rejected(
                            path,
                            "recipe-exists",
                            "there is no recipe " + recipeName,
                            "Put the scene into the inbox of a recipe; the recipes are in config/recipes."));
            return;
        }
        EntrySnapshot snapshot = EntrySnapshot.of(path);
        SceneInput input;
        String key;
        try {
            input = snapshot.directory() || entries.isArchive(path)
                    ? entries.input(path, NeededBands.of(recipe.get()))
                    : GeoTiffInput.at(path.toAbsolutePath(), Optional.empty(), roots(path));
            key = input.contentKey(recipeName);
        } catch (RejectedSceneException rejected) {
            removeMarkerOf(path);
            reject(recipeName, SceneEntries.rejected(path, rejected));
            return;
        }
        removeMarker(ready); // before the ledger is written: an entry whose marker cannot be removed is not accepted
        Scene scene = registry.accept(path.getFileName().toString(), recipe.get(), key, Priority.NORMAL, Origin.FOLDER);
        Path place = storage.scene(scene.id());
        if (repair.isNeeded(scene)) {
            if (!takenEntry.matches(scene.id(), snapshot)) {
                repair.replace(stage(path, snapshot, input, scene, key), scene);
                log.info("{} takes the place of the changed or lost files of {}", path.getFileName(), scene.id());
            }
            repair.processAgain(scene);
        } else if (!storage.holds(place)) {
            moveIntoPlace(stage(path, snapshot, input, scene, key), place);
            log.info("{} is accepted for {} as {}", path.getFileName(), recipeName, scene.id());
        } else if (!takenEntry.matches(scene.id(), snapshot)) {
            reject(recipeName, duplicate(path, scene));
            return;
        }
        takenEntry.remove(path, snapshot, scene.id());
        InboxCompanions.remove(path, input, place);
    }

    /** The folder of an inbox may be a link that leads out of the storage. */
    private Roots roots(Path entry) {
        return Roots.of(storage.root(), entry.toAbsolutePath().getParent());
    }

    /** Entries whose removal from an inbox was interrupted; see {@link TakenEntry}. */
    List<Path> interrupted(Path inbox) throws IOException {
        return takenEntry.interrupted(inbox);
    }

    /** Finishes the removal of such an entry; safe to repeat. */
    void resume(Path hidden) throws IOException {
        takenEntry.resume(hidden);
    }

    /** Forgets entries that are gone from their inboxes; for scenes that have not ended. */
    void forgetRemoved() throws IOException {
        for (Scene scene : ledger.read(session -> session.scenes().inStates(SceneState.NOT_ENDED))) {
            takenEntry.forgetRemoved(scene);
        }
    }

    private static Rejected duplicate(Path path, Scene scene) {
        return new Rejected(
                path,
                DUPLICATE,
                "the same content with the same recipe came before, as scene " + scene.id() + ", which is "
                        + scene.state(),
                scene.reason().contains(Cause.BAD_INPUT.name())
                        ? "That scene failed because its pixels are damaged, and this copy has the same damage: get the"
                                + " file from its source again, and send that."
                        : scene.state() == SceneState.FAILED
                                ? "Retry that scene with ./swath retry " + scene.id()
                                        + ", or with ./swath nightly when its recipe is corrected."
                                : "Nothing needs to be done; ./swath status " + scene.id() + " shows that scene.");
    }

    private Path stage(Path path, EntrySnapshot snapshot, SceneInput input, Scene scene, String key)
            throws IOException {
        Path staged = stagingFolders.create(scene.id());
        SenderRights rights = SenderRights.of(input.files());
        try {
            SceneInput copy = input.stageInto(staged, scene.id(), mode);
            if (!StagingFolders.hasContent(copy, scene.recipe(), key)
                    || !EntrySnapshot.of(path).equals(snapshot)) {
                throw new IOException(CHANGED);
            }
            TakenNote.write(staged, path, snapshot);
            DurableFiles.sync(staged);
            return staged;
        } catch (RejectedSceneException changed) {
            withdraw(staged, rights);
            throw new IOException(CHANGED, changed);
        } catch (IOException | RuntimeException failed) {
            withdraw(staged, rights);
            throw failed;
        }
    }

    private static void withdraw(Path staged, SenderRights rights) {
        try {
            rights.giveBack(staged);
            Removal.remove(staged);
        } catch (IOException later) {
            log.info("what was staged is removed at the next attempt folder={}", staged, later);
        }
    }

    private void moveIntoPlace(Path staged, Path place) throws IOException {
        ledger.guard(() -> Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE));
        DurableFiles.sync(place.getParent());
    }

    /**
     * Removes the marker before the scene is moved: a marker left behind would declare a later scene of that name
     * complete.
     */
    private static void removeMarker(Ready ready) throws IOException {
        if (ready.marker().isPresent()) {
            Files.deleteIfExists(ready.marker().get());
        }
    }

    /** Removes the marker of an entry that is rejected. A marker that stays waits, and is rejected in its turn. */
    private static void removeMarkerOf(Path entry) {
        for (Path marker : FolderScan.markersOf(entry)) {
            try {
                if (Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(marker);
                    return;
                }
            } catch (IOException failed) {
                log.info("the marker of a rejected entry cannot be removed marker={}", marker, failed);
            }
        }
    }

    private void reject(String recipe, Rejected rejected) throws IOException {
        Path path = rejected.path();
        String name = path.getFileName().toString();
        // The ledger is written first: an entry that has left the inbox must have a record.
        if (!rejected.rule().equals(DUPLICATE)) {
            registry.reject(
                    name,
                    recipe,
                    ContentKey.unread(recipe, path),
                    rejected.rule() + ": " + rejected.what() + ". " + rejected.remedy());
        }
        RejectedFolder.Reason reason = new RejectedFolder.Reason(
                name, recipe, rejected.rule(), rejected.what(), rejected.remedy(), clock.instant());
        Path place = rejections.take(path, reason, step -> ledger.guard(step::run));
        InboxCompanions.move(path, place);
        log.warn("{} is rejected: {}. {} It is now in {}", name, rejected.what(), rejected.remedy(), place);
    }
}
