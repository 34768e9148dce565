package io.swath.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.file.Path;

/** A write lease on a file (fcntl(2)) that its holder does not give up: who opens the file waits for 45 s. */
public final class WriteLease implements AutoCloseable {
    private static final int WRITE_LEASE = 1; // F_WRLCK
    private static final int SET_LEASE = 1024; // F_SETLEASE
    private static final int SET_SIGNAL = 10; // F_SETSIG
    private static final int IGNORED_SIGNAL = 23; // SIGURG; SIGIO would end this program

    private interface LibC extends Library {
        int open(String file, int flags);

        int fcntl(int descriptor, int command, int argument);

        int close(int descriptor);
    }

    private final LibC library = Native.load("c", LibC.class);
    private final Path file;
    private final int descriptor;

    public WriteLease(Path file) {
        this.file = file;
        descriptor = library.open(file.toString(), 0);
        library.fcntl(descriptor, SET_SIGNAL, IGNORED_SIGNAL);
        assumeTrue(
                library.fcntl(descriptor, SET_LEASE, WRITE_LEASE) == 0, "this file system or this user has no leases");
    }

    public Path file() {
        return file;
    }

    @Override
    public void close() {
        library.close(descriptor);
    }
}
