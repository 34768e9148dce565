package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.GeoTiffInput;
import io.swath.arrival.NeededBands;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneRegistry;
import io.swath.arrival.StagingFolders;
import io.swath.arrival.StagingMode;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.ledger.Ledger;
import io.swath.model.Cause;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.RecipeNames;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private final Ledger ledger;
    private final SceneRegistry registry;
    private final Storage storage;
    private final RecipeBook recipes;
    private final EntryRejection rejection;
    private final StagingFolders stagingFolders;
    private final TakenEntry takenEntry;
    private final ScenePlacement placement;
    private final SceneEntries entries;
    private final Attempts attempts;

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
        this.attempts = new Attempts(ledger);
        this.rejection = new EntryRejection(ledger, registry, rejections, clock);
        this.stagingFolders = new StagingFolders(ledger, storage, ".taken");
        this.takenEntry = new TakenEntry(ledger, storage, entries);
        this.placement = new ScenePlacement(ledger, storage, stagingFolders, takenEntry, mode);
    }

    /**
     * Accepts or rejects an entry.
     *
     * @param recipe the name of its inbox, which may join several recipes: {@code ndvi+texture}
     * @throws IOException when it could not be moved, or changed meanwhile; the entry is still in the inbox
     */
    void take(String recipe, Candidate candidate) throws IOException {
        checkMovable(candidate.path());
        if (candidate instanceof Rejected rejected) {
            rejection.reject(recipe, rejected);
        } else if (candidate instanceof Ready ready) {
            accept(recipe, ready);
        }
        entries.release(candidate.path());
    }

    /** The rejection of an entry that the ledger has, and that could not be finished; see {@link EntryRejection}. */
    Optional<Rejected> rejectedBefore(String recipe, Path path) {
        return rejection.begun(recipe, path);
    }

    /**
     * Removes what interrupted calls left of entries that were withdrawn.
     *
     * @param entries all entries of the inboxes now
     */
    void tidy(Collection<Arrived> entries) throws IOException {
        attempts.keepOnly(entries);
        stagingFolders.keepOnly(() -> {
            Set<String> names = entries.stream()
                    .flatMap(entry -> RecipeNames.ofInbox(entry.recipe()).stream()
                            .map(recipe ->
                                    recipe + "/" + entry.candidate().path().getFileName()))
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

    private void accept(String inbox, Ready ready) throws IOException {
        Path path = ready.path();
        List<Recipe> wanted = new ArrayList<>();
        for (String name : RecipeNames.ofInbox(inbox)) {
            Optional<Recipe> recipe = recipes.find(name);
            if (recipe.isEmpty()) {
                rejection.reject(
                        inbox,
                        new Rejected(
                                path,
                                "recipe-exists",
                                "there is no recipe " + name,
                                "Put the scene into the inbox of a recipe; the recipes are in config/recipes."));
                return;
            }
            wanted.add(recipe.get());
        }
        EntrySnapshot snapshot = EntrySnapshot.of(path);
        SceneInput input;
        Map<Recipe, String> keys = new LinkedHashMap<>();
        Map<Path, EntrySnapshot> companions;
        try {
            input = snapshot.directory() || entries.isArchive(path)
                    ? entries.input(path, NeededBands.of(wanted))
                    : GeoTiffInput.at(path.toAbsolutePath(), Optional.empty(), roots(path));
            companions = InboxCompanions.snapshots(input);
            for (Recipe recipe : wanted) {
                keys.put(recipe, input.contentKey(recipe.name()));
            }
        } catch (RejectedSceneException rejected) {
            rejection.reject(inbox, SceneEntries.rejected(path, rejected));
            return;
        }
        removeMarker(ready); // before the ledger is written: an entry whose marker cannot be removed is not accepted
        ScenePlacement.Entry entry = new ScenePlacement.Entry(path, snapshot, input, companions);
        List<Scene> placed = new ArrayList<>();
        List<Scene> duplicates = new ArrayList<>();
        for (Map.Entry<Recipe, String> key : keys.entrySet()) {
            Optional<Scene> ended = attempts.ended(path, snapshot, key.getKey());
            if (ended.isPresent()) {
                duplicates.add(ended.get());
                continue;
            }
            Scene scene = registry.accept(
                    path.getFileName().toString(), key.getKey(), key.getValue(), Priority.NORMAL, Origin.FOLDER);
            attempts.add(path, snapshot, scene);
            (placement.place(entry, scene, placed.stream().findFirst()) ? placed : duplicates).add(scene);
        }
        if (placed.isEmpty()) {
            rejection.reject(inbox, duplicate(path, duplicates.get(0)));
            return;
        }
        duplicates.forEach(known -> log.info(
                "{} came before for {}, as {}, and is not processed again; its other recipes get it",
                path.getFileName(),
                known.recipe(),
                known.id()));
        // The entry stays until each scene has its files: after an interruption Swath finds it again, and goes on.
        takenEntry.remove(path, snapshot, placed.get(0).id());
        for (Scene other : placed.subList(1, placed.size())) {
            TakenNote.remove(storage, other.id());
        }
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
                EntryRejection.DUPLICATE,
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

    /**
     * Removes the marker before the scene is moved: a marker left behind would declare a later scene of that name
     * complete.
     */
    private static void removeMarker(Ready ready) throws IOException {
        if (ready.marker().isPresent()) {
            Files.deleteIfExists(ready.marker().get());
        }
    }
}
