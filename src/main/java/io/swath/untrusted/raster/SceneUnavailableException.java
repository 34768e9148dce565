package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A scene's file could not be inspected now: the storage does not answer, or gdalinfo is missing or does not end. This is
 * no fault of the scene, which may be valid: inspect it again later.
 */
public final class SceneUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SceneUnavailableException(String message) {
        super(message);
    }

    public SceneUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** For a file or folder that could not be read. */
    public static SceneUnavailableException unreadable(Path path, IOException failed) {
        return new SceneUnavailableException(
                "Tried to read " + path + " but failed because of " + failed + "; nothing is lost, try again", failed);
    }
}
