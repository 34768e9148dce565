package io.swath.untrusted.archive;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Locale;

/** Reads the files of an archive one after the other, with bounds. Thread-safe. */
public final class ArchiveReader {
    private ArchiveReader() {}

    /**
     * Reads an archive.
     *
     * @param archive read from its beginning; it stays open
     * @throws ArchiveException when it is damaged or breaks a bound; some files may have been given to the sink
     * @throws IncompleteArchiveException when its end is missing; as above
     * @throws IOException when the archive could not be read, or the sink failed
     */
    public static void read(SeekableByteChannel archive, ArchiveKind kind, ArchiveLimits limits, ArchiveSink sink)
            throws IOException {
        WatchedChannel watched = new WatchedChannel(archive);
        GuardedSink guarded = new GuardedSink(sink);
        try {
            if (kind == ArchiveKind.ZIP) {
                new ZipContent(watched, limits).read(guarded);
            } else {
                new TarContent(watched, kind, limits).read(guarded);
            }
        } catch (IncompleteArchiveException incomplete) {
            throw incomplete;
        } catch (IOException | IllegalArgumentException failed) {
            watched.rethrow();
            guarded.rethrow();
            if (failed instanceof EOFException || isTruncation(failed)) {
                throw new IncompleteArchiveException("the archive ends too early", failed);
            }
            throw ArchiveException.damaged(String.valueOf(failed.getMessage()));
        }
    }

    /** Commons Compress says this in words alone. */
    private static boolean isTruncation(Exception failed) {
        String message = String.valueOf(failed.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("truncated") || message.contains("unexpected end");
    }

    /** A sink that keeps its failures: a full disk is no damaged archive. */
    private static final class GuardedSink implements ArchiveSink {
        private final ArchiveSink sink;
        private IOException failure;

        private GuardedSink(ArchiveSink sink) {
            this.sink = sink;
        }

        @Override
        public void expect(long bytes) throws IOException {
            try {
                sink.expect(bytes);
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        @Override
        public void file(Path name, long size, InputStream content) throws IOException {
            SourceFailures source = new SourceFailures(content);
            try {
                sink.file(name, size, source);
            } catch (IOException failed) {
                if (source.failure == null) {
                    failure = failed;
                }
                throw failed;
            }
        }

        private void rethrow() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** Tells a failure to read the archive from a failure to write its files. */
    private static final class SourceFailures extends FilterInputStream {
        private IOException failure;

        private SourceFailures(InputStream content) {
            super(content);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public void close() {
            // The archive goes on after this file.
        }
    }
}
