package io.swath.model;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /** The states that are not {@link #terminal}. */
    public static final Set<SceneState> NOT_ENDED =
            Stream.of(values()).filter(state -> !state.terminal()).collect(Collectors.toUnmodifiableSet());

    /** Whether the scene has ended: Swath does nothing more with it unless it is retried or reprocessed. */
    public boolean terminal() {
        return this == DELIVERED || this == REJECTED || this == FAILED || this == CANCELLED;
    }
}
