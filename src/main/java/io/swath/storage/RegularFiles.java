package io.swath.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Set;

/**
 * Reads and moves files in folders that jobs may write. A job can put anything there: a link to a secret, a pipe on which a
 * reader waits for ever, a file of any size. So only regular files count, no link is followed in any part of the path
 * below the root, and no more than a given number of bytes is read. Thread-safe.
 */
public final class RegularFiles {
    private RegularFiles() {}

    /** A file that is there, but is not what it should be. */
    public static final class NotRegularException extends IOException {
        private static final long serialVersionUID = 1L;

        NotRegularException(Path file, String what) {
            super(file + " " + what);
        }
    }

    /** Does something with an open folder and the name of a file in it. */
    private interface InFolder<T> {
        T apply(SecureDirectoryStream<Path> folder, Path name) throws IOException;
    }

    /**
     * Reads a whole file.
     *
     * @param root a folder that only Swath may replace; {@code file} lies below it
     * @throws NotRegularException when it is not a regular file, has more than {@code most} bytes, or lies behind a link
     * @throws java.nio.file.NoSuchFileException when there is no such file
     */
    public static byte[] read(Path root, Path file, int most) throws IOException {
        return within(root, file, (folder, name) -> {
            requireRegular(folder, name, file);
            try (SeekableByteChannel channel = open(folder, name)) {
                ByteBuffer buffer = ByteBuffer.allocate(most + 1);
                fill(channel, buffer);
                if (buffer.position() > most) {
                    throw new NotRegularException(file, "has more than " + most + " bytes");
                }
                return Arrays.copyOf(buffer.array(), buffer.position());
            }
        });
    }

    /** Reads the last bytes of a file, {@code most} of them; otherwise as {@link #read}. */
    public static byte[] readEnd(Path root, Path file, int most) throws IOException {
        return within(root, file, (folder, name) -> {
            requireRegular(folder, name, file);
            try (SeekableByteChannel channel = open(folder, name)) {
                channel.position(Math.max(0, channel.size() - most));
                ByteBuffer buffer = ByteBuffer.allocate(most);
                fill(channel, buffer);
                return Arrays.copyOf(buffer.array(), buffer.position());
            }
        });
    }

    /** The size of a file in bytes; otherwise as {@link #read}. */
    public static long size(Path root, Path file) throws IOException {
        return within(
                root, file, (folder, name) -> requireRegular(folder, name, file).size());
    }

    /**
     * Moves a file in one rename.
     *
     * @throws NotRegularException when it is not a regular file
     * @throws java.nio.file.NoSuchFileException when there is no such file
     */
    public static void move(Path from, Path to) throws IOException {
        BasicFileAttributes found = Files.readAttributes(from, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
            throw new NotRegularException(from, "is not a regular file");
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        if (!Files.isRegularFile(to, LinkOption.NOFOLLOW_LINKS)) { // replaced between the two calls above
            Files.delete(to);
            throw new NotRegularException(from, "is not a regular file");
        }
    }

    private static <T> T within(Path root, Path file, InFolder<T> action) throws IOException {
        Path relative = root.toAbsolutePath().relativize(file.toAbsolutePath().normalize());
        if (relative.startsWith("..") || relative.getNameCount() == 0) {
            throw new NotRegularException(file, "is not below " + root);
        }
        try (DirectoryStream<Path> top = Files.newDirectoryStream(root)) {
            return descend((SecureDirectoryStream<Path>) top, relative, file, action);
        }
    }

    private static <T> T descend(SecureDirectoryStream<Path> folder, Path path, Path file, InFolder<T> action)
            throws IOException {
        Path first = path.getName(0);
        if (path.getNameCount() == 1) {
            return action.apply(folder, first);
        }
        BasicFileAttributes found = attributes(folder, first);
        if (!found.isDirectory()) {
            throw new NotRegularException(file, "lies behind " + first + ", which is not a folder");
        }
        try (SecureDirectoryStream<Path> next = folder.newDirectoryStream(first, LinkOption.NOFOLLOW_LINKS)) {
            return descend(next, path.subpath(1, path.getNameCount()), file, action);
        }
    }

    private static BasicFileAttributes requireRegular(SecureDirectoryStream<Path> folder, Path name, Path file)
            throws IOException {
        BasicFileAttributes found = attributes(folder, name);
        if (!found.isRegularFile()) {
            throw new NotRegularException(file, "is not a regular file");
        }
        return found;
    }

    private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        return folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    private static SeekableByteChannel open(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        return folder.newByteChannel(name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    private static void fill(SeekableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return;
            }
        }
    }
}
