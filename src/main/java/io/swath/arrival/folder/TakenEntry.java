package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.NeededBands;
import io.swath.arrival.ProductInput;
import io.swath.arrival.RejectedSceneException;
import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import io.swath.storage.Relocation;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes an entry from an inbox, with its companions, after its files were put into a scene's folder. A
 * {@link TakenNote} in that folder says which entry it is, until the entry is gone: after an interruption, the same entry
 * is no second copy of the scene.
 *
 * <p>The entry first gets a hidden name in its inbox, {@code .ID.taking}, so that a new entry of the same name stays as it
 * is. It is compared with what was accepted, becomes {@code .ID.taken}, and is removed. A rename in the same folder works
 * on every file system. What an interruption leaves under these names is found by {@link #interrupted}. Not thread-safe.
 */
final class TakenEntry {
    private static final Logger log = LoggerFactory.getLogger(TakenEntry.class);
    private static final String TAKING = ".taking";
    private static final String TAKEN = ".taken";
    /** What the entry held beside the scene's files. Nothing opens it: it is kept for people. */
    static final String BESIDE = ".beside";

    private final Ledger ledger;
    private final Storage storage;
    private final SceneEntries entries;

    TakenEntry(Ledger ledger, Storage storage, SceneEntries entries) {
        this.ledger = ledger;
        this.storage = storage;
        this.entries = entries;
    }

    /** Whether the scene was made from this entry, which has not been removed yet. */
    boolean matches(String sceneId, EntrySnapshot snapshot) throws IOException {
        return TakenNote.read(storage, sceneId)
                .filter(note -> note.isAbout(snapshot))
                .isPresent();
    }

    /**
     * Removes the entry.
     *
     * @throws IOException when it could not be removed, or is another entry by now, which then stays
     */
    void remove(Path entry, EntrySnapshot snapshot, String sceneId) throws IOException {
        Path taking = entry.resolveSibling(hidden(sceneId, TAKING));
        ledger.guard(() -> Files.move(entry, taking, StandardCopyOption.ATOMIC_MOVE));
        if (!EntrySnapshot.of(taking).equals(snapshot)) {
            Files.move(taking, entry); // fails if there is a new file of that name: it must not be overwritten
            throw new IOException("it was changed or replaced while it was accepted; Swath looks at it again");
        }
        removeCompared(taking, sceneId);
    }

    /** What interruptions left in an inbox, to be given to {@link #resume}. */
    List<Path> interrupted(Path inbox) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> hidden = Files.newDirectoryStream(inbox, ".*{" + TAKING + "," + TAKEN + "}")) {
            hidden.forEach(found::add);
        }
        return found;
    }

    /**
     * Finishes the removal of an entry that has its hidden name. Something else under such a name stays.
     *
     * @throws IOException when it cannot be finished; it can be tried again
     */
    void resume(Path hidden) throws IOException {
        String name = hidden.getFileName().toString();
        String sceneId = name.substring(1, name.lastIndexOf('.'));
        EntrySnapshot found = EntrySnapshot.of(hidden);
        Optional<TakenNote> note = TakenNote.read(storage, sceneId).filter(own -> own.isAbout(found));
        if (note.isEmpty()) {
            log.debug("not Swath's own file={}", hidden);
        } else if (name.endsWith(TAKEN)) {
            finish(hidden, sceneId);
        } else if (note.get().isOfSame(found)) {
            removeCompared(hidden, sceneId);
        } else {
            Files.move(hidden, hidden.resolveSibling(note.get().name()));
        }
    }

    /** Removes the note of a scene whose entry is gone, in case an interruption came between the two. */
    void forgetRemoved(Scene scene) throws IOException {
        Optional<TakenNote> note = TakenNote.read(storage, scene.id());
        if (note.isEmpty()) {
            return;
        }
        Path inbox = storage.inbox().resolve(note.get().inbox());
        boolean gone = Files.isDirectory(inbox)
                && Stream.of(note.get().name().toString(), hidden(scene.id(), TAKING), hidden(scene.id(), TAKEN))
                        .noneMatch(name -> Files.exists(inbox.resolve(name), LinkOption.NOFOLLOW_LINKS));
        if (gone) {
            TakenNote.remove(storage, scene.id());
        }
    }

    private static String hidden(String sceneId, String ending) {
        return "." + sceneId + ending;
    }

    private void removeCompared(Path taking, String sceneId) throws IOException {
        Path taken = taking.resolveSibling(hidden(sceneId, TAKEN));
        ledger.guard(() -> Files.move(taking, taken, StandardCopyOption.ATOMIC_MOVE));
        finish(taken, sceneId);
    }

    private void finish(Path taken, String sceneId) throws IOException {
        Path beside = storage.scene(sceneId).resolve(BESIDE);
        Optional<TakenNote> note = TakenNote.read(storage, sceneId);
        if (Files.isDirectory(taken, LinkOption.NOFOLLOW_LINKS)) {
            removeSceneFiles(taken, storage.scene(sceneId));
            if (storage.holds(taken) && !Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
                Relocation.move(taken, beside, step -> ledger.guard(step::run));
            }
        } else if (note.isPresent()) {
            // Before the entry is gone: after an interruption, a later scene of its name must not take its companions.
            InboxCompanions.remove(taken.resolveSibling(note.get().name()), note.get(), storage.scene(sceneId));
        }
        Removal.remove(taken);
        TakenNote.remove(storage, sceneId);
    }

    /** Removes the files of which the scene has its own. */
    private void removeSceneFiles(Path folder, Path scene) throws IOException {
        for (Path file : sceneFiles(folder, scene)) {
            try {
                Removal.removeBelow(folder, file);
            } catch (FileSystemException left) {
                log.info(
                        "Swath may not remove a file that it copied, so it stays beside the scene's. file={}",
                        file,
                        left);
            }
        }
    }

    /** Relative to the folder. The Item is the last of them: after an interruption, it names the rest. */
    private List<Path> sceneFiles(Path folder, Path scene) throws IOException {
        Path product = scene.resolve(ProductInput.FILES);
        if (Files.isDirectory(product)) {
            try (Stream<Path> files = Files.walk(product)) {
                return files.filter(Files::isRegularFile)
                        .map(product::relativize)
                        .toList();
            }
        }
        try {
            Path absolute = folder.toAbsolutePath().normalize();
            List<Path> files =
                    new ArrayList<>(entries.input(folder, NeededBands.NONE).files());
            files.replaceAll(absolute::relativize);
            Collections.reverse(files);
            return files;
        } catch (RejectedSceneException itemIsGone) {
            log.debug("the files of the scene were removed before folder={}", folder, itemIsGone);
            return List.of();
        }
    }
}
