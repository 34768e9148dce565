package io.swath.untrusted.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The end of a zip (<a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">APPNOTE</a>, 4.3.16): whether it
 * is there, and how large the central directory is, which a reader holds in memory.
 */
final class ZipEnd {
    private static final int SIGNATURE = 0x06054b50;
    private static final int LENGTH = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int MOST_DIRECTORY = 16 << 20;
    private static final int ZIP64_LOCATOR = 20;
    private static final int ZIP64_SIGNATURE = 0x07064b50;

    private ZipEnd() {}

    /**
     * Checks the end.
     *
     * @throws IncompleteArchiveException when the zip has no end
     * @throws ArchiveException when its central directory is too large
     */
    static void check(WatchedChannel archive) throws IOException {
        long size = archive.size();
        int tail = (int) Math.min(size, LENGTH + LONGEST_COMMENT + ZIP64_LOCATOR);
        ByteBuffer end = read(archive, size - tail, tail);
        for (int at = tail - LENGTH; at >= 0; at--) {
            if (end.getInt(at) == SIGNATURE && end.getShort(at + 20) == (short) (tail - at - LENGTH)) {
                long directory = Integer.toUnsignedLong(end.getInt(at + 12));
                long offset = Integer.toUnsignedLong(end.getInt(at + 16));
                if (offset == 0xffffffffL || directory == 0xffffffffL) {
                    offset = zip64Offset(archive, end, at);
                }
                requireSmall(size - tail + at - offset);
                return;
            }
        }
        throw new IncompleteArchiveException("the archive has no central directory, which is its end", null);
    }

    private static long zip64Offset(WatchedChannel archive, ByteBuffer end, int at) throws IOException {
        if (at < ZIP64_LOCATOR || end.getInt(at - ZIP64_LOCATOR) != ZIP64_SIGNATURE) {
            throw ArchiveException.damaged("its ZIP64 locator is missing");
        }
        long record = end.getLong(at - ZIP64_LOCATOR + 8);
        if (record < 0 || record > archive.size() - 56) {
            throw ArchiveException.damaged("its ZIP64 locator is wrong");
        }
        return read(archive, record, 56).getLong(48);
    }

    private static void requireSmall(long directory) {
        if (directory < 0) {
            throw ArchiveException.damaged("its central directory lies beyond its end");
        }
        if (directory > MOST_DIRECTORY) {
            throw new ArchiveException(
                    "archive-has-few-files",
                    "the archive's list of files has " + (directory >> 20) + " MiB",
                    "Deliver one product in an archive.");
        }
    }

    private static ByteBuffer read(WatchedChannel archive, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        archive.position(from);
        while (bytes.hasRemaining() && archive.read(bytes) >= 0) {
            // reads on until the buffer is full or the file ends
        }
        return bytes.flip();
    }
}
