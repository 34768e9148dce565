package io.swath.untrusted.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what comes out of an archive, and stops it at the bound. Not thread-safe. */
final class ContentBudget {
    private final long most;
    private long used;

    ContentBudget(long most) {
        this.most = most;
    }

    /** Checks what a header says before anything is unpacked. A header may also lie. */
    void expect(long bytes) {
        if (bytes > most - used) {
            throw tooLarge();
        }
    }

    private ArchiveException tooLarge() {
        return new ArchiveException(
                "archive-unpacks-small",
                "the archive would unpack to more than " + (most >> 20) + " MiB, too much for its size",
                "It may be made to fill the disk. A real product this large is delivered as a folder.");
    }

    /** The content, which ends with an {@link ArchiveException} when the bound is passed. */
    InputStream count(InputStream content) {
        return new FilterInputStream(content) {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = super.read(buffer, offset, length);
                if (read > 0) {
                    used += read;
                    if (used > most) {
                        throw tooLarge();
                    }
                }
                return read;
            }

            @Override
            public void close() {
                // The archive goes on after this file.
            }
        };
    }
}
