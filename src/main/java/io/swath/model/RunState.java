package io.swath.model;

/** Where one attempt at one tile and one step is. */
public enum RunState {
    INTENT,
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED;

    public boolean terminal() {
        return this == SUCCEEDED || this == FAILED;
    }
}
