package io.swath.cluster;

/** Trouble with the plumbing: the message says what was tried, what happened and what to look at. */
public class ClusterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClusterException(String message) {
        super(message);
    }

    public ClusterException(String message, Throwable cause) {
        super(message, cause);
    }
}
