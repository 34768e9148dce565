package io.swath.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The models of recipes, in {@code work/.models/SHA256.onnx}: one copy of each content, which all jobs read. A
 * model may be large, so it is not copied for each scene. Stateless.
 */
public final class ModelFiles {
    private ModelFiles() {}

    /** Where the model with this content is kept. */
    public static Path place(Storage storage, String sha256) {
        return storage.work(".models").resolve(sha256 + ".onnx");
    }

    /**
     * Keeps a copy, unless there is one. Takes as long as reading the file does, so it must not be called in a
     * transaction.
     *
     * @param from the file; a link is followed
     * @param sha256 what its content must be, in lower-case hexadecimal
     * @throws IOException when it cannot be copied, or has another content
     */
    public static void keep(Storage storage, Path from, String sha256) throws IOException {
        Path place = place(storage, sha256);
        if (Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path folder = storage.folder(place.getParent());
        Path aside = folder.resolve("." + sha256 + Storage.PART);
        Path file = from.toRealPath();
        String found = RegularFiles.copy(file.getParent(), file, aside);
        if (!found.equals(sha256)) {
            Files.delete(aside);
            throw new IOException("the model " + from + " was changed: its SHA-256 is " + found
                    + ", and the recipe has " + sha256 + "; put the right file there");
        }
        DurableFiles.finish(aside, DurableFiles.READ_ONLY);
        Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(folder);
    }
}
