package io.swath.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders of a scene's products. A new version replaces the former one in one step: the two folders swap names, so
 * that a complete product is in place at every moment. The STAC Item in a folder says which version the folder holds, so
 * an interrupted replacement is recognised and finished. To be called from one thread.
 */
final class ProductFolders {
    private static final Logger log = LoggerFactory.getLogger(ProductFolders.class);

    /** The most bytes of an Item that Swath reads, and so the most that it delivers. */
    static final int MOST_BYTES = 8 << 20;

    /** Swaps the names of two folders in one step; false when the file system cannot do that. */
    @FunctionalInterface
    interface Swap {
        boolean swap(Path first, Path second) throws IOException;
    }

    private final Storage storage;
    private final ObjectMapper json;
    private final Swap swap;
    private boolean reported;

    ProductFolders(Storage storage, ObjectMapper json, Swap swap) {
        this.storage = storage;
        this.json = json;
        this.swap = swap;
    }

    /** Whether the scene's present version is in its place. */
    boolean inPlace(Scene scene) throws IOException {
        return version(place(scene)) == scene.version();
    }

    /** Whether the scene's present version is complete beside its place, and only the swap is left to do. */
    boolean waitsForSwap(Scene scene) throws IOException {
        int there = version(place(scene));
        return there > 0 && version(storage.replaced(scene.id(), scene.recipe(), there)) == scene.version();
    }

    /**
     * Puts a version in its place. Safe to repeat from any point where it was interrupted.
     *
     * @param fresh the folder with the version, on the same file system; missing when {@link #waitsForSwap} is true
     */
    void put(Scene scene, Path fresh) throws IOException {
        Path place = place(scene);
        int there = version(place);
        if (there == 0) {
            move(fresh, place); // the first version, or only the last rename below is left to do
            return;
        }
        Path aside = storage.replaced(scene.id(), scene.recipe(), there);
        if (!exists(aside)) {
            move(fresh, aside);
        } else if (version(aside) != scene.version()) {
            throw new IOException("version " + there + " is to be kept in " + aside
                    + ", but that folder holds another version; nothing was changed. Move that folder away");
        }
        if (swap.swap(aside, place)) {
            return;
        }
        if (!reported) {
            reported = true;
            log.info(
                    "the file system cannot swap two folders in one step; a product is missing for a moment while it is"
                            + " replaced storage={}",
                    storage.root());
        }
        move(aside, fresh);
        move(place, aside);
        move(fresh, place);
    }

    /** Marks the Item of a version that was replaced. */
    void markReplaced(Scene scene, int version) throws IOException {
        Path folder = storage.replaced(scene.id(), scene.recipe(), version);
        if (exists(folder)) {
            ObjectNode item = item(folder);
            if (ItemVersion.markReplaced(item, "../" + scene.recipe() + "/" + ProductFiles.ITEM)) {
                write(folder, item);
            }
        }
    }

    /** Removes an Item's link to the version before, which is about to be removed. */
    void removePredecessor(Path folder) throws IOException {
        if (exists(folder)) {
            ObjectNode item = item(folder);
            if (ItemVersion.removePredecessor(item)) {
                write(folder, item);
            }
        }
    }

    /** The version that a folder holds; 0 when there is no such folder. */
    int version(Path folder) throws IOException {
        return exists(folder) ? ItemVersion.of(item(folder)) : 0;
    }

    private Path place(Scene scene) {
        return storage.delivered(scene.id(), scene.recipe());
    }

    private ObjectNode item(Path folder) throws IOException {
        Path file = folder.resolve(ProductFiles.ITEM);
        JsonNode item = read(file);
        if (!item.path("properties").isObject()) {
            throw new IOException("the version in " + folder + " is unknown, because its " + ProductFiles.ITEM
                    + " is missing or damaged; nothing was changed. Move that folder away");
        }
        return (ObjectNode) item;
    }

    /** A missing node when the file is missing or damaged. */
    private JsonNode read(Path file) throws IOException {
        try {
            return json.readTree(RegularFiles.read(storage.root(), file, MOST_BYTES));
        } catch (NoSuchFileException | NotRegularException | JsonProcessingException e) {
            log.debug("an Item cannot be used file={}", file, e);
            return json.missingNode();
        }
    }

    private void write(Path folder, ObjectNode item) throws IOException {
        DurableFiles.write(
                folder.resolve(ProductFiles.ITEM),
                json.writerWithDefaultPrettyPrinter().writeValueAsString(item));
    }

    private static boolean exists(Path folder) {
        return Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(to.getParent());
    }
}
