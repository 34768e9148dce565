package io.swath.untrusted.raster;

/** Planning could not be done by no fault of the scene (a tool missing, a disk not answering): worth trying again. */
public final class GdalUnavailableException extends RuntimeException {
    public GdalUnavailableException(String message) {
        super(message);
    }

    public GdalUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
