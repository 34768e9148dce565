package io.swath.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How far a tile has come.
 *
 * @param step the next one to do, from 0
 * @param attempts how often it was submitted
 * @param faults how many of those failed in a way that counts against the recipe's retries
 * @param infrastructureFailures how many failed by nobody's fault: NODE, PREEMPTED, LOST
 * @param memoryMiB what its history asks for; empty: the recipe's first guess
 * @param time likewise
 * @param gpu the share of a GPU that its history asks for, likewise; 1: a whole one
 * @param excludedNodes nodes that it must not go to, in the order in which they failed it
 */
public record TileProgress(
        String sceneId,
        Tile tile,
        TileState state,
        int step,
        int attempts,
        int faults,
        int infrastructureFailures,
        Optional<Integer> memoryMiB,
        Optional<Duration> time,
        Optional<Double> gpu,
        List<String> excludedNodes) {
    /** The index of the tile that stands for a scene's assembly. */
    public static final int ASSEMBLY = -1;

    /** A tile's index in words, for messages to people: {@code tile 7}, or {@code assembly}. */
    public static String label(int index) {
        return index == ASSEMBLY ? "assembly" : "tile " + index;
    }

    public TileProgress {
        excludedNodes = List.copyOf(excludedNodes);
    }

    /** True for one that the scene's header shows to hold no pixels: it is done without having been submitted. */
    public boolean skipped() {
        return state == TileState.DONE && attempts == 0;
    }

    /** A tile that has not been submitted. */
    public static TileProgress fresh(String sceneId, Tile tile) {
        int step = tile.index() == ASSEMBLY ? Batch.ASSEMBLY : 0;
        return new TileProgress(
                sceneId,
                tile,
                TileState.WAITING,
                step,
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /** The same, when it was submitted so often before. */
    public TileProgress after(int submissions) {
        return new TileProgress(
                sceneId,
                tile,
                state,
                step,
                submissions,
                faults,
                infrastructureFailures,
                memoryMiB,
                time,
                gpu,
                excludedNodes);
    }

    public TileProgress in(TileState next) {
        return new TileProgress(
                sceneId,
                tile,
                next,
                step,
                attempts,
                faults,
                infrastructureFailures,
                memoryMiB,
                time,
                gpu,
                excludedNodes);
    }

    /** Submitted once more. */
    public TileProgress submitted() {
        return new TileProgress(
                sceneId,
                tile,
                TileState.OPEN,
                step,
                attempts + 1,
                faults,
                infrastructureFailures,
                memoryMiB,
                time,
                gpu,
                excludedNodes);
    }

    /** Through its present step: the next one starts with a clean history. */
    public TileProgress through(boolean last) {
        return new TileProgress(
                sceneId,
                tile,
                last ? TileState.DONE : TileState.OPEN,
                step + 1,
                attempts,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    /** To be submitted again for the memory and the time that {@code request} asks. */
    public TileProgress again(Request request, boolean fault) {
        return new TileProgress(
                sceneId,
                tile,
                TileState.WAITING,
                step,
                attempts,
                fault ? faults + 1 : faults,
                fault ? infrastructureFailures : infrastructureFailures + 1,
                Optional.of(request.memoryMiB()),
                Optional.of(request.time()),
                gpu,
                excludedNodes);
    }

    /** The same, asking for so much of a GPU. */
    public TileProgress withGpu(double share) {
        return new TileProgress(
                sceneId,
                tile,
                state,
                step,
                attempts,
                faults,
                infrastructureFailures,
                memoryMiB,
                time,
                Optional.of(share),
                excludedNodes);
    }

    /** The same, kept from these nodes and no others. */
    public TileProgress avoiding(List<String> nodes) {
        return new TileProgress(
                sceneId, tile, state, step, attempts, faults, infrastructureFailures, memoryMiB, time, gpu, nodes);
    }
}
