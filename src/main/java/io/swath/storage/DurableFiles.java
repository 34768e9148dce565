package io.swath.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;

/**
 * File operations for the shared storage: files appear completely or not at all, and survive a power cut; the group may
 * read files and write to folders. Thread-safe.
 */
public final class DurableFiles {
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
    private static final Set<PosixFilePermission> SCRIPT = PosixFilePermissions.fromString("rwxr-x---");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwxrwx---");

    private DurableFiles() {}

    /** Makes a folder and its parents; an existing folder is no error. */
    static Path makeFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        if (folder.getParent() != null) {
            makeFolder(folder.getParent());
        }
        try {
            Files.createDirectory(folder);
            // The mode is set afterwards: when the folder is created, the umask would remove the group's right to
            // write.
            Files.setPosixFilePermissions(folder, FOLDER);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        return folder;
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

    /** Writes an executable file with mode 0750, completely or not at all. */
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
            // A new file, whatever lies there: where jobs may write, it could be a link to a file that is not theirs.
            Files.deleteIfExists(part);
            try (OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                content.writeTo(out);
            }
            Files.getFileAttributeView(part, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setPermissions(mode);
            sync(part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Makes a folder. */
    @FunctionalInterface
    interface FolderMaker {
        Path make(Path folder) throws IOException;
    }

    /** Copies a folder's regular files; executable bits are kept, links are not followed. */
    static void copy(Path from, Path to, FolderMaker folders) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path source : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(source).toString());
                if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                    folders.make(target);
                } else if (Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
                    Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(target, Files.isExecutable(source) ? SCRIPT : FILE);
                    sync(target);
                }
            }
        }
    }

    /** Removes a folder and all its content; a folder that does not exist is no error. */
    public static void remove(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> siblings = Files.newDirectoryStream(parent)) {
            remove((SecureDirectoryStream<Path>) siblings, folder.getFileName());
        }
    }

    /** By open folders and not by paths: nothing outside can be put in the way of a path that is being removed. */
    private static void remove(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        try {
            boolean directory = folder.getFileAttributeView(
                            name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes()
                    .isDirectory();
            if (!directory) {
                folder.deleteFile(name);
                return;
            }
            try (SecureDirectoryStream<Path> content = folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                for (Path entry : content) {
                    remove(content, entry.getFileName());
                }
            }
            folder.deleteDirectory(name);
        } catch (NoSuchFileException e) {
            // removed by somebody else meanwhile, which is what was asked for
        }
    }
}
