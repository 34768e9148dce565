package io.swath.model;

/** The state of a tile. */
public enum TileState {
    /** It waits to be submitted. */
    WAITING,
    /** It was submitted: a run of it is queued or running. */
    OPEN,
    DONE,
    /** Out of retries. */
    FAILED
}
