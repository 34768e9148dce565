package io.swath.model;

/** Another Swath is the leader now. The action that was tried was not carried out; the leader does it. */
public final class LeadershipLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LeadershipLostException(String message) {
        super(message);
    }
}
