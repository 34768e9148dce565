package io.swath.storage;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to remove files and folders from the storage, also where jobs write at the same time. Thread-safe. */
public final class Removal {
    private static final Logger log = LoggerFactory.getLogger(Removal.class);

    /** How deep the folders in a folder that is removed or copied may be nested. */
    static final int DEEPEST = 64;

    private Removal() {}

    /**
     * Removes a folder and all its content; a folder that does not exist is no error. Nothing that a job puts in the way
     * meanwhile is opened or followed.
     *
     * @throws java.nio.file.FileSystemException when it cannot be removed: Swath lacks the right, or its folders are nested
     *     deeper than {@value #DEEPEST}
     */
    public static void remove(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            remove(parent, parent, folder.getFileName());
        }
    }

    /** Removes a file below a folder, without following a link on the way; a file that is not there is no error. */
    public static void removeBelow(Path folder, Path relative) throws IOException {
        Path file = folder.resolve(relative);
        try {
            remove(folder, file.getParent(), file.getFileName());
        } catch (NoSuchFileException | NotRegularException e) {
            // it is gone, which is what was asked for
        }
    }

    private static void remove(Path root, Path parent, Path name) throws IOException {
        try (Pinned folder = Pinned.find(root, parent);
                DirectoryStream<Path> siblings = folder.entries()) {
            remove(folder, (SecureDirectoryStream<Path>) siblings, name, DEEPEST);
        }
    }

    /** By open folders and not by paths: nothing outside can be put in the way of a path that is being removed. */
    private static void remove(Pinned folder, SecureDirectoryStream<Path> siblings, Path name, int levels)
            throws IOException {
        try (Pinned found = folder.child(name)) {
            if (found.attributes().isDirectory()) {
                removeContent(found, levels);
            }
            delete(found, siblings, name);
        } catch (NoSuchFileException e) {
            // removed by somebody else meanwhile, which is what was asked for
        }
    }

    private static void delete(Pinned found, SecureDirectoryStream<Path> siblings, Path name) throws IOException {
        try {
            if (found.attributes().isDirectory()) {
                siblings.deleteDirectory(name);
            } else {
                siblings.deleteFile(name);
            }
        } catch (NoSuchFileException gone) {
            throw gone;
        } catch (FileSystemException failed) { // it has the name alone, and not the path
            FileSystemException named = new FileSystemException(found.toString(), null, failed.toString());
            named.initCause(failed);
            throw named;
        }
    }

    private static void removeContent(Pinned folder, int levels) throws IOException {
        if (levels == 0) { // each level needs open files
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    "its folders are nested deeper than " + DEEPEST + ", so it is not removed");
        }
        makeWritable(folder);
        try (DirectoryStream<Path> content = folder.entries()) {
            for (Path entry : content) {
                remove(folder, (SecureDirectoryStream<Path>) content, entry.getFileName(), levels - 1);
            }
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
    }

    /** The owner of a folder without the right to write needs that right to remove what is in it. */
    private static void makeWritable(Pinned folder) throws IOException {
        try {
            folder.makePrivate();
        } catch (FileSystemException notOurs) { // EPERM has no exception of its own
            log.debug("the mode of a folder cannot be changed, so it may be impossible to remove it", notOurs);
        }
    }
}
