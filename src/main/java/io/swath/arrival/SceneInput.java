package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The files of a scene before it is accepted: one GeoTIFF, the files that a STAC Item names, or a
 * product of a known kind, perhaps in an archive. Some files may still be
 * missing; make a new input to look again.
 *
 * <p>No method reads a file outside the roots that the input was made with. Immutable.
 */
public sealed interface SceneInput permits GeoTiffInput, ItemInput, ProductInput, ArchiveInput {
    /**
     * A scene on the storage: a GeoTIFF, or a STAC Item in a {@code .json} file.
     *
     * @param path the file; it may still be missing
     * @param sha256 the SHA-256 of that file in hex, if the sender gave it
     * @throws RejectedSceneException when the file cannot be a scene
     * @throws IOException when the storage does not answer
     */
    static SceneInput at(Path path, Optional<String> sha256, Roots roots) throws IOException {
        return at(path, sha256, roots, NeededBands.ALL);
    }

    /**
     * As {@link #at(Path, Optional, Roots)}, for a recipe.
     *
     * @param bands those that the recipe reads; files without such a band need not be there
     */
    static SceneInput at(Path path, Optional<String> sha256, Roots roots, NeededBands bands) throws IOException {
        Optional<String> digest = sha256.map(Digests::hex);
        return ItemInput.isItemName(path)
                ? ItemInput.at(path.toAbsolutePath(), digest, roots, bands)
                : GeoTiffInput.at(path.toAbsolutePath(), digest, roots);
    }

    /**
     * A scene whose STAC Item came in a message and not in a file.
     *
     * @param item JSON
     * @param base the folder that a relative href starts from
     * @throws RejectedSceneException when the Item cannot be used
     */
    static SceneInput described(String item, Path base, Roots roots) {
        return described(item, base, roots, NeededBands.ALL);
    }

    /** As {@link #described(String, Path, Roots)}, for a recipe that reads these bands. */
    static SceneInput described(String item, Path base, Roots roots, NeededBands bands) {
        byte[] text = item.getBytes(StandardCharsets.UTF_8);
        return new ItemInput(Optional.empty(), Optional.of(ItemInput.read(text)), base.toAbsolutePath(), roots, bands);
    }

    /** The file's name or the Item's {@link Item#id}. It comes from outside; {@link SceneName} makes an id of it. */
    String name();

    /** The scene's files with their companions, and the file of its Item if there is one; absolute paths. */
    List<Path> files();

    /**
     * The files that the scene needs and that are missing, shorter than their {@code file:size}, or shorter than their own header says.
     *
     * @throws IOException when the storage does not answer
     */
    List<Path> missing() throws IOException;

    /**
     * Checks what can be checked before all files are there, above all that no path leads out of the roots.
     *
     * @throws RejectedSceneException with the field, the rule and the remedy
     * @throws IOException when the storage does not answer
     */
    void check() throws IOException;

    /**
     * Reads every file and compares it with the checksum that came with it. The same content with the same recipe has the
     * same key, wherever the files are and whatever they are called.
     *
     * @return the SHA-256 in hex; for one GeoTIFF it is {@link ContentKey#of}
     * @throws RejectedSceneException when a checksum or a size is wrong, or as {@link #check}
     * @throws IOException when a file could not be read, or changed meanwhile
     */
    String contentKey(String recipe) throws IOException;

    /** Whether the content has this key, as {@link #contentKey} makes it now or as an earlier Swath made it. */
    default boolean hasKey(String recipe, String key) throws IOException {
        return contentKey(recipe).equals(key);
    }

    /**
     * Puts the scene's files, and an Item that names them there, into an existing folder. If it fails, some files may
     * remain in the folder.
     *
     * @param id the scene's id; a single GeoTIFF gets its name from it
     * @return the same scene in the folder
     * @throws IOException when it failed, for example because the storage is full
     */
    SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException;
}
