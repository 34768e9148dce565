package io.swath.storage;

import com.sun.jna.LastErrorException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file or folder that was found once, and stays the same one whatever is renamed or replaced afterwards. No link is
 * followed below the root. Finding it opens nothing, so that a pipe does not block and a device does nothing
 * ({@code O_PATH}, open(2)). Only what was found to be a regular file or a folder is then opened, through
 * {@code /proc/self/fd} (proc(5)): between the check and the opening, nobody can put anything else in its place. Not
 * thread-safe.
 */
final class Pinned implements AutoCloseable {
    private static final int AT_WORKING_FOLDER = -100; // AT_FDCWD
    private static final int PATH = 0x200000; // O_PATH
    private static final int CLOSE_ON_EXEC = 0x80000; // O_CLOEXEC
    /** O_NOFOLLOW, which is another bit on ARM and POWER (asm/fcntl.h). */
    private static final int NO_FOLLOW =
            System.getProperty("os.arch").matches("(aarch64|arm|ppc).*") ? 0x8000 : 0x20000;

    private static final int NON_BLOCKING = 0x800; // O_NONBLOCK
    private static final int SET_SIGNAL = 10; // F_SETSIG
    private static final int SET_LEASE = 1024; // F_SETLEASE
    private static final int READ_LEASE = 0; // F_RDLCK
    private static final int NO_LEASE = 2; // F_UNLCK
    /** The kernel sends it when a writer comes while the lease is held. It does nothing; SIGIO would end Swath. */
    private static final int URGENT = 23; // SIGURG

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rwx------");

    private static final int NOT_PERMITTED = 1; // EPERM
    private static final int NO_ENTRY = 2; // ENOENT
    private static final int TRY_AGAIN = 11; // EAGAIN
    private static final int ACCESS = 13; // EACCES
    private static final int NOT_DIRECTORY = 20; // ENOTDIR

    private final Path file;
    private final int descriptor;
    private final BasicFileAttributes found;

    private Pinned(Path file, int descriptor) throws IOException {
        this.file = file;
        this.descriptor = descriptor;
        this.found = Files.readAttributes(handle(descriptor), BasicFileAttributes.class);
    }

    /**
     * Finds a file.
     *
     * @param root a folder that only Swath may replace; {@code file} lies below it, or is the folder itself
     * @throws NotRegularException when the file lies behind a link
     * @throws NoSuchFileException when there is no such file
     */
    static Pinned find(Path root, Path file) throws IOException {
        Path relative = root.toAbsolutePath()
                .normalize()
                .relativize(file.toAbsolutePath().normalize());
        if (relative.startsWith("..")) {
            throw new NotRegularException(file, "is not below " + root);
        }
        int folder = open(AT_WORKING_FOLDER, root.toAbsolutePath(), 0, file);
        try {
            for (Path name : relative) {
                if (!name.toString().isEmpty()) {
                    int next = open(folder, name, NO_FOLLOW, file);
                    close(folder);
                    folder = next;
                }
            }
            return new Pinned(file, folder);
        } catch (IOException | RuntimeException failed) {
            close(folder);
            throw failed;
        }
    }

    /**
     * Finds what lies in this folder under a name.
     *
     * @throws NoSuchFileException when nothing does
     */
    Pinned child(Path name) throws IOException {
        Path path = file.resolve(name);
        int child = open(descriptor, name, NO_FOLLOW, path);
        try {
            return new Pinned(path, child);
        } catch (IOException | RuntimeException failed) {
            close(child);
            throw failed;
        }
    }

    /** Gives a folder to its owner alone (mode 0700), if the owner lacks a right to it. */
    void makePrivate() throws IOException {
        if (!Files.getPosixFilePermissions(handle(descriptor)).containsAll(OWNER)) {
            Files.setPosixFilePermissions(handle(descriptor), OWNER);
        }
    }

    private static int open(int folder, Path name, int flags, Path file) throws IOException {
        return openAs(folder, name, PATH | CLOSE_ON_EXEC | flags, file);
    }

