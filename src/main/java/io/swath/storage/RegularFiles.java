package io.swath.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The way to read files on the storage, where jobs may have written them. A job can put anything there: a link to a secret,
 * a pipe on which a reader waits for ever, a file of any size. So only regular files count, no link is followed in any
 * part of the path below the root ({@link Pinned}), and no more than a given number of bytes is read. Thread-safe.
 */
public final class RegularFiles {
    private static final int BUFFER_BYTES = 1 << 20;

    private RegularFiles() {}

    /**
     * Reads a whole file.
     *
     * @param root a folder that only Swath may replace; {@code file} lies below it
     * @throws NotRegularException when it is not a regular file, has more than {@code most} bytes, or lies behind a link
     * @throws java.nio.file.NoSuchFileException when there is no such file
     */
    public static byte[] read(Path root, Path file, int most) throws IOException {
        try (Pinned pinned = Pinned.find(root, file);
                SeekableByteChannel channel = pinned.read()) {
            byte[] content = fill(channel, most + 1);
            if (content.length > most) {
                throw new NotRegularException(file, "has more than " + most + " bytes");
            }
            return content;
        }
    }

    /**
     * Opens a file to read; the caller closes it. Otherwise as {@link #read}, but for the bound on its size.
     */
    public static SeekableByteChannel open(Path root, Path file) throws IOException {
        try (Pinned pinned = Pinned.find(root, file)) {
            return pinned.read();
        }
    }

    /** Reads the first bytes of a file, {@code most} of them; otherwise as {@link #read}. */
    public static byte[] readStart(Path root, Path file, int most) throws IOException {
        try (Pinned pinned = Pinned.find(root, file);
                SeekableByteChannel channel = pinned.read()) {
            return fill(channel, most);
        }
    }

    /** Reads the last bytes of a file, {@code most} of them; otherwise as {@link #read}. */
    public static byte[] readEnd(Path root, Path file, int most) throws IOException {
        try (Pinned pinned = Pinned.find(root, file);
                SeekableByteChannel channel = pinned.read()) {
            channel.position(Math.max(0, channel.size() - most));
            return fill(channel, most);
        }
    }

    /** The size of a file in bytes; otherwise as {@link #read}. */
    public static long size(Path root, Path file) throws IOException {
        try (Pinned pinned = Pinned.find(root, file)) {
            return pinned.requireRegular().attributes().size();
        }
    }

    /** The SHA-256 of a file in 64 lower-case hex digits; otherwise as {@link #read}. */
    public static String sha256(Path root, Path file) throws IOException {
        return transfer(root, file, OutputStream.nullOutputStream());
    }

    /** Which file it is; otherwise as {@link #read}. */
    public static FileIdentity identity(Path root, Path file) throws IOException {
        try (Pinned pinned = Pinned.find(root, file)) {
            return pinned.requireRegular().identity();
        }
    }

    /**
     * Copies a file to a new file with mode 0640 that belongs to Swath alone, in a folder that nobody else may write. A
     * rename would not do: a process of the job may still hold the file open for writing, or own it, and so change it
     * after every check. Swath reads the file for its SHA-256 in any case, so the copy costs one more write. Only the
     * bytes that the file has at the beginning are copied, so a file that grows for ever is no trouble.
     *
     * @return the SHA-256 of what was written
     * @throws NotRegularException when it is not a regular file, became shorter meanwhile, or lies behind a link
     * @throws java.nio.file.NoSuchFileException when there is no such file
     */
    public static String copy(Path root, Path from, Path to) throws IOException {
        Files.deleteIfExists(to);
        try (OutputStream out = DurableFiles.create(to)) {
            String sha256 = transfer(root, from, out);
            out.flush();
            DurableFiles.finish(to);
            return sha256;
        } catch (IOException | RuntimeException failed) {
            Files.deleteIfExists(to);
            throw failed;
        }
    }

    private static String transfer(Path root, Path file, OutputStream out) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (Pinned pinned = Pinned.find(root, file);
                SeekableByteChannel channel = pinned.read();
                InputStream in = new DigestInputStream(Channels.newInputStream(channel), digest)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (long left = pinned.attributes().size(); left > 0; ) {
                int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    throw new NotRegularException(file, "became shorter while it was read");
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The names in a folder, in no order.
     *
     * @param most names to read; what lies beyond them is left out
     * @throws NotRegularException when it is not a folder, or lies behind a link
     * @throws java.nio.file.NoSuchFileException when there is no such folder
     */
    public static List<String> names(Path root, Path folder, int most) throws IOException {
        List<String> names = new ArrayList<>();
        try (Pinned pinned = Pinned.find(root, folder);
                DirectoryStream<Path> entries = pinned.entries()) {
            for (Path entry : entries) {
                if (names.size() == most) {
                    break;
                }
                names.add(entry.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    private static byte[] fill(SeekableByteChannel channel, int most) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(most);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // reads on until the buffer is full or the file ends
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
