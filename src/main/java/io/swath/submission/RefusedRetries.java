package io.swath.submission;

import io.swath.ledger.Ledger;
import io.swath.ledger.SceneTransitions;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails the tiles of a retry that asks for more than the cluster ever gives. The recipe asks for less, so the scene's other tiles
 * go on. Stateless.
 */
final class RefusedRetries {
    private static final Logger log = LoggerFactory.getLogger(RefusedRetries.class);

    private RefusedRetries() {}

    /**
     * Withdraws the batch and fails its tiles, which moves the scene on, in one transaction.
     *
     * @param why what the batch asks for, and what the cluster answered; it is added to how the tiles' last runs ended
     * @return false if nothing was changed, because the batch is no retry with more memory, time or GPU
     */
    static boolean fail(Ledger ledger, Scene scene, Batch batch, String why) {
        return ledger.write(session -> {
            session.scenes().lock(scene.id());
            List<Integer> indices = session.runs().open(batch.token()).stream()
                    .map(run -> run.tile())
                    .toList();
            if (!tiles(session, scene, indices).stream().allMatch(tile -> askedForMore(tile, batch))
                    || !session.unsentBatches().withdraw(batch)) {
                return false;
            }
            List<TileProgress> failed = tiles(session, scene, indices).stream()
                    .map(tile -> tile.withState(TileState.FAILED))
                    .toList();
            session.tiles().update(failed);
            session.runs().addToFailures(failed, "; no retry: " + why);
            log.warn(
                    "The cluster refuses a retry for ever, so its tiles fail: {}. scene={} tiles={}",
                    why,
                    scene.id(),
                    indices);
            SceneTransitions.advance(session, scene);
            return true;
        });
    }

    private static List<TileProgress> tiles(Session session, Scene scene, List<Integer> indices) {
        return session.tiles().find(scene.id(), indices);
    }

    private static boolean askedForMore(TileProgress tile, Batch batch) {
        return tile.step() == batch.stepIndex()
                && (tile.hadTooLittle() || tile.gpu().isPresent());
    }
}
