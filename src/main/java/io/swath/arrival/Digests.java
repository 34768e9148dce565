package io.swath.arrival;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Digests of files, all of them in one reading. */
final class Digests {
    private static final int AT_ONCE = 1 << 20;

    private Digests() {}

    /**
     * Reads the whole file into each of them: about 2 s a gigabyte.
     *
     * @throws IOException when it could not be read, or changed meanwhile (then it was not complete)
     */
    static void read(Path file, List<MessageDigest> digests) throws IOException {
        if (!Files.isRegularFile(file)) { // a pipe, say, would never end
            throw new IOException(file + " is no file any more");
        }
        FileTime timeBefore = Files.getLastModifiedTime(file);
        long bytes = 0;
        try (InputStream content = Files.newInputStream(file)) {
            byte[] buffer = new byte[AT_ONCE];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                for (MessageDigest digest : digests) {
                    digest.update(buffer, 0, read);
                }
                bytes += read;
            }
        }
        if (Files.size(file) != bytes || !Files.getLastModifiedTime(file).equals(timeBefore)) {
            throw new IOException(file + " changed while it was read: it is not complete yet");
        }
    }

    /** @throws RejectedSceneException where the two are not the same */
    static void compare(String field, String wanted, MessageDigest found) {
        String hex = HexFormat.of().formatHex(found.digest());
        if (!hex.equals(wanted)) {
            throw new RejectedSceneException(
                    field,
                    "checksum-is-right",
                    "the file has the " + found.getAlgorithm() + " " + hex + " instead of " + wanted,
                    "It was damaged on its way, or is another: send it again.");
        }
    }

    /** A SHA-256 as a sender writes it. */
    static String hex(String sha256) {
        String hex = sha256.strip().toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new RejectedSceneException(
                    "sha256",
                    "checksum-can-be-checked",
                    "it is no SHA-256 in 64 hex digits",
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
