package io.swath.untrusted.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bounds what a tar may have between its files: a reader holds long names and extended headers in memory. Not thread-safe.
 */
final class HeaderGuard extends FilterInputStream {
    private static final long MOST_HEADER = 4 << 20;

    private long left = MOST_HEADER;

    HeaderGuard(InputStream content) {
        super(content);
    }

    /** Lets this many bytes of a file pass, and a header after them. */
    void allow(long fileBytes) {
        left = fileBytes + MOST_HEADER;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return passed(super.read(buffer, offset, length));
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = super.skip(count);
        passed((int) Math.min(Integer.MAX_VALUE, skipped));
        return skipped;
    }

    private int passed(int bytes) {
        left -= Math.max(0, bytes);
        if (left < 0) {
            throw new ArchiveException(
                    "archive-names-are-plain",
                    "a header in the archive has more than " + (MOST_HEADER >> 20) + " MiB",
                    "Pack the product anew from its own folder, as its producer did.");
        }
        return bytes;
    }
}
