package io.swath.submission;

/** No partition can give what a recipe asks for. The message names the recipe and the field, and says what to do. */
public final class SizingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean clusterTooSmall;

    public SizingException(String message) {
        this(message, false);
    }

    /** @param clusterTooSmall whether the request is sound, but for a cluster with more nodes */
    SizingException(String message, boolean clusterTooSmall) {
        super(message);
        this.clusterTooSmall = clusterTooSmall;
    }

    /** Whether the request is sound, but for a cluster with more nodes. */
    public boolean clusterTooSmall() {
        return clusterTooSmall;
    }
}
