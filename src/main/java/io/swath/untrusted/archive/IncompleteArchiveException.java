package io.swath.untrusted.archive;

import java.io.IOException;

/** The archive has no end. Perhaps it is still being written. */
public final class IncompleteArchiveException extends IOException {
    private static final long serialVersionUID = 1L;

    IncompleteArchiveException(String what, Throwable cause) {
        super(what, cause);
    }
}
