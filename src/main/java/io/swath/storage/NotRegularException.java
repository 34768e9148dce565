package io.swath.storage;

import java.io.IOException;
import java.nio.file.Path;

/** A file on the storage is there, but is not what it should be: a link, a pipe, a folder, or too large. */
public final class NotRegularException extends IOException {
    private static final long serialVersionUID = 1L;

    NotRegularException(Path file, String what) {
        super(file + " " + what);
    }
}
