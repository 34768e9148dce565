package io.swath.tracking;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Duration;
import java.util.Optional;

/**
 * What a tile does after a run of it failed: the cause decides.
 *
 * @param memoryGrowth factor for the next request after OUT_OF_MEMORY
 * @param timeGrowth factor for the next limit after TIMEOUT
 * @param mishapLimit how often a tile may meet trouble that is nobody's fault
 */
public record RetryPolicy(double memoryGrowth, double timeGrowth, int mishapLimit) {

    /**
     * The tile as it goes on: WAITING with a new request, or FAILED.
     *
     * @param request what the failed run had asked for
     * @param node where it ran
     * @param retries how many faults the recipe allows
     * @param partition where it runs; empty: its limits are not known
     */
    TileProgress after(
            Cause cause, TileProgress tile, Request request, String node, int retries, Optional<Partition> partition) {
        return switch (cause) {
            case EXIT, BAD_OUTPUT, CANCELLED, GPU_OUT_OF_MEMORY -> fault(tile, request, retries);
            // Another node may see a sound file; if not, the scene itself is damaged and no further try will help.
            case BAD_INPUT -> fault(tile, elsewhere(request, node, partition), Math.min(1, retries));
            case OUT_OF_MEMORY -> {
                int most = partition.map(Partition::memoryMiBPerNode).orElse(Integer.MAX_VALUE);
                int more = (int) Math.min(most, Math.ceil(request.memoryMiB() * memoryGrowth));
                yield more <= request.memoryMiB()
                        ? tile.in(TileState.FAILED)
                        : fault(tile, request.withMemoryMiB(more), retries);
            }
            case TIMEOUT -> {
                Duration most = partition.flatMap(Partition::maxTime).orElse(Duration.ofDays(365));
                Duration more = Duration.ofSeconds(Math.round(request.time().toSeconds() * timeGrowth));
                more = more.compareTo(most) > 0 ? most : more;
                yield more.compareTo(request.time()) <= 0
                        ? tile.in(TileState.FAILED)
                        : fault(tile, request.withTime(more), retries);
            }
            case NODE -> mishap(tile, request.without(node));
            case PREEMPTED, LOST -> mishap(tile, request);
        };
    }

    /** Leaves the node out, where others are left. */
    private static Request elsewhere(Request request, String node, Optional<Partition> partition) {
        int nodes = partition.map(Partition::nodes).orElse(1);
        return nodes - request.excludedNodes().size() > 1 ? request.without(node) : request;
    }

    private static TileProgress fault(TileProgress tile, Request next, int retries) {
        TileProgress again = tile.again(next, true);
        return again.faults() > retries ? again.in(TileState.FAILED) : again;
    }

    private TileProgress mishap(TileProgress tile, Request next) {
        TileProgress again = tile.again(next, false);
        return again.mishaps() > mishapLimit ? again.in(TileState.FAILED) : again;
    }
}
