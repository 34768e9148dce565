package io.swath.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Separates files from their other names (hard links), so that a person may repair them in place. */
public final class OwnCopies {
    private static final String PART = ".own.part";

    private OwnCopies() {}

    /**
     * Replaces each regular file below a folder that has other names too by a copy. Safe to repeat.
     *
     * @param folder one of Swath's own
     * @param guard makes each change; the copies are written outside of it
     * @throws IOException when a file could not be copied, for example because the storage is full
     */
    public static void make(Path folder, Relocation.Guard guard) throws IOException {
        for (Path file : files(folder)) {
            boolean regular = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
            if (regular && (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 1) {
                Path part = file.resolveSibling(PART);
                RegularFiles.copy(folder, file, part);
                guard.run(() -> Files.move(part, file, StandardCopyOption.ATOMIC_MOVE));
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.toList();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }
}
