package io.swath.cluster;

/** The cluster does not let Swath's user do that, now or later: nothing is gained by another try. */
public final class DeniedException extends ClusterException {
    public DeniedException(String message) {
        super(message);
    }
}
