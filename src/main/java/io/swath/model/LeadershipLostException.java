package io.swath.model;

/** Another Swath works on the ledger now: what was to be done was not done, and is the other's to do. */
public final class LeadershipLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LeadershipLostException(String message) {
        super(message);
    }
}
