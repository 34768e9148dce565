package io.swath.cluster;

/** The cluster could not be reached: whatever was to be done there has certainly not begun. */
public class UnreachableException extends ClusterException {
    private static final long serialVersionUID = 1L;

    public UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
