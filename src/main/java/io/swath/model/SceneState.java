package io.swath.model;

/**
 * The state of a scene.
 *
 * <pre>ACCEPTED → PLANNED → PROCESSING → ASSEMBLING → DELIVERED, or REJECTED, FAILED, CANCELLED</pre>
 */
public enum SceneState {
    ACCEPTED,
    PLANNED,
    PROCESSING,
    ASSEMBLING,
    DELIVERED,
    /** The input cannot be used; the reason names the rule that it breaks. */
    REJECTED,
    /** At least one tile has failed and is out of retries. The results of the other tiles are kept. */
    FAILED,
    CANCELLED;

    /** Whether the scene has ended: Swath does nothing more with it unless it is retried or reprocessed. */
    public boolean terminal() {
        return this == DELIVERED || this == REJECTED || this == FAILED || this == CANCELLED;
    }
}
