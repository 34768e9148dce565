package io.swath.testing;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.swath.storage.Removal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder on another file system than a test's own folder; a test that needs it is skipped where there is none. */
public final class OtherFileSystem implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm"); // on every Linux, shm_overview(7)

    private final Path folder;

    /** @param own the test's own folder */
    public OtherFileSystem(Path own) throws IOException {
        assumeTrue(Files.isWritable(MEMORY), () -> MEMORY + " cannot be written to");
        assumeFalse(
                Files.getFileStore(MEMORY).equals(Files.getFileStore(own)),
                () -> own + " is on the file system of " + MEMORY);
        folder = Files.createTempDirectory(MEMORY, "swath-test-");
    }

    public Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        Removal.remove(folder);
    }
}
