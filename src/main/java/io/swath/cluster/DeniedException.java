package io.swath.cluster;

/** Swath's user lacks the right to do this on the cluster. A retry does not help. */
public final class DeniedException extends ClusterException {
    public DeniedException(String message) {
        super(message);
    }
}
