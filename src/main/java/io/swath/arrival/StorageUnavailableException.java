package io.swath.arrival;

import java.nio.file.Path;

/** The storage does not answer, or is not mounted. No scene's fault, and nothing is lost: worth trying again. */
public final class StorageUnavailableException extends RuntimeException {
    public StorageUnavailableException(Path path, String problem) {
        super("Tried to read " + path + " but failed because " + problem
                + "; nothing is lost. See that the storage is mounted and the folder exists");
    }

    public StorageUnavailableException(Path path, Throwable cause) {
        this(path, "of " + cause);
        initCause(cause);
    }
}
