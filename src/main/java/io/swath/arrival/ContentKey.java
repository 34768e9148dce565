package io.swath.arrival;

import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Identifies the content of a scene: the same content with the same recipe has the same key, whatever its name is and
 * however it arrived. A changed recipe does not change the key; nightly reprocessing handles changed recipes.
 */
public final class ContentKey {
    private ContentKey() {}

    /**
     * Reads the whole file, which takes about 2 s per gigabyte.
     *
     * @return the SHA-256 in hex, over the recipe's name, a zero byte and the content
     * @throws IOException when the file could not be read, or changed meanwhile
     */
    public static String of(String recipe, Path file) throws IOException {
        MessageDigest digest = Digests.of("SHA-256");
        digest.update((recipe + "\0").getBytes(StandardCharsets.UTF_8));
        Digests.read(file, Roots.of(file.toAbsolutePath().getParent()), List.of(digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * A key for an entry that must not be read, such as a link, a folder or a device. It is made from the entry's name and
     * attributes, of a folder also from those of what it holds at any depth ({@link EntrySnapshot}), so it stays the same
     * until the entry is changed or moved.
     */
    public static String unread(String recipe, Path path) throws IOException {
        Map<String, Object> identity = new TreeMap<>(
                Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS));
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try {
                identity.put("content", EntrySnapshot.of(path));
            } catch (AccessDeniedException closed) {
                identity.put("content", "closed"); // such a folder can be rejected too
            }
        }
        MessageDigest digest = Digests.of("SHA-256");
        digest.update((recipe + "\0" + path.getFileName() + "\0" + identity).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }
}
