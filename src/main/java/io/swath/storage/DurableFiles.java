package io.swath.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to write files on the storage: files appear completely or not at all, and survive a power cut. Files are new
 * files, whatever lies at their name, and no link is written through. Thread-safe.
 */
public final class DurableFiles {
    private static final Logger log = LoggerFactory.getLogger(DurableFiles.class);
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r-----");
    private static final Set<PosixFilePermission> SCRIPT = PosixFilePermissions.fromString("r-xr-x---");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    /**
     * The mode of a folder in which only Swath writes, and which the group may read. New files get the folder's group
     * (setgid, chmod(1)).
     */
    static final int CLOSED = 02750;

    /** The mode of a folder in which the group may write too. */
    static final int SHARED = 02770;

    /** The mode of a folder that nobody changes any more. */
    private static final int SEALED = 02550;

    /** How deep the folders in a folder that is removed may be nested. */
    private static final int DEEPEST = 64;

    private static final int WRITABLE_FOR_OTHERS = 0022;

    private DurableFiles() {}

    /**
     * Makes a folder. One that exists loses the right of others to write, where the mode does not give it and Swath may
     * change it.
     */
    static Path makeFolder(Path folder, int mode) throws IOException {
        try {
            Files.createDirectory(folder);
            // The mode is set afterwards: when the folder is created, the umask would remove the group's rights.
            setMode(folder, mode);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(folder + " is not a folder: remove it, or move it away", e);
            }
            int found = mode(folder);
            if ((found & WRITABLE_FOR_OTHERS & ~mode) != 0) {
                closeOld(folder, (found & ~WRITABLE_FOR_OTHERS) | (mode & WRITABLE_FOR_OTHERS));
            }
        }
        return folder;
    }

    /** Makes one folder in which only Swath writes, below a folder that belongs to Swath alone. */
    public static void makeClosedFolder(Path folder) throws IOException {
        makeFolder(folder, CLOSED);
    }

    private static void closeOld(Path folder, int mode) {
        try {
            setMode(folder, mode);
        } catch (IOException notOurs) {
            log.debug("a folder of an earlier version stays open for writing folder={}", folder, notOurs);
        }
    }

    /** The permissions of a file or folder, as chmod(2) has them. */
    static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode") & 07777;
    }

    static void setMode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    /**
     * Makes a folder that only its owner may enter (mode 0700); one that exists gets that mode.
     *
     * @throws IOException when it cannot be made, or belongs to another user
     */
    public static Path makePrivateFolder(Path folder) throws IOException {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
            if (!Files.getPosixFilePermissions(folder).equals(PRIVATE)) {
                Files.setPosixFilePermissions(folder, PRIVATE);
            }
        }
        return folder;
    }

    /** Forces a file, or a folder's list of names, to the disk: after that, a power cut cannot lose it. */
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Writes a file's content piece by piece. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a file with mode 0640, into a folder that exists, completely or not at all: under a temporary name first,
     * which is then renamed.
     */
    public static void write(Path file, String content) throws IOException {
        write(file, content, FILE);
    }

    /** As {@link #write(Path, String)}, with mode 0440: for what jobs read and nobody changes. */
    public static void writeReadOnly(Path file, String content) throws IOException {
        write(file, content, READ_ONLY);
    }

    /** As {@link #write(Path, String)}, with mode 0550: for what jobs run and nobody changes. */
    public static void writeScript(Path file, String content) throws IOException {
        write(file, content, SCRIPT);
    }

    /** As {@link #write(Path, String)}, for content that is too large for one text. */
    public static void write(Path file, Content content) throws IOException {
        write(file, content, FILE);
    }

    private static void write(Path file, String content, Set<PosixFilePermission> mode) throws IOException {
        write(file, out -> out.write(content.getBytes(StandardCharsets.UTF_8)), mode);
    }

    private static void write(Path file, Content content, Set<PosixFilePermission> mode) throws IOException {
        // The temporary name is always the same, so that the next write replaces the file that an interrupted write
        // left.
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        try {
            Files.deleteIfExists(part);
            try (OutputStream out = create(part)) {
                content.writeTo(out);
            }
            finish(part, mode);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** A new file: nothing may lie at its name, not even a link. */
    static OutputStream create(Path file) throws IOException {
        return new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** Gives a new file mode 0640, and forces it to the disk. */
    static void finish(Path file) throws IOException {
        finish(file, FILE);
    }

    private static void finish(Path file, Set<PosixFilePermission> mode) throws IOException {
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(mode);
        sync(file);
    }

    /**
     * Copies a folder's regular files into a new folder that nobody may change: files get mode 0440, or 0550 if they are
     * executable, and folders 0550. Links are not followed. A folder that exists is replaced.
     */
    static void copyReadOnly(Path from, Path to) throws IOException {
        remove(to);
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> files = Files.walk(from)) {
            for (Path source : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(source).toString());
                if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                    folders.add(makeFolder(target, CLOSED));
                } else if (Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
                    RegularFiles.copy(from, source, target);
                    finish(target, Files.isExecutable(source) ? SCRIPT : READ_ONLY);
                }
            }
        }
        for (Path folder : folders) {
            setMode(folder, SEALED);
        }
    }

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
                siblings.deleteDirectory(name);
            } else {
                siblings.deleteFile(name);
            }
        } catch (NoSuchFileException e) {
            // removed by somebody else meanwhile, which is what was asked for
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
