package io.swath.arrival;

import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.util.Optional;

/** The files of one scene for another scene of the same content: several recipes need only one copy of the pixels. */
public final class SharedFiles {
    private SharedFiles() {}

    /**
     * The files of a scene, if they have the content for which the key was made. Reads all of them. They may be linked: only
     * Swath's own user may write to them. {@link Storage#SHARED} marks that scene, because it may have been planned before.
     *
     * @param scene perhaps of the same content
     * @param recipe of the other scene, which the key includes
     * @throws IOException when they could not be read
     */
    public static Optional<SceneInput> find(Storage storage, Optional<Scene> scene, String recipe, String key)
            throws IOException {
        if (scene.isEmpty() || !storage.holds(storage.scene(scene.get().id()))) {
            return Optional.empty();
        }
        try {
            SceneInput files = SceneRepair.accepted(storage.scene(scene.get().id()), scene.get());
            if (!files.missing().isEmpty() || !files.contentKey(recipe).equals(key)) {
                return Optional.empty();
            }
            DurableFiles.write(storage.scene(scene.get().id()).resolve(Storage.SHARED), "");
            return Optional.of(files);
        } catch (RejectedSceneException changed) {
            return Optional.empty(); // then the other scene gets a copy of its own
        }
    }
}
