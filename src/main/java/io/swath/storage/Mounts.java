package io.swath.storage;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Folders of the layout that lie on another file system than {@code scenes/}: a rename between them is a copy. Immutable. */
public record Mounts(Storage storage) {
    /** A sentence for each of these folders. */
    public List<String> notes() throws IOException {
        FileStore scenes = Files.getFileStore(storage.scene("."));
        List<String> notes = new ArrayList<>();
        try (DirectoryStream<Path> inboxes = Files.newDirectoryStream(storage.inbox(), Files::isDirectory)) {
            for (Path inbox : inboxes) {
                add(inbox, scenes, "scenes that are dropped there are copied, not moved", notes);
            }
        }
        add(storage.rejected(), scenes, "what is rejected is copied, not moved", notes);
        return notes;
    }

    private static void add(Path folder, FileStore scenes, String cost, List<String> notes) throws IOException {
        FileStore own = Files.getFileStore(folder);
        if (!own.equals(scenes)) {
            notes.add(folder + " lies on another file system than scenes/ (mounted at " + own + "): " + cost);
        }
    }
}
