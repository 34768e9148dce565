package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import java.util.List;

/**
 * Decides whether a batch that was written and not sent is still as it would be planned now. A limit, a setting or the
 * cluster may have changed, perhaps while Swath was down. Thread-safe.
 */
final class Replanning {
    private final Ledger ledger;
    private final Sizing sizing;
    private final TaskLimits limits;

    Replanning(Ledger ledger, Sizing sizing, TaskLimits limits) {
        this.ledger = ledger;
        this.sizing = sizing;
        this.limits = limits;
    }

    /**
     * Whether other batches have to take the batch's place.
     *
     * @throws SizingException when no partition can give what the batch's step asks for
     */
    boolean isOutdated(Scene scene, Batch batch, Recipe recipe, Capabilities cluster) {
        int most = Math.max(1, Math.min(limits.most(LimitScope.of(scene, batch)), cluster.maxArraySize()));
        return batch.size() > most
                || waitsForFailures(batch)
                || !requestNow(scene, batch, recipe, cluster).asksForTheSame(batch.request());
    }

    /**
     * Whether a batch before it has ended with failures. The cluster would cancel the tasks that can never start, or
     * would refuse the whole array once it has forgotten the job before.
     */
    private boolean waitsForFailures(Batch batch) {
        return batch.dependsOn().stream()
                .anyMatch(token -> ledger.read(session -> session.batches()
                                .find(token)
                                .filter(before -> before.state() == BatchState.DONE)
                                .isPresent()
                        && session.runs().failedCount(token) > 0));
    }

    private Request requestNow(Scene scene, Batch batch, Recipe recipe, Capabilities cluster) {
        TileProgress tile = ledger.read(session -> session.tiles()
                        .find(
                                scene.id(),
                                List.of(session.runs()
                                        .open(batch.token())
                                        .get(0)
                                        .tile())))
                .get(0);
        if (batch.assembly()) {
            return sizing.assembly(
                    recipe, (long) scene.plan().width() * scene.plan().height(), tile, cluster);
        }
        boolean next = tile.step() == batch.stepIndex();
        return sizing.request(
                recipe,
                recipe.step(batch.stepIndex()),
                next ? tile : TileProgress.notSubmitted(scene.id(), tile.tile()), // a history counts for the next step
                cluster);
    }
}
