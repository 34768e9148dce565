package io.swath.arrival;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells whether a scene has been here before: the same content with the same recipe has the same key, whatever its name
 * and whichever way it came. A recipe that has changed since makes no new scene of an old one; that is the night's job.
 */
public final class ContentKey {
    private ContentKey() {}

    /**
     * Reads the whole file: about 2 s a gigabyte.
     *
     * @return SHA-256 in hex, over the recipe's name, a zero byte and the content
     * @throws IOException when the file could not be read, or changed meanwhile (then it was not complete)
     */
    public static String of(String recipe, Path file) throws IOException {
        MessageDigest digest = Digests.of("SHA-256");
        digest.update((recipe + "\0").getBytes(StandardCharsets.UTF_8));
        Digests.read(file, List.of(digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * As {@link #of}, for what is not to be read: a link, a folder, whatever. It stays the same until the thing is
     * changed or moved.
     */
    public static String unread(String recipe, Path path) throws IOException {
        Map<String, Object> identity = new TreeMap<>(
                Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS));
        MessageDigest digest = Digests.of("SHA-256");
        digest.update((recipe + "\0" + path.getFileName() + "\0" + identity).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }
}
