package io.swath.submission;

import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a scene that asks for something that the cluster can never give. Stateless. */
final class SceneFailure {
    /** The states of a scene that is submitted. */
    static final Set<SceneState> IN_WORK = Set.of(SceneState.PLANNED, SceneState.PROCESSING, SceneState.ASSEMBLING);

    private static final Logger log = LoggerFactory.getLogger(SceneFailure.class);

    private SceneFailure() {}

    static void fail(Ledger ledger, Scene scene, String reason) {
        log.error("a scene fails, because it cannot be submitted: {} scene={}", reason, scene.id());
        ledger.write(session -> session.scenes().move(scene.id(), IN_WORK, SceneState.FAILED, reason));
    }
}
