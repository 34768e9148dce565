package io.swath.arrival;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells whether a scene has been here before: the same content with the same recipe has the same key, whatever its name
 * and whichever way it came. A recipe that has changed since makes no new scene of an old one; that is the night's job.
 */
public final class ContentKey {
    private static final int AT_ONCE = 1 << 20;

    private ContentKey() {}

    /**
     * Reads the whole file: about 2 s a gigabyte.
     *
     * @return SHA-256 in hex, over the recipe's name, a zero byte and the content
     * @throws IOException when the file could not be read, or changed meanwhile (then it was not complete)
     */
    public static String of(String recipe, Path file) throws IOException {
        if (!Files.isRegularFile(file)) { // a pipe, say, would never end
            throw new IOException(file + " is no file any more");
        }
        FileTime timeBefore = Files.getLastModifiedTime(file);
        MessageDigest digest = sha256();
        digest.update(recipe.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        long bytes = 0;
        try (InputStream content = Files.newInputStream(file)) {
            byte[] buffer = new byte[AT_ONCE];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                digest.update(buffer, 0, read);
                bytes += read;
            }
        }
        if (Files.size(file) != bytes || !Files.getLastModifiedTime(file).equals(timeBefore)) {
            throw new IOException(file + " changed while it was read: it is not complete yet");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
