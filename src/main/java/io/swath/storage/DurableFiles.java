package io.swath.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to write files on the storage: files appear completely or not at all, and survive a power cut. Files are new
 * files, whatever lies at their name, and no link is written through. Thread-safe.
 */
public final class DurableFiles {
    private static final Logger log = LoggerFactory.getLogger(DurableFiles.class);
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
    static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r-----");
    static final Set<PosixFilePermission> SCRIPT = PosixFilePermissions.fromString("r-xr-x---");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    /**
     * The mode of a folder in which only Swath writes, and which the group may read. New files get the folder's group
     * (setgid, chmod(1)).
     */
    static final int CLOSED = 02750;

    /** The mode of a folder in which the group may write too. */
    static final int SHARED = 02770;

    /** The mode of a folder that nobody changes any more. */
    static final int SEALED = 02550;

    private static final int WRITABLE_FOR_OTHERS = 0022;

    private DurableFiles() {}

    /**
     * Makes a folder. One that exists gets the rights of the mode that it lacks, because a kill may have come before they
     * were set. It loses the right of others to write, where the mode does not give it. A folder whose mode Swath may not
     * change stays as it is.
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
            int wanted = (found | mode) & ~(WRITABLE_FOR_OTHERS & ~mode);
            if (wanted != found) {
                correctMode(folder, wanted);
            }
        }
        return folder;
    }

    /** Makes one folder in which only Swath writes, below a folder that belongs to Swath alone. */
    public static void makeClosedFolder(Path folder) throws IOException {
        makeFolder(folder, CLOSED);
    }

    private static void correctMode(Path folder, int mode) {
        try {
            setMode(folder, mode);
        } catch (IOException notOurs) {
            log.debug("the mode of a folder that exists cannot be corrected folder={}", folder, notOurs);
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

    /** Gives a file its name. */
    @FunctionalInterface
    public interface Rename {
        Path run() throws IOException;
    }

    /** Runs a rename, or throws. */
    @FunctionalInterface
    public interface Guard {
        Path run(Rename rename) throws IOException;
    }

    /**
     * As {@link #write(Path, Content)}, where another process may write the same file: each writes under a temporary name of
     * its own, and the guard does the rename, or throws. See {@link #isLeftover}.
     */
    public static void write(Path file, Content content, Guard guard) throws IOException {
        write(file, file.resolveSibling(aside(file) + UUID.randomUUID() + ".part"), content, FILE, guard);
    }

    /** Whether a name beside a file is one under which that file is written, or was when its process ended. */
    public static boolean isLeftover(Path file, String name) {
        return name.startsWith(aside(file));
    }

    private static String aside(Path file) {
        return "." + file.getFileName() + ".";
    }

    private static void write(Path file, String content, Set<PosixFilePermission> mode) throws IOException {
        write(file, out -> out.write(content.getBytes(StandardCharsets.UTF_8)), mode);
    }

    private static void write(Path file, Content content, Set<PosixFilePermission> mode) throws IOException {
        // The temporary name is always the same, so that the next write replaces the file that an interrupted write
        // left.
        write(file, file.resolveSibling(aside(file) + "part"), content, mode, Rename::run);
    }

    private static void write(Path file, Path part, Content content, Set<PosixFilePermission> mode, Guard guard)
            throws IOException {
        try {
            Files.deleteIfExists(part);
            try (OutputStream out = create(part)) {
                content.writeTo(out);
            }
            finish(part, mode);
            guard.run(
                    () -> Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
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

    static void finish(Path file, Set<PosixFilePermission> mode) throws IOException {
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(mode);
        sync(file);
    }

    /**
     * Appends a text to a file with one write; a file that is missing is made. Does not force it to the disk.
     *
     * @param root a folder that only Swath may replace; {@code file} lies below it
     * @throws NotRegularException when it is not a regular file, or lies behind a link
     */
    public static void append(Path root, Path file, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Pinned pinned = Pinned.find(root, file);
                SeekableByteChannel channel = pinned.append()) {
            for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                channel.write(left);
            }
        } catch (NoSuchFileException missing) {
            try (OutputStream out = create(file)) {
                out.write(bytes);
            }
        }
    }

    /** Opens a file by the name that it is given. */
    @FunctionalInterface
    public interface Opening<T> {
        T open(Path name) throws IOException;
    }

    /**
     * Puts a new, empty file in the place of a file, a link or a pipe, and lets somebody open it. The name that {@code
     * opening} gets means the new file, whatever is put in its place meanwhile, and only until {@code opening} returns.
     *
     * @param root a folder that only Swath may replace; {@code file} lies below it, in a folder that exists
     * @throws java.nio.file.DirectoryNotEmptyException when a folder with content lies there
     * @throws NotRegularException when the file lies behind a link, or somebody has replaced it already
     */
    public static <T> T replace(Path root, Path file, Opening<T> opening) throws IOException {
        try (Pinned folder = Pinned.find(root, file.getParent())) {
            folder.requireFolder();
            Path name = folder.handle().resolve(file.getFileName());
            Files.deleteIfExists(name);
            create(name).close();
            try (Pinned made = folder.child(file.getFileName())) {
                return opening.open(made.requireRegular().handle());
            }
        }
    }
}
