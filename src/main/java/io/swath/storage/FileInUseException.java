package io.swath.storage;

import java.io.IOException;
import java.nio.file.Path;

/** A file cannot be opened now, because its writer holds a lease on it (fcntl(2)). An open that waited could wait long. */
public final class FileInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    FileInUseException(Path file) {
        super(file + " is still in use by its writer");
    }
}
