package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a scene is made of, where it lies before it is accepted: one GeoTIFF, or the files that a STAC Item names. It may
 * not all be there yet; make another one to look again.
 *
 * <p>Every method looks at nothing outside the roots that it was made with. Immutable.
 */
public sealed interface SceneInput permits GeoTiffInput, ItemInput {
    /** How {@link #stageInto} puts files into their place. */
    enum StagingMode {
        /** Always by copying: whoever handed them in may go on to change them. */
        COPY,
        /**
         * By a hard link where that can be had and the nodes could read it, else by copying. Whoever handed them in may
         * remove or replace them, and must not write into them any more.
         */
        LINK
    }

    /**
     * A scene on the storage: a GeoTIFF, or a STAC Item in a {@code .json} file.
     *
     * @param path that need not be there yet
     * @param sha256 of the file itself, in hex, where the sender gave it
     * @throws RejectedSceneException when it cannot be a scene
     * @throws IOException when the storage does not answer
     */
    static SceneInput at(Path path, Optional<String> sha256, Roots roots) throws IOException {
        Optional<String> digest = sha256.map(Digests::hex);
        return ItemInput.named(path)
                ? ItemInput.at(path.toAbsolutePath(), digest, roots)
                : new GeoTiffInput(path.toAbsolutePath(), digest, roots);
    }

    /**
     * A scene that a STAC Item describes which lies in no file.
     *
     * @param item JSON
     * @param base the folder that a relative href starts from
     * @throws RejectedSceneException when it is no Item that can be used
     */
    static SceneInput described(String item, Path base, Roots roots) {
        byte[] text = item.getBytes(StandardCharsets.UTF_8);
        return new ItemInput(Optional.empty(), Optional.of(ItemInput.read(text)), base.toAbsolutePath(), roots);
    }

    /** What it is called: the file's name or the Item's {@link Item#id}; anything, made into an id by SceneName. */
    String name();

    /** The files that the scene is made of, and the Item's own where it has one; absolute. */
    List<Path> files();

    /** Those that are not there yet, or not whole as far as {@code file:size} tells. */
    List<Path> missing();

    /**
     * Refuses what cannot be accepted, whether its files are there yet or not: above all what leads out of the roots.
     *
     * @throws RejectedSceneException naming the field, the rule and the remedy
     * @throws IOException when the storage does not answer
     */
    void check() throws IOException;

    /**
     * Reads all of it, compares it with the checksums that came with it, and tells it from every other: the same content
     * with the same recipe has the same key, wherever it lies and whatever it is called.
     *
     * @return SHA-256 in hex; for one GeoTIFF that of {@link ContentKey#of}
     * @throws RejectedSceneException when a checksum or a size is another, or as {@link #check}
     * @throws IOException when it could not be read, or changed meanwhile
     */
    String contentKey(String recipe) throws IOException;

    /**
     * Puts the scene's files, and an Item that names them there, into a folder that exists. Interrupted, it leaves some
     * of them behind and is to be done again.
     *
     * @param id the scene's, after which one GeoTIFF is named
     * @return the same, where it lies now
     * @throws IOException when it failed, such as for lack of room
     */
    SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException;
}
