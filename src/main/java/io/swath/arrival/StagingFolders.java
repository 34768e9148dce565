package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.storage.DurableFiles;
import io.swath.storage.FileIdentity;
import io.swath.storage.Storage;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Folders beside the scenes' own, in which scenes are put together. Each leader has one of its own for a scene: a paused
 * former leader may still write into its folder. Thread-safe.
 */
public final class StagingFolders {
    private final Ledger ledger;
    private final Storage storage;
    private final Path root;

    /** @param name of a folder in {@code scenes/} that holds nothing else, because it is listed for each scene */
    public StagingFolders(Ledger ledger, Storage storage, String name) {
        this.ledger = ledger;
        this.storage = storage;
        this.root = storage.scene(name);
    }

    /** Makes an empty folder; the leftovers of earlier attempts are removed. */
    public Path create(String key) throws IOException {
        removeAll(key);
        return storage.folder(root.resolve(Storage.stagingPrefix(key) + ledger.fencingToken() + ".part"));
    }

    /** The folder of an earlier attempt. */
    public Optional<Path> find(String key) throws IOException {
        if (Files.notExists(root) && Files.isDirectory(root.getParent())) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, Storage.stagingPrefix(key) + "*.part")) {
            for (Path folder : folders) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }

    /** Removes the folders of all earlier attempts. */
    public void removeAll(String key) throws IOException {
        for (Optional<Path> staged = find(key); staged.isPresent(); staged = find(key)) {
            DurableFiles.remove(staged.get());
        }
    }

    /**
     * Whether staged files have the content for which the key was made. A link is the same file, so only copies are read
     * again.
     */
    public static boolean hasContent(SceneInput staged, String recipe, String key) throws IOException {
        for (Path file : staged.files()) {
            boolean oneName = !FileIdentity.of(file).changed().isEmpty();
            if (!file.getFileName().toString().equals(Item.FILE) && oneName) {
                return staged.contentKey(recipe).equals(key);
            }
        }
        return true;
    }
}
