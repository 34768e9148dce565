package io.swath.tracking;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.health.GrowingPause;
import io.swath.job.Directives;
import io.swath.model.Cause;
import io.swath.model.GpuRequest;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides from the cause of a failed run whether its tile is retried, when, and with which request. Immutable.
 *
 * @param memoryGrowth factor by which a peak that a task reports may exceed what it requested
 * @param gpuGrowth factor for the share of a GPU after GPU_OUT_OF_MEMORY
 * @param infrastructureFailureLimit how many infrastructure failures a tile may have (NODE, LOST, PREEMPTED)
 * @param pause before the first retry of a tile that may fail within seconds; doubled with each further failure
 * @param directives where the settings let jobs run, and on whose account: that limits how much a retry can request
 */
public record RetryPolicy(
        double memoryGrowth, double gpuGrowth, int infrastructureFailureLimit, Duration pause, Directives directives) {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** Making room takes people longer than repairing a node. */
    private static final Duration LONGEST_STORAGE_PAUSE = Duration.ofHours(1);

    /**
     * What a tile does next.
     *
     * @param tile the tile in its new state
     * @param whyNoRetry why a retry cannot help; empty when the tile is retried, or has used up its recipe's retries
     * @param pause before the tile is submitted again
     */
    record Decision(TileProgress tile, String whyNoRetry, Duration pause) {
        /** A decision without a pause and without an explanation. */
        static Decision proceed(TileProgress tile) {
            return new Decision(tile, "", Duration.ZERO);
        }
    }

    /**
     * Decides what a tile does after a run of it failed.
     *
     * @param request the request of the failed run
     * @param facts what accounting and evidence report about the failed run
     * @param retries how many faults the recipe allows
     * @param night whether its scene has the priority of the night
     */
    Decision after(
            Cause cause,
            TileProgress tile,
            Request request,
            Run.Facts facts,
            int retries,
            boolean night,
            Capabilities cluster) {
        Optional<Partition> partition = cluster.partition(request.partition());
        MostPerJob most = most(request, tile, night, cluster);
        return switch (cause) {
            case EXIT, BAD_OUTPUT -> withPause(fault(tile.retry(true), retries));
            // If another node cannot read the scene either, the scene itself is damaged, so one retry is enough.
            case BAD_INPUT ->
                fault(
                        tile.retry(true)
                                .excludingNodes(excludingIfOthersExist(
                                        tile, facts.allocation().node(), partition)),
                        Math.min(1, retries));
            case INPUT_CHANGED -> giveUp(tile.retry(true), "every other run would read the changed file too");
            case CANCELLED -> fault(tile.retry(true), retries);
            case OUT_OF_MEMORY -> moreMemory(tile, facts.asked(request), facts, retries, most.memoryMiB());
            case TIMEOUT -> moreTime(tile, request, retries, most.seconds());
            case GPU_OUT_OF_MEMORY -> moreGpu(tile, request, retries, partition);
            case NODE ->
                withPause(infrastructureFailure(tile.retry(false)
                        .excludingNodes(excluding(tile, facts.allocation().node(), partition))));
            case LOST -> withPause(infrastructureFailure(tile.retry(false)));
            case PREEMPTED -> infrastructureFailure(tile.retry(false));
        };
    }

    /**
     * Decides what a tile does after the storage accepted no more data from a run of it. If Swath cannot write either,
     * the storage is full for everybody: the tile waits for as long as that lasts, and the failure counts as nothing.
     * If Swath can write, for example because only the jobs' user has used up its quota, it is an infrastructure
     * failure, so that it does not repeat for ever. The node is not to blame, so it is not excluded.
     */
    Decision afterFullStorage(TileProgress tile, Request request, boolean storageWritable) {
        if (!storageWritable) {
            TileProgress waiting = tile.withState(TileState.WAITING);
            return new Decision(waiting, "", pause(tile.attempts(), LONGEST_PAUSE));
        }
        Decision decision = infrastructureFailure(tile.retry(false));
        String why = decision.whyNoRetry().isEmpty()
                ? ""
                : decision.whyNoRetry() + ". Swath itself can write to the storage: look at the quota of the jobs' user"
                        + " and group, and at the rights on the scene's folder in work/";
        return new Decision(
                decision.tile(), why, pause(decision.tile().infrastructureFailures(), LONGEST_STORAGE_PAUSE));
    }

    /**
     * The decision for a tile of which an earlier output was changed: the tile begins with its first step. A step that
     * succeeds resets the tile's failures, so a tile that was submitted very often stays at its step, where the failures
     * are counted until the limit is reached.
     */
    Decision fromFirstStep(Decision decision, int retries) {
        TileProgress tile = decision.tile();
        return tile.state() == TileState.FAILED || tile.attempts() <= retries + infrastructureFailureLimit
                ? new Decision(tile.atFirstStep(), decision.whyNoRetry(), decision.pause())
                : decision;
    }

    /** The most memory and time that the tile's next run may request. */
    private MostPerJob most(Request request, TileProgress tile, boolean night, Capabilities cluster) {
        return MostPerJob.of(directives.placed(request.withExcludedNodes(tile.excludedNodes()), night), cluster);
    }

    /**
     * Records that the run had too little memory. Its peak may be above what it requested: the task itself may have
     * reported it, so it counts only up to the request that would follow without it.
     */
    private Decision moreMemory(
            TileProgress tile, Request request, Run.Facts facts, int retries, MostPerJob.Amount most) {
        if (request.memoryMiB() == 0) { // the cluster does not manage memory: more cannot be requested
            return withPause(fault(tile.retry(true), retries));
        }
        if (request.memoryMiB() >= most.most()) {
            return giveUp(
                    tile, "it had " + request.memoryMiB() + " MiB, the most that it may request: " + most.because());
        }
        long credible = (long) Math.ceil(request.memoryMiB() * memoryGrowth);
        long peakMiB = Math.min(credible, facts.used().memoryKiB().orElse(0L) / 1024);
        int tooLittle = (int) Math.max(peakMiB, request.memoryMiB());
        return fault(tile.retry(true).withTooLittle(tooLittle), retries);
    }

    private Decision moreTime(TileProgress tile, Request request, int retries, MostPerJob.Amount most) {
        long seconds = request.time().toSeconds();
        return seconds >= most.most()
                ? giveUp(tile, "it had " + seconds + " s, the most that it may request: " + most.because())
                : fault(tile.retry(true).withTooShort(request.time()), retries);
    }

    /** Requests a larger part of one GPU, up to the whole GPU. A failure on a whole GPU is an ordinary fault. */
    private Decision moreGpu(TileProgress tile, Request request, int retries, Optional<Partition> partition) {
        GpuRequest asked = request.gpu();
        if (!asked.partial()) {
            TileProgress next = tile.retry(true); // a step that may run on CPUs too goes there after a whole GPU
            Decision decision = fault(asked.any() ? next.withGpu(asked.whole()) : next, retries);
            String had = asked.any() ? "it had a whole GPU" : "it requested no GPU";
            return new Decision(
                    decision.tile(), had + ": only a step that needs less GPU memory can help", decision.pause());
        }
        int shards = partition.map(Partition::shardsPerGpu).orElse(0);
        double part = asked.shards() > 0 && shards > 0 // batches of older versions do not say which part it is
                ? Math.ceil(asked.shards() * gpuGrowth) / shards
                : asked.part() * gpuGrowth;
        return fault(tile.retry(true).withGpu(part > 0 ? Math.min(1, part) : 1), retries);
    }

    /**
     * All nodes on which the tile failed. If those are all nodes of the partition, the node that failed first is left
     * out.
     */
    private static List<String> excluding(TileProgress tile, String node, Optional<Partition> partition) {
        List<String> nodes = new ArrayList<>(tile.excludedNodes());
        if (!node.isBlank()) {
            nodes.remove(node);
            nodes.add(node);
        }
        int most = partition.map(where -> where.nodes() - 1).orElse(Integer.MAX_VALUE);
        return nodes.subList(Math.max(0, nodes.size() - Math.max(0, most)), nodes.size());
    }

    /** Excludes the node only if the partition is known, because otherwise it may be the only node. */
    private static List<String> excludingIfOthersExist(TileProgress tile, String node, Optional<Partition> partition) {
        return partition.isPresent() ? excluding(tile, node, partition) : tile.excludedNodes();
    }

    private static Decision fault(TileProgress retried, int retries) {
        return Decision.proceed(retried.faults() > retries ? retried.withState(TileState.FAILED) : retried);
    }

    private Decision infrastructureFailure(TileProgress retried) {
        return retried.infrastructureFailures() > infrastructureFailureLimit
                ? giveUp(
                        retried,
                        "it had " + retried.infrastructureFailures()
                                + " infrastructure failures, and retry.mishaps allows "
                                + infrastructureFailureLimit)
                : Decision.proceed(retried);
    }

    private static Decision giveUp(TileProgress tile, String whyNoRetry) {
        return new Decision(tile.withState(TileState.FAILED), whyNoRetry, Duration.ZERO);
    }

    /**
     * Adds the pause. A tile may fail within seconds. The pause gives people time to look before the retries are used
     * up.
     */
    private Decision withPause(Decision decision) {
        int failures = decision.tile().faults() + decision.tile().infrastructureFailures();
        return new Decision(decision.tile(), decision.whyNoRetry(), pause(failures, LONGEST_PAUSE));
    }

    private Duration pause(int failures, Duration longest) {
        return new GrowingPause(pause, longest).after(Math.max(1, failures));
    }
}
