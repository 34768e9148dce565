package io.swath.arrival;

import java.nio.file.Path;

/** The storage does not answer, or is not mounted. Nothing is lost; try again later. */
public final class StorageUnavailableException extends RuntimeException {
    public StorageUnavailableException(Path path, String problem) {
        super("Tried to read " + path + " but failed because " + problem
                + "; nothing is lost. Check that the storage is mounted and the folder exists");
    }

    public StorageUnavailableException(Path path, Throwable cause) {
        this(path, "of " + cause);
        initCause(cause);
    }
}
