package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides again on which device the tiles of a batch run that was written and not sent, where the recipe leaves it to Swath.
 * A tile is moved once at most, and only if it ends much earlier, so that tiles do not go to and fro. Thread-safe.
 */
final class DeviceMoves {
    private static final Logger log = LoggerFactory.getLogger(DeviceMoves.class);

    private final Ledger ledger;
    private final Sizing sizing;

    DeviceMoves(Ledger ledger, Sizing sizing) {
        this.ledger = ledger;
        this.sizing = sizing;
    }

    /**
     * Whether the batch must be withdrawn, because its tiles should run on another device. Then it is written down that they
     * were moved.
     *
     * @param recipe as its author wrote it
     * @throws SizingException when no device of the cluster can do the batch's step
     */
    boolean move(Scene scene, Recipe recipe, Batch batch, Capabilities cluster) {
        if (!DeviceLanes.isAny(recipe, batch.stepIndex())) {
            return false;
        }
        Optional<String> why = ledger.write(session -> {
            List<Integer> tiles = session.runs().open(batch.token()).stream()
                    .map(run -> run.tile())
                    .toList();
            List<TileProgress> progress = session.tiles().find(scene.id(), tiles);
            DeviceQueues queues = new DeviceQueues(session, sizing, cluster);
            Device now = DeviceLanes.deviceOf(batch);
            Optional<String> better = queues.possible(recipe, batch.stepIndex()).contains(now)
                    ? Optional.of(progress)
                            .filter(all -> !all.isEmpty()
                                    && all.stream().noneMatch(tile -> DeviceLanes.needsCpu(tile, recipe))
                                    && !session.deviceLoads().anyMoved(scene.id(), tiles))
                            .flatMap(all -> new DeviceChoice(
                                            queues.of(scene, recipe, batch.stepIndex(), all.get(0), batch.token()))
                                    .betterThan(now, batch.size()))
                    : Optional.of("the cluster has no place for them there any more");
            better.ifPresent(reason -> session.deviceLoads().markMoved(scene.id(), tiles));
            return better;
        });
        why.ifPresent(reason -> log.info(
                "tiles that wait for a device are moved to another: {} batch={} scene={} step={} tasks={}",
                reason,
                batch.token(),
                scene.id(),
                batch.step(),
                batch.size()));
        return why.isPresent();
    }
}
