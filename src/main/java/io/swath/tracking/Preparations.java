package io.swath.tracking;

import io.swath.ledger.Session;
import io.swath.model.Run;
import io.swath.model.Scene;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what preparations have made, and has them made again when tasks find that it is missing or was changed. Every
 * method works in the caller's transaction. Stateless.
 *
 * <p>The ledger keeps the SHA-256 of the prepared file, which the job scripts of the tiles hold. The evidence alone would
 * not do: every job of the scene may write it.
 */
final class Preparations {
    private static final Logger log = LoggerFactory.getLogger(Preparations.class);

    private Preparations() {}

    /**
     * @param scene as it was before these runs were recorded
     * @param recorded those of {@code judged} that were open until now
     */
    static void record(Session session, Scene scene, List<JudgedRun> judged, List<Run> recorded) {
        Set<String> ids = recorded.stream().map(Run::id).collect(Collectors.toSet());
        for (JudgedRun run : judged) {
            if (!ids.contains(run.run().id())) {
                continue;
            }
            run.prepared().ifPresent(sha256 -> made(session, scene, sha256));
            if (run.notPrepared() && session.tiles().redoPreparation(run.run().batch())) {
                log.warn(
                        "A preparation is made again, because its file is missing or was changed. scene={}",
                        scene.id());
            }
        }
    }

    /** Where a repeated preparation has another result, tiles that used the former one would not fit the others. */
    private static void made(Session session, Scene scene, String sha256) {
        String former = scene.plan().prepared();
        if (!former.isEmpty() && !former.equals(sha256)) {
            log.warn(
                    "A preparation that was made again has another result, so all tiles are made again. scene={}",
                    scene.id());
            session.tiles().resetToFirstStep(scene.id());
        }
        session.scenes().recordPrepared(scene.id(), sha256);
    }
}
