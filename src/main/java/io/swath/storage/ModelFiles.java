package io.swath.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The models of recipes, in {@code work/.models/SHA256.onnx}: one copy of each content, which all jobs read. A
 * model may be large, so it is not copied for each scene. Stateless.
 */
public final class ModelFiles {
    private static final int MOST_FILES = 10_000;

    private ModelFiles() {}

    /** Where the model with this content is kept. */
    public static Path place(Storage storage, String sha256) {
        return storage.work(".models").resolve(sha256 + ".onnx");
    }

    /** Whether there is a copy. Its content is not read. */
    public static boolean has(Storage storage, String sha256) {
        return Files.isRegularFile(place(storage, sha256), LinkOption.NOFOLLOW_LINKS);
    }

    /** Whether there is a copy with the right content. Takes as long as reading it does. */
    public static boolean isIntact(Storage storage, String sha256) throws IOException {
        Path place = place(storage, sha256);
        return has(storage, sha256)
                && RegularFiles.sha256(place.getParent(), place).equals(sha256);
    }

    /**
     * Makes a copy beside the place, with a name of its own. Takes as long as reading the file does, so it must not be
     * called in a transaction.
     *
     * @param from the file; a link is followed
     * @param sha256 what its content must be, in lower-case hexadecimal
     * @return the copy, complete and on the disk, for {@link #finish}
     * @throws IOException when it cannot be copied, or has another content
     */
    public static Path copy(Storage storage, Path from, String sha256) throws IOException {
        Path folder = storage.folder(place(storage, sha256).getParent());
        Path aside = folder.resolve("." + sha256 + "-" + UUID.randomUUID() + Storage.PART);
        Path file = from.toRealPath();
        try {
            String found = RegularFiles.copy(file.getParent(), file, aside);
            if (!found.equals(sha256)) {
                throw new IOException("the model " + from + " was changed: its SHA-256 is " + found
                        + ", and the recipe has " + sha256 + "; put the right file there");
            }
            DurableFiles.finish(aside, DurableFiles.READ_ONLY);
        } catch (IOException failed) {
            Files.deleteIfExists(aside);
            throw failed;
        }
        return aside;
    }

    /**
     * Puts a copy into its place, instead of the one that may be there, and removes copies of this content that were not
     * finished: for the leader alone.
     */
    public static Path finish(Storage storage, Path copy, String sha256) throws IOException {
        Path place = place(storage, sha256);
        Files.move(copy, place, StandardCopyOption.ATOMIC_MOVE);
        for (String name : RegularFiles.names(storage.root(), place.getParent(), MOST_FILES)) {
            if (name.startsWith("." + sha256) && name.endsWith(Storage.PART)) {
                Files.deleteIfExists(place.resolveSibling(name));
            }
        }
        DurableFiles.sync(place.getParent());
        return place;
    }
}
