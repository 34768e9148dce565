package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Scene;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of a scene's products. A new version takes it from the former one in one step: the two folders change
 * names, so that there is a whole product at every moment. What lies in a folder is told by its STAC Item, so whatever
 * was interrupted is seen and finished. To be called from one thread.
 */
final class ProductFolders {
    private static final Logger log = LoggerFactory.getLogger(ProductFolders.class);

    /** Lets two folders change names in one step; false where the file system cannot. */
    @FunctionalInterface
    interface Swap {
        boolean exchange(Path one, Path other) throws IOException;
    }

    private final Storage storage;
    private final ObjectMapper json;
    private final Swap swap;
    private boolean told;

    ProductFolders(Storage storage, ObjectMapper json, Swap swap) {
        this.storage = storage;
        this.json = json;
        this.swap = swap;
    }

    /** Whether the scene's version lies in its place. */
    boolean holds(Scene scene) throws IOException {
        return version(place(scene)) == scene.version();
    }

    /** Whether the scene's version lies beside its place, and is only to be exchanged for the former one. */
    boolean waits(Scene scene) throws IOException {
        int there = version(place(scene));
        return there > 0 && version(storage.replaced(scene.id(), scene.recipe(), there)) == scene.version();
    }

    /**
     * Puts a version in its place. Safe to repeat from any point where it was interrupted.
     *
     * @param fresh the folder with it, on the same file system; gone when {@link #waits} is true
     */
    void put(Scene scene, Path fresh) throws IOException {
        Path place = place(scene);
        int there = version(place);
        if (there == 0) {
            move(fresh, place); // the first one; or the second of the two renames below
            return;
        }
        Path aside = storage.replaced(scene.id(), scene.recipe(), there);
        if (!exists(aside)) {
            move(fresh, aside);
        } else if (version(aside) != scene.version()) {
            throw new IOException(aside + " is in the way of version " + there
                    + ", which is to be kept there; nothing was changed. Move it away");
        }
        if (swap.exchange(aside, place)) {
            return;
        }
        if (!told) {
            told = true;
            log.info(
                    "The file system of {} cannot exchange two folders: a product is replaced by two renames, and is away"
                            + " for the moment between them.",
                    storage.root());
        }
        move(aside, fresh);
        move(place, aside);
        move(fresh, place);
    }

    /** Lets the Item of a version that was replaced say so. */
    void retire(Scene scene, int version) throws IOException {
        Path folder = storage.replaced(scene.id(), scene.recipe(), version);
        if (exists(folder)) {
            ObjectNode item = item(folder);
            if (ItemVersion.replace(item, "../" + scene.recipe() + "/" + Delivery.ITEM)) {
                write(folder, item);
            }
        }
    }

    /** Lets the Item in a folder forget the version before it, which is about to be removed. */
    void forgetPredecessor(Path folder) throws IOException {
        if (exists(folder)) {
            ObjectNode item = item(folder);
            if (ItemVersion.forgetPredecessor(item)) {
                write(folder, item);
            }
        }
    }

    /** The version that lies in a folder; 0: there is no such folder. */
    int version(Path folder) throws IOException {
        return exists(folder) ? ItemVersion.of(item(folder)) : 0;
    }

    private Path place(Scene scene) {
        return storage.delivered(scene.id(), scene.recipe());
    }

    private ObjectNode item(Path folder) throws IOException {
        Path file = folder.resolve(Delivery.ITEM);
        JsonNode item = Files.isRegularFile(file) ? json.readTree(file.toFile()) : json.missingNode();
        if (!item.path("properties").isObject()) {
            throw new IOException("nobody can tell what lies in " + folder + ", because its " + Delivery.ITEM
                    + " is not there or not whole; nothing was changed. Move that folder away");
        }
        return (ObjectNode) item;
    }

    private void write(Path folder, ObjectNode item) throws IOException {
        Storage.write(
                folder.resolve(Delivery.ITEM),
                json.writerWithDefaultPrettyPrinter().writeValueAsString(item));
    }

    private static boolean exists(Path folder) {
        return Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        Storage.sync(to.getParent());
    }
}
