package io.swath.broker;

import java.nio.file.Path;
import java.util.Optional;

/** The free space of the folder in which Swath keeps its own files. Immutable. */
public record StateSpace(Path folder, long leastFree) {
    private static final long MIB = 1L << 20;

    /** The free space in bytes. */
    long free() {
        return folder.toFile().getUsableSpace();
    }

    /** Why no message may be taken now; empty when there is enough space. */
    Optional<String> problem() {
        long free = free();
        return free >= leastFree
                ? Optional.empty()
                : Optional.of("the folder " + folder + " of Swath has " + free / MIB + " MiB of free space, and"
                        + " state.least-free is " + leastFree / MIB + " MiB. Free space there.");
    }
}
