package io.swath.model;

/** Where a tile is. */
public enum TileState {
    /** Nothing of it is queued: it waits to be submitted. */
    WAITING,
    /** A run of it is queued or running. */
    OPEN,
    DONE,
    /** Out of retries. */
    FAILED
}
