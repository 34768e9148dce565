package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.SceneInput;
import io.swath.ledger.Ledger;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Removes an entry from an inbox after its files were put into a scene's folder. A note in that folder says which entry
 * it is, until the entry is gone: after an interruption, the same entry is no second copy of the scene. Not thread-safe.
 */
final class TakenEntry {
    private static final int LONGEST_NOTE = 1000;
    /** What the entry held beside the scene's files. Nothing opens it: it is kept for people. */
    private static final String BESIDE = ".beside";

    private final Ledger ledger;
    private final Storage storage;

    TakenEntry(Ledger ledger, Storage storage) {
        this.ledger = ledger;
        this.storage = storage;
    }

    /** Writes the note into a folder that will become the scene's. */
    static void note(Path folder, EntrySnapshot entry) throws IOException {
        DurableFiles.write(folder.resolve(Storage.TAKEN_NOTE), entry.key());
    }

    /** Whether the scene in the folder was made from this entry. */
    boolean matches(Path place, EntrySnapshot entry) throws IOException {
        try {
            byte[] note = RegularFiles.read(storage.root(), place.resolve(Storage.TAKEN_NOTE), LONGEST_NOTE);
            return new String(note, StandardCharsets.UTF_8).equals(entry.key());
        } catch (NoSuchFileException none) {
            return false;
        }
    }

    /**
     * Removes the entry; safe to repeat.
     *
     * @throws IOException when it could not be removed, or is another entry by now, which then stays
     */
    void remove(Path entry, EntrySnapshot snapshot, SceneInput input, Path place) throws IOException {
        Path aside = place.resolve(BESIDE);
        if (Files.isSymbolicLink(entry)) {
            ledger.guard(() -> Files.deleteIfExists(entry));
        } else {
            moveAside(entry, snapshot, aside);
        }
        if (snapshot.directory() && Files.isWritable(aside)) {
            for (Path file : input.files()) {
                DurableFiles.removeBelow(
                        aside, entry.toAbsolutePath().normalize().relativize(file));
            }
            if (!storage.holds(aside)) {
                DurableFiles.remove(aside);
            }
        }
        Files.deleteIfExists(place.resolve(Storage.TAKEN_NOTE));
        DurableFiles.sync(place);
    }

    /** By a rename first: a new entry that came under the same name meanwhile must not be removed. */
    private void moveAside(Path entry, EntrySnapshot snapshot, Path aside) throws IOException {
        DurableFiles.remove(aside);
        try {
            ledger.guard(() -> Files.move(entry, aside, StandardCopyOption.ATOMIC_MOVE));
        } catch (AtomicMoveNotSupportedException otherFileSystem) {
            if (snapshot.directory()) {
                storage.copyReadOnly(entry, aside);
            }
            ledger.guard(() -> {
                DurableFiles.remove(entry);
                return entry;
            });
            return;
        }
        if (!EntrySnapshot.of(aside).equals(snapshot)) {
            Files.move(aside, entry); // fails if there is a new file of that name: it must not be overwritten
            throw new IOException("it was changed or replaced while it was accepted; Swath looks at it again");
        }
        if (!snapshot.directory()) {
            Files.delete(aside);
        }
    }
}
