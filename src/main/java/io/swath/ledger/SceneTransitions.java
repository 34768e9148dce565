package io.swath.ledger;

import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves a scene on after its tiles have changed. Every method works in the caller's transaction. Stateless. */
public final class SceneTransitions {
    private static final Logger log = LoggerFactory.getLogger(SceneTransitions.class);
    private static final Set<SceneState> TILED = Set.of(SceneState.PLANNED, SceneState.PROCESSING);
    private static final Set<SceneState> UNFINISHED =
            Set.of(SceneState.PLANNED, SceneState.PROCESSING, SceneState.ASSEMBLING);
    private static final int FAILURES_SHOWN = 3;

    private SceneTransitions() {}

    /** Makes a finished assembly wait again. A finished assembly is outdated when one of its tiles is retried. */
    public static void reopenAssembly(Session session, String sceneId) {
        session.tiles()
                .assembly(sceneId)
                .filter(tile -> tile.state() == TileState.DONE)
                .map(tile -> TileProgress.notSubmitted(sceneId, tile.tile()).withAttempts(tile.attempts()))
                .ifPresent(tile -> session.tiles().update(List.of(tile)));
    }

    /**
     * Moves the scene to ASSEMBLING when all its tiles are done. Moves it to FAILED when the preparation or the assembly
     * has failed, or when all tiles have ended and some of them have failed.
     */
    public static void advance(Session session, Scene scene) {
        Map<TileState, Integer> counts = session.tiles().counts(scene.id());
        for (int part : List.of(TileProgress.PREPARATION, TileProgress.ASSEMBLY)) {
            boolean failed = session.tiles().find(scene.id(), List.of(part)).stream()
                    .anyMatch(tile -> tile.state() == TileState.FAILED);
            if (failed) {
                fail(session, scene, "the " + TileProgress.label(part) + " failed: " + causes(session, scene));
                return;
            }
        }
        boolean tilesEnded = !counts.containsKey(TileState.WAITING) && !counts.containsKey(TileState.OPEN);
        int failed = counts.getOrDefault(TileState.FAILED, 0);
        if (tilesEnded && failed == 0) {
            session.scenes().move(scene.id(), TILED, SceneState.ASSEMBLING, "");
        } else if (tilesEnded) {
            fail(
                    session,
                    scene,
                    failed + " of " + scene.plan().tileCount() + " tiles failed: " + causes(session, scene));
        }
    }

    private static void fail(Session session, Scene scene, String reason) {
        if (session.scenes().move(scene.id(), UNFINISHED, SceneState.FAILED, reason)) {
            log.warn(
                    "A scene failed: {}. Its input is kept. To process its failed tiles again: ./swath retry {}. scene={}",
                    reason,
                    scene.id(),
                    scene.id());
        }
    }

    private static String causes(Session session, Scene scene) {
        return session.runs().failures(scene.id(), FAILURES_SHOWN).stream()
                .map(run ->
                        TileProgress.label(run.tile()) + " " + run.cause().orElseThrow() + " (" + run.detail() + ")")
                .collect(Collectors.joining("; "));
    }
}