    private static int openAs(int folder, Path name, int flags, Path file) throws IOException {
        try {
            return LibC.get().openat(folder, bytes(name), flags);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError unknown) {
            throw new IOException(
                    "the C library cannot be called, which needs a folder that allows programs: start Java with"
                            + " -Djna.tmpdir=FOLDER",
                    unknown);
        } catch (LastErrorException failed) {
            throw switch (failed.getErrorCode()) {
                case NO_ENTRY -> new NoSuchFileException(file.toString());
                case NOT_DIRECTORY -> new NotRegularException(file, "lies behind a name that is not a folder");
                case NOT_PERMITTED, ACCESS -> new AccessDeniedException(file.toString());
                default -> new FileSystemException(file.toString(), null, failed.getMessage());
            };
        }
    }

    /** A text would lose the bytes of a name that is not valid text. A URI has every such byte as {@code %XX}. */
    private static byte[] bytes(Path path) {
        String encoded = Path.of("/").resolve(path).toUri().getRawPath();
        int end = encoded.endsWith("/") && encoded.length() > 1 ? encoded.length() - 1 : encoded.length();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = path.isAbsolute() ? 0 : 1; at < end; at++) {
            if (encoded.charAt(at) == '%') {
                bytes.write(Integer.parseInt(encoded.substring(at + 1, at + 3), 16));
                at += 2;
            } else {
                bytes.write(encoded.charAt(at));
            }
        }
        bytes.write(0);
        return bytes.toByteArray();
    }

    private static void close(int descriptor) {
        LibC.get().close(descriptor);
    }

    private static Path handle(int descriptor) {
        return Path.of("/proc/self/fd", Integer.toString(descriptor));
    }

    /** What was found. */
    BasicFileAttributes attributes() {
        return found;
    }

    /** @throws NotRegularException when it is not a regular file */
    Pinned requireRegular() throws NotRegularException {
        if (!found.isRegularFile()) {
            throw new NotRegularException(file, "is not a regular file");
        }
        return this;
    }

    /** Which file was found, as it is now. */
    FileIdentity identity() throws IOException {
        return FileIdentity.of(Files.readAttributes(handle(descriptor), FileIdentity.ATTRIBUTES));
    }

    /**
     * Opens the file for reading.
     *
     * @throws NotRegularException when it is not a regular file
     */
    SeekableByteChannel read() throws IOException {
        requireRegular();
        try {
            return Files.newByteChannel(handle(descriptor));
        } catch (AccessDeniedException denied) {
            throw new AccessDeniedException(file.toString()); // by its own name, and not by the handle's
        }
    }

    /**
     * Opens the folder. The caller closes the stream.
     *
     * @throws NotRegularException when it is not a folder
     */
    @SuppressWarnings("StreamResourceLeak") // the caller closes it
    DirectoryStream<Path> entries() throws IOException {
        if (!found.isDirectory()) {
            throw new NotRegularException(file, "is not a folder");
        }
        try {
            return Files.newDirectoryStream(handle(descriptor));
        } catch (AccessDeniedException denied) {
            throw new AccessDeniedException(file.toString());
        }
    }

    /**
     * Whether a program has the file open for writing, as {@link OpenFiles} describes; false when the kernel does not say.
     *
     * @throws NotRegularException when it is not a regular file
     */
    boolean isOpenForWriting() throws IOException {
        requireRegular();
        int reader = openAs(AT_WORKING_FOLDER, handle(descriptor), NON_BLOCKING | CLOSE_ON_EXEC, file);
        try {
            LibC.get().fcntl(reader, SET_SIGNAL, URGENT);
            LibC.get().fcntl(reader, SET_LEASE, READ_LEASE);
            LibC.get().fcntl(reader, SET_LEASE, NO_LEASE);
            return false;
        } catch (LastErrorException refused) {
            return refused.getErrorCode() == TRY_AGAIN;
        } finally {
            close(reader);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }

    @Override
    public void close() {
        close(descriptor);
    }
}
