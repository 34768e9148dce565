package io.swath.tracking;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a tile does after a run of it failed: the cause decides.
 *
 * @param memoryGrowth factor for the next request after OUT_OF_MEMORY
 * @param timeGrowth factor for the next limit after TIMEOUT
 * @param gpuGrowth factor for the next share of a GPU after GPU_OUT_OF_MEMORY
 * @param infrastructureFailureLimit how often a tile may meet trouble that is nobody's fault
 * @param pause before a tile goes again that may fail at once; doubled with each failure of it
 */
public record RetryPolicy(
        double memoryGrowth, double timeGrowth, double gpuGrowth, int infrastructureFailureLimit, Duration pause) {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    /**
     * How a tile goes on.
     *
     * @param tile WAITING with a new request, or FAILED
     * @param why there is no use in trying again; empty where there is, or the recipe's retries are used up
     * @param pause before it goes again
     */
    record Next(TileProgress tile, String why, Duration pause) {}

    /**
     * @param request what the failed run had asked for
     * @param facts what is known of it
     * @param retries how many faults the recipe allows
     * @param partition where it runs; empty: its limits are not known
     */
    Next after(
            Cause cause,
            TileProgress tile,
            Request request,
            Run.Facts facts,
            int retries,
            Optional<Partition> partition) {
        return switch (cause) {
            case EXIT, BAD_OUTPUT -> paused(fault(tile.retry(request, true), retries));
            // Another node may see a sound file; if not, the scene itself is damaged and no further try will help.
            case BAD_INPUT ->
                fault(
                        tile.retry(request, true)
                                .excludingNodes(
                                        elsewhere(tile, facts.allocation().node(), partition)),
                        Math.min(1, retries));
            case CANCELLED -> fault(tile.retry(request, true), retries);
            case OUT_OF_MEMORY -> moreMemory(tile, request, facts, retries, partition);
            case TIMEOUT -> moreTime(tile, request, retries, partition);
            case GPU_OUT_OF_MEMORY -> moreGpu(tile, request, retries, partition);
            case NODE ->
                paused(infrastructureFailure(tile.retry(request, false)
                        .excludingNodes(avoided(tile, facts.allocation().node(), partition))));
            case LOST -> paused(infrastructureFailure(tile.retry(request, false)));
            case PREEMPTED -> infrastructureFailure(tile.retry(request, false));
        };
    }

    /** More than the run had asked for, and more than it was seen to use: it may have used more than it asked for. */
    private Next moreMemory(
            TileProgress tile, Request request, Run.Facts facts, int retries, Optional<Partition> partition) {
        int most = partition.map(Partition::memoryMiBPerNode).orElse(Integer.MAX_VALUE);
        long peakMiB = facts.used().memoryKiB().orElse(0L) / 1024;
        int more = (int) Math.min(most, Math.ceil(Math.max(peakMiB, request.memoryMiB()) * memoryGrowth));
        return more <= request.memoryMiB()
                ? noUse(tile, "it had the " + request.memoryMiB() + " MiB that are the most it may ask for")
                : fault(tile.retry(request.withMemoryMiB(more), true), retries);
    }

    private Next moreTime(TileProgress tile, Request request, int retries, Optional<Partition> partition) {
        Duration most = partition.flatMap(Partition::maxTime).orElse(Duration.ofDays(365));
        Duration grown = Duration.ofSeconds(Math.round(request.time().toSeconds() * timeGrowth));
        Duration more = grown.compareTo(most) > 0 ? most : grown;
        return more.compareTo(request.time()) <= 0
                ? noUse(tile, "it had the " + request.time().toSeconds() + " s that are the most it may ask for")
                : fault(tile.retry(request.withTime(more), true), retries);
    }

    /** A larger part of one GPU, at last the whole of it; there a fault is a fault. */
    private Next moreGpu(TileProgress tile, Request request, int retries, Optional<Partition> partition) {
        int parts = partition.map(Partition::shardsPerGpu).orElse(0);
        if (request.shards() == 0) {
            Next next = fault(tile.retry(request, true), retries);
            String had = request.gpus() == 0 ? "it had no GPU from Swath" : "it had a whole GPU";
            return new Next(next.tile(), had + ": only a step that needs less of it can help", next.pause());
        }
        double share = parts == 0 ? 1 : Math.min(1, Math.ceil(request.shards() * gpuGrowth) / parts);
        return fault(tile.retry(request, true).withGpu(share), retries);
    }

    /** All nodes that failed the tile, but never all of its partition: then the oldest failure is forgotten. */
    private static List<String> avoided(TileProgress tile, String node, Optional<Partition> partition) {
        List<String> nodes = new ArrayList<>(tile.excludedNodes());
        if (!node.isBlank()) {
            nodes.remove(node);
            nodes.add(node);
        }
        int most = partition.map(where -> where.nodes() - 1).orElse(Integer.MAX_VALUE);
        return nodes.subList(Math.max(0, nodes.size() - Math.max(0, most)), nodes.size());
    }

    /** Leaves the node out, where others are known to be left. */
    private static List<String> elsewhere(TileProgress tile, String node, Optional<Partition> partition) {
        return partition.isPresent() ? avoided(tile, node, partition) : tile.excludedNodes();
    }

    private static Next fault(TileProgress again, int retries) {
        return new Next(again.faults() > retries ? again.withState(TileState.FAILED) : again, "", Duration.ZERO);
    }

    private Next infrastructureFailure(TileProgress again) {
        return again.infrastructureFailures() > infrastructureFailureLimit
                ? noUse(
                        again,
                        "it met trouble " + again.infrastructureFailures() + " times, and retry.mishaps allows "
                                + infrastructureFailureLimit)
                : new Next(again, "", Duration.ZERO);
    }

    private static Next noUse(TileProgress tile, String why) {
        return new Next(tile.withState(TileState.FAILED), why, Duration.ZERO);
    }

    /** Lest a tile that fails at once uses up its retries before anybody can look. */
    private Next paused(Next next) {
        int failures = next.tile().faults() + next.tile().infrastructureFailures();
        Duration doubled = pause.multipliedBy(1L << Math.min(20, failures - 1));
        return new Next(next.tile(), next.why(), doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled);
    }
}
