package io.swath.model;

/** The state of a run: {@code INTENT → QUEUED → RUNNING → SUCCEEDED} or {@code FAILED}. */
public enum RunState {
    INTENT,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED;

    /** Whether the run has ended. */
    public boolean terminal() {
        return this == SUCCEEDED || this == FAILED;
    }
}
