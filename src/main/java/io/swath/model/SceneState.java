package io.swath.model;

/**
 * Where a scene is on its way.
 *
 * <pre>ACCEPTED → PLANNED → PROCESSING → ASSEMBLING → DELIVERED, or REJECTED, FAILED, CANCELLED</pre>
 */
public enum SceneState {
    ACCEPTED,
    PLANNED,
    PROCESSING,
    ASSEMBLING,
    DELIVERED,
    /** Its own fault: the reason says which rule it broke. */
    REJECTED,
    /** Tiles failed for good; what succeeded is kept. */
    FAILED,
    CANCELLED;

    /** True when nothing more happens by itself. */
    public boolean terminal() {
        return this == DELIVERED || this == REJECTED || this == FAILED || this == CANCELLED;
    }
}
