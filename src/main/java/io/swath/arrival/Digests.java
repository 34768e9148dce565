package io.swath.arrival;

import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Computes and compares digests; one reading of a file can feed several of them. */
final class Digests {
    private static final int BUFFER_BYTES = 1 << 20;

    private Digests() {}

    /**
     * Reads the whole file into each digest, which takes about 2 s per gigabyte.
     *
     * @param roots the file is below one of them, after its links were followed
     * @throws IOException when the file could not be read, or changed meanwhile
     */
    static void read(Path file, Roots roots, List<MessageDigest> digests) throws IOException {
        FileTime timeBefore = Files.getLastModifiedTime(file);
        long bytes = 0;
        try (SeekableByteChannel content = roots.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer.clear())) {
                for (MessageDigest digest : digests) {
                    digest.update(buffer.array(), 0, read);
                }
                bytes += read;
            }
        }
        if (Files.size(file) != bytes || !Files.getLastModifiedTime(file).equals(timeBefore)) {
            throw new IOException(file + " changed while it was read, so it is not complete yet");
        }
    }

    /** @throws RejectedSceneException when the digest is not the expected one */
    static void compare(String field, String expected, MessageDigest found) {
        String hex = HexFormat.of().formatHex(found.digest());
        if (!hex.equals(expected)) {
            throw new RejectedSceneException(
                    field,
                    "checksum-is-right",
                    "the file has the " + found.getAlgorithm() + " " + hex + " instead of " + expected,
                    "It was damaged on its way, or it is another file: send it again.");
        }
    }

    /** Reads a SHA-256 as a sender writes it. */
    static String hex(String sha256) {
        String hex = sha256.strip().toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new RejectedSceneException(
                    "sha256",
                    "checksum-can-be-checked",
                    "it is not a SHA-256 in 64 hex digits",
                    "Correct it or leave it out.");
        }
        return hex;
    }

    static MessageDigest of(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
