package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.storage.FileIdentity;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folders beside the scenes' own, in which scenes are put together. Each leader has one of its own for a scene: a paused
 * former leader may still write into its folder. Thread-safe.
 */
public final class StagingFolders {
    private static final Logger log = LoggerFactory.getLogger(StagingFolders.class);

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
        return list(Storage.stagingPrefix(key)).stream().findFirst();
    }

    /** Removes the folders of all earlier attempts. */
    public void removeAll(String key) throws IOException {
        for (Path staged : list(Storage.stagingPrefix(key))) {
            Removal.remove(staged);
        }
    }

    /**
     * Removes the folders that interrupted attempts left, but for these keys.
     *
     * @param keys is called only when there are folders, and after they were listed
     */
    public void keepOnly(Supplier<Set<String>> keys) throws IOException {
        List<Path> folders = list("");
        if (folders.isEmpty()) {
            return;
        }
        Set<String> kept = keys.get().stream().map(Storage::stagingPrefix).collect(Collectors.toSet());
        for (Path folder : folders) {
            String name = folder.getFileName().toString();
            if (!kept.contains(name.substring(0, name.indexOf('-') + 1))) {
                ledger.guard(() -> {
                    Removal.remove(folder);
                    return folder;
                });
                log.info("what an interrupted copy left is removed, because nothing needs it folder={}", folder);
            }
        }
    }

    private List<Path> list(String prefix) throws IOException {
        List<Path> folders = new ArrayList<>();
        if (Files.notExists(root) && Files.isDirectory(root.getParent())) {
            return folders;
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(root, prefix + "*.part")) {
            found.forEach(folders::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return folders;
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
