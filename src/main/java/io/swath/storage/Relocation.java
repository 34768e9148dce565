package io.swath.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Moves files and folders that others may have written, to another file system too. A rename cannot do that: there, they
 * are copied beside the target, renamed, and then removed. Links are copied as links, and nothing is read through them; a
 * pipe, a socket or a device has no content, so an empty file stands for it. Thread-safe.
 */
public final class Relocation {
    /** The name of an unfinished copy in the target's folder. */
    static final String PART = ".moved.part";

    private static final int STICKY = 01000;

    private Relocation() {}

    /** A short change of files; returns what it made. */
    @FunctionalInterface
    public interface Step {
        Path run() throws IOException;
    }

    /** How such a change is made: only while this program is the leader. A copy may take long, so it is outside of it. */
    @FunctionalInterface
    public interface Guard {
        Path run(Step step) throws IOException;
    }

    /**
     * Moves a file or a folder; after an interruption, it may be in both places.
     *
     * @throws IOException when it failed; then the source is still complete, unless the target is complete
     */
    public static void move(Path from, Path to, Guard guard) throws IOException {
        try {
            guard.run(() -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
        } catch (AtomicMoveNotSupportedException otherFileSystem) {
            requireRemovable(from);
            Path part = to.resolveSibling(PART);
            Removal.remove(part);
            try {
                Map<Path, FileIdentity> source = copy(from, part);
                guard.run(() -> {
                    requireUnchanged(from, source);
                    Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
                    DurableFiles.sync(to.getParent());
                    Removal.remove(from);
                    return to;
                });
            } finally {
                Removal.remove(part);
            }
        }
    }

    /**
     * Replaces each regular file below a folder that has other names too (hard links) by a copy, so that a person may write
     * into it in its place. Safe to repeat.
     *
     * @param folder one of Swath's own
     * @throws IOException when a file could not be copied, for example because the storage is full
     */
    public static void separate(Path folder, Guard guard) throws IOException {
        for (Path file : walk(folder)) {
            boolean regular = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
            if (regular && (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 1) {
                Path part = file.resolveSibling(PART);
                RegularFiles.copy(folder, file, part);
                guard.run(() -> Files.move(part, file, StandardCopyOption.ATOMIC_MOVE));
            }
        }
    }

    /** Checked first: a folder that was copied and then removed only in part would be moved again and again. */
    private static void requireRemovable(Path from) throws IOException {
        requireWritable(from.toAbsolutePath().getParent());
        for (Path path : walk(from)) {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                requireWritable(path);
                if (from.relativize(path).getNameCount() >= Removal.DEEPEST) {
                    throw new FileSystemException(
                            from.toString(), null, "its folders are nested deeper than " + Removal.DEEPEST);
                }
            }
        }
    }

    private static void requireWritable(Path folder) throws IOException {
        String user = System.getProperty("user.name");
        boolean ownersOnly = (DurableFiles.mode(folder) & STICKY) != 0
                && !user.equals("root")
                && !Files.getOwner(folder).getName().equals(user);
        if (ownersOnly || !Files.isWritable(folder)) {
            throw new AccessDeniedException(
                    folder.toString(),
                    null,
                    "the user that runs Swath may not remove what is in it; give it to its group with write access, and"
                            + " without the sticky bit");
        }
    }

    /** Returns everything that was found, with the identity of each regular file. */
    private static Map<Path, FileIdentity> copy(Path from, Path to) throws IOException {
        Map<Path, FileIdentity> found = new LinkedHashMap<>();
        List<Path> folders = new ArrayList<>();
        for (Path source : walk(from)) {
            Path target = source.equals(from) ? to : to.resolve(from.relativize(source));
            found.put(source, identity(source));
            if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                folders.add(DurableFiles.makeFolder(target, DurableFiles.CLOSED));
            } else if (Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
                RegularFiles.copy(from.toAbsolutePath().getParent(), source, target);
            } else if (Files.isSymbolicLink(source)) {
                Files.createSymbolicLink(/* link= */ target, /* target= */ Files.readSymbolicLink(source));
            } else {
                Files.createFile(target);
            }
        }
        for (Path folder : folders) {
            DurableFiles.sync(folder);
        }
        return found;
    }

    private static FileIdentity identity(Path path) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? FileIdentity.of(path) : FileIdentity.UNKNOWN;
    }

    private static void requireUnchanged(Path from, Map<Path, FileIdentity> copied) throws IOException {
        Map<Path, FileIdentity> now = new LinkedHashMap<>();
        for (Path path : walk(from)) {
            now.put(path, identity(path));
        }
        if (!now.equals(copied)) {
            throw new IOException(from + " was changed while it was copied; Swath tries it again");
        }
    }

    private static List<Path> walk(Path from) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            return paths.toList();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }
}
