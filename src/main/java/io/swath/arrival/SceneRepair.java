package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.DurableFiles;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Repairs a scene whose accepted files were changed or lost: when the same content is sent again, it gets the place of
 * those files, and the scene is processed as its next version. Thread-safe.
 */
public final class SceneRepair {
    private static final String REASON = "its content was sent again, because its files were changed or lost";

    private final Ledger ledger;
    private final Storage storage;

    public SceneRepair(Ledger ledger, Storage storage) {
        this.ledger = ledger;
        this.storage = storage;
    }

    /** Whether the scene failed because its files were changed or are gone. */
    public boolean isNeeded(Scene scene) {
        return scene.state() == SceneState.FAILED
                && (!storage.holds(storage.scene(scene.id()))
                        || ledger.read(session -> session.runs().inputChanged(scene.id())));
    }

    /** Puts staged files in the place of the scene's files. After an interruption, repeat it with files staged anew. */
    public void replace(Path staged, Scene scene) throws IOException {
        Path place = storage.scene(scene.id());
        ledger.guard(() -> {
            Removal.remove(place);
            return Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE);
        });
        DurableFiles.sync(place.getParent());
    }

    /** @throws IOException when jobs of the failed version have not ended; repeat it later */
    public void processAgain(Scene scene) throws IOException {
        if (!ledger.write(session -> session.scenes().planAgain(scene.id(), REASON))) {
            throw new IOException("jobs of the failed scene " + scene.id() + " have not ended; Swath tries it again");
        }
    }

    /**
     * Whether the files in a scene's folder have the content for which the key was made. Reads all of them, which takes
     * about 2 s per gigabyte.
     */
    public static boolean hasContent(Path folder, Scene scene) throws IOException {
        try {
            SceneInput input = accepted(folder, scene);
            return input.missing().isEmpty()
                    && input.hasKey(scene.recipe(), scene.arrival().contentKey());
        } catch (RejectedSceneException changed) {
            return false;
        }
    }

    /** The files in a scene's folder; only what was accepted is there. */
    static SceneInput accepted(Path folder, Scene scene) throws IOException {
        Path product = folder.resolve(ProductInput.FILES);
        if (Files.isDirectory(product)) {
            return ProductInput.at(product, NeededBands.NONE, Roots.of(folder))
                    .orElseThrow(() -> new RejectedSceneException("", "product-is-known", "it was changed", ""));
        }
        Path item = folder.resolve(Item.FILE);
        Path file = Files.exists(item) ? item : folder.resolve(scene.id() + ".tif");
        return SceneInput.at(file, Optional.empty(), Roots.of(folder), NeededBands.NONE);
    }
}
