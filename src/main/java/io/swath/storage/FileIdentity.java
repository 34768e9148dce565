package io.swath.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;

/**
 * Which file it was, and in which state: two equal identities are the same file with the same content. A sender can write
 * the same number of bytes and then set the time of the last modification back. He cannot set back the time of the last
 * change of the file's status, which each write moves ({@code inode(7)}).
 *
 * <p>The device is not part of it, because its number differs between machines and between two mounts. Immutable.
 *
 * @param bytes the size
 * @param modified the time of the last modification, in seconds with nine decimals since 1970 UTC
 * @param changed the time of the last change of the status, likewise; empty where the file had more than one name, because
 *     each new or removed name moves it too
 * @param inode the file system's number of the file
 */
public record FileIdentity(long bytes, String modified, String changed, long inode) {
    /** What {@link Files#readAttributes} reads for it. */
    static final String ATTRIBUTES = "unix:isRegularFile,size,lastModifiedTime,ctime,ino,nlink";

    /** Of a file whose identity was not recorded. */
    public static final FileIdentity UNKNOWN = new FileIdentity(0, "", "", 0);

    /**
     * The identity of a regular file now; a link is not followed.
     *
     * @throws NotRegularException when it is not a regular file
     */
    public static FileIdentity of(Path file) throws IOException {
        Map<String, Object> found = Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        if (!(Boolean) found.get("isRegularFile")) {
            throw new NotRegularException(file, "is not a regular file");
        }
        return of(found);
    }

    /** The identity by {@link #ATTRIBUTES}. */
    static FileIdentity of(Map<String, Object> found) {
        boolean oneName = ((Number) found.get("nlink")).longValue() == 1;
        return new FileIdentity(
                ((Number) found.get("size")).longValue(),
                seconds((FileTime) found.get("lastModifiedTime")),
                oneName ? seconds((FileTime) found.get("ctime")) : "",
                ((Number) found.get("ino")).longValue());
    }

    /** What differs in the file as it is now, in words for people; empty when nothing does. */
    public String difference(FileIdentity now) {
        String content = contentDifference(now);
        boolean known = !changed.isEmpty() && !now.changed.isEmpty();
        return content.isEmpty() && known && !changed.equals(now.changed)
                ? "it was written to and its time was set back, or its mode or owner was changed"
                : content;
    }

    /** As {@link #difference}, but for a file whose mode or owner may have been changed since. */
    public String contentDifference(FileIdentity now) {
        if (equals(UNKNOWN)) {
            return "";
        }
        if (bytes != now.bytes) {
            return "it has " + now.bytes + " bytes instead of " + bytes;
        }
        if (!modified.equals(now.modified)) {
            return "it was written to";
        }
        return inode == now.inode ? "" : "it was replaced by another file of the same size and time";
    }

    private static String seconds(FileTime time) {
        Instant instant = time.toInstant();
        return String.format("%d.%09d", instant.getEpochSecond(), instant.getNano());
    }
}
