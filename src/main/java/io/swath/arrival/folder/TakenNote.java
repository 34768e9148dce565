package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A note in a scene's folder: which inbox entry the scene was made from. It stays until the entry is removed.
 *
 * @param key the entry's key in the file system
 * @param digest of the entry's attributes when it was accepted
 * @param inbox the name of its inbox
 * @param name the entry's name in its inbox
 * @param companions the names of the companions that came with it, each with the digest of its attributes
 */
record TakenNote(String key, String digest, Path inbox, Path name, Map<Path, String> companions) {
    private static final int LONGEST = 100_000;

    /**
     * Writes the note into a folder that will become the scene's.
     *
     * @param companions the files beside the entry that are part of the scene
     */
    static void write(Path folder, Path entry, EntrySnapshot snapshot, Map<Path, EntrySnapshot> companions)
            throws IOException {
        // As URIs: a text loses the bytes of a name that is not valid UTF-8.
        StringBuilder note = new StringBuilder(snapshot.key()).append('\n');
        note.append(digest(snapshot)).append('\n').append(entry.toUri()).append('\n');
        companions.forEach((companion, found) ->
                note.append(digest(found)).append(' ').append(companion.toUri()).append('\n'));
        DurableFiles.write(folder.resolve(Storage.TAKEN_NOTE), note.toString());
    }

    /** The note of a scene; empty when there is none. */
    static Optional<TakenNote> read(Storage storage, String sceneId) throws IOException {
        try {
            Path file = storage.scene(sceneId).resolve(Storage.TAKEN_NOTE);
            List<String> lines = new String(RegularFiles.read(storage.root(), file, LONGEST), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            Path entry = Path.of(URI.create(lines.get(2)));
            Map<Path, String> companions = new LinkedHashMap<>();
            for (String line : lines.subList(3, lines.size())) {
                Path companion = Path.of(URI.create(line.substring(line.indexOf(' ') + 1)));
                companions.put(companion.getFileName(), line.substring(0, line.indexOf(' ')));
            }
            return Optional.of(new TakenNote(
                    lines.get(0), lines.get(1), entry.getParent().getFileName(), entry.getFileName(), companions));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    static void remove(Storage storage, String sceneId) throws IOException {
        Path folder = storage.scene(sceneId);
        Files.deleteIfExists(folder.resolve(Storage.TAKEN_NOTE));
        DurableFiles.sync(folder);
    }

    /** Whether an entry is the same file or folder, which may have been changed. */
    boolean isAbout(EntrySnapshot entry) {
        return key.equals(entry.key());
    }

    /** Whether an entry is the same and was not changed. */
    boolean isOfSame(EntrySnapshot entry) {
        return digest.equals(digest(entry));
    }

    /** Whether a companion is the one that is part of the scene. */
    boolean isOfSame(Path companion, EntrySnapshot found) {
        return digest(found).equals(companions.get(companion));
    }

    private static String digest(EntrySnapshot snapshot) {
        return Texts.digest(snapshot.toString());
    }
}
