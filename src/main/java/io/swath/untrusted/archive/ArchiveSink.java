package io.swath.untrusted.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Takes the files of an archive, one after the other. */
@FunctionalInterface
public interface ArchiveSink {
    /**
     * Takes the size of all files together, before the first; of a compressed tar nothing says it.
     *
     * @throws IOException when there is no room for them
     */
    default void expect(long bytes) throws IOException {}

    /**
     * Takes one file; its folders are not announced.
     *
     * @param name relative and without {@code ..}; no other file of the archive has it
     * @param size what the archive says of the size in bytes
     * @param content to be read to its end
     */
    void file(Path name, long size, InputStream content) throws IOException;
}
