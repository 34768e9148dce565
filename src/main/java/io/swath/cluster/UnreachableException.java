package io.swath.cluster;

/** The cluster could not be reached, so the command has certainly had no effect. */
public class UnreachableException extends ClusterException {
    private static final long serialVersionUID = 1L;

    public UnreachableException(String message) {
        super(message);
    }

    public UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
