package io.swath.planning;

/** Planning could not be done by no fault of the scene (a tool missing, a disk not answering): worth trying again. */
public final class PlanningUnavailableException extends RuntimeException {
    public PlanningUnavailableException(String message) {
        super(message);
    }

    public PlanningUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
