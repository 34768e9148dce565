package io.swath.arrival;

import java.io.IOException;

/** An archive could not be unpacked now, for example because the storage is full. Swath tries it again after a pause. */
public final class UnpackException extends IOException {
    private static final long serialVersionUID = 1L;

    UnpackException(IOException cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }

    /** What the scene in the archive waits for, as a phrase for people. */
    public String waitsFor() {
        return "Swath, which cannot unpack it now and tries again: " + getMessage();
    }
}
