package io.swath.submission;

import io.swath.cluster.JobArray.DependencyType;
import io.swath.model.Batch;
import io.swath.model.TileProgress;
import java.util.List;

/**
 * A batch that is to be submitted.
 *
 * @param tiles in the order of the array tasks; each as it is after the submission
 */
record PlannedBatch(Batch batch, List<TileProgress> tiles) {
    PlannedBatch {
        tiles = List.copyOf(tiles);
    }

    /** How a batch waits for the batches before it: a step waits tile by tile, an assembly waits for all tiles. */
    static DependencyType dependencyType(Batch batch) {
        return batch.assembly() ? DependencyType.AFTER_OK : DependencyType.AFTER_CORRESPONDING;
    }
}
