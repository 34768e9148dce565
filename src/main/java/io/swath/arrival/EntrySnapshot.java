package io.swath.arrival;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The attributes of a file or a folder at one moment. Two snapshots are equal when nothing changed in between: a file
 * that replaced another of the same size and time has another key. Immutable.
 *
 * @param file whether it is a regular file, after following a link
 * @param directory whether it is a folder, after following a link
 * @param link whether the entry itself is a symbolic link
 * @param size in bytes; of a folder, the sum over its entries
 * @param modified the newest modification time
 * @param key the file system's own key (device and inode)
 * @param entries how many entries a folder has; -1 when an entry disappeared while they were counted
 */
public record EntrySnapshot(
        boolean file, boolean directory, boolean link, long size, FileTime modified, String key, long entries) {
    /** The most entries of a folder that are read. */
    private static final int MOST_ENTRIES = 5_000;

    private static final int DEEPEST = 12;

    /** Reads the attributes now; a link is described by what it points to. */
    public static EntrySnapshot of(Path entry) throws IOException {
        BasicFileAttributes own = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (own.isDirectory()) {
            return ofFolder(entry, own);
        }
        BasicFileAttributes attributes = own;
        if (own.isSymbolicLink() && Files.exists(entry)) {
            attributes = Files.readAttributes(entry, BasicFileAttributes.class);
        }
        return new EntrySnapshot(
                attributes.isRegularFile(),
                attributes.isDirectory(),
                own.isSymbolicLink(),
                attributes.size(),
                attributes.lastModifiedTime(),
                Objects.toString(attributes.fileKey()),
                0);
    }

    private static EntrySnapshot ofFolder(Path directory, BasicFileAttributes own) throws IOException {
        long size = 0;
        long entries = 0;
        FileTime newest = own.lastModifiedTime();
        try (Stream<Path> walk = Files.walk(directory, DEEPEST)) {
            for (Path path : (Iterable<Path>) walk.limit(MOST_ENTRIES)::iterator) {
                BasicFileAttributes now =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                size += now.size();
                entries++;
                newest = now.lastModifiedTime().compareTo(newest) > 0 ? now.lastModifiedTime() : newest;
            }
        } catch (UncheckedIOException failed) {
            if (!(failed.getCause() instanceof NoSuchFileException)) {
                throw failed.getCause();
            }
            // An entry was removed just now, so the folder is still changing.
            entries = -1;
        } catch (NoSuchFileException gone) {
            entries = -1;
        }
        return new EntrySnapshot(false, true, false, size, newest, Objects.toString(own.fileKey()), entries);
    }
}
