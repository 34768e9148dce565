package io.swath.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The progress of one tile through the steps of its recipe. Immutable.
 *
 * @param step index of the next step to do, from 0; {@link Batch#ASSEMBLY} for the assembly, {@link Batch#PREPARATION}
 *     for the preparation
 * @param attempts how often the tile was submitted, over all its steps
 * @param history what is known from the failed attempts at the present step
 */
public record TileProgress(String sceneId, Tile tile, TileState state, int step, int attempts, History history) {
    /** The index of the tile that stands for a scene's assembly. */
    public static final int ASSEMBLY = -1;

    /** The index of the tile that stands for the scene's preparation, if its recipe has one. */
    public static final int PREPARATION = -2;

    /** A tile's index in words, for messages to people: {@code tile 7}, {@code assembly} or {@code preparation}. */
    public static String label(int index) {
        return switch (index) {
            case ASSEMBLY -> "assembly";
            case PREPARATION -> "preparation";
            default -> "tile " + index;
        };
    }

    /**
     * The failed attempts at one step, and what the next attempt has to heed because of them. Immutable.
     *
     * @param faults failures that count against the recipe's retries
     * @param infrastructureFailures failures with the cause NODE, PREEMPTED or LOST, which have a limit of their own
     * @param tooLittleMiB the most memory with which an attempt was killed for memory; empty: none was
     * @param tooShort the longest time limit at which an attempt was killed; empty: none was
     * @param gpu share of a GPU that the next attempt asks for, where 1 is a whole GPU; empty: the recipe's first guess
     * @param excludedNodes nodes that the next attempt must not use, in the order in which they failed the tile
     */
    public record History(
            int faults,
            int infrastructureFailures,
            Optional<Integer> tooLittleMiB,
            Optional<Duration> tooShort,
            Optional<Double> gpu,
            List<String> excludedNodes) {
        /** No attempt has failed yet. */
        public static final History NONE =
                new History(0, 0, Optional.empty(), Optional.empty(), Optional.empty(), List.of());

        public History {
            excludedNodes = List.copyOf(excludedNodes);
        }
    }

    /** A tile that waits for its first submission. */
    public static TileProgress notSubmitted(String sceneId, Tile tile) {
        int step = switch (tile.index()) {
            case ASSEMBLY -> Batch.ASSEMBLY;
            case PREPARATION -> Batch.PREPARATION;
            default -> 0;
        };
        return new TileProgress(sceneId, tile, TileState.WAITING, step, 0, History.NONE);
    }

    /** Whether the tile was done without a submission, because the scene's header shows that it holds no pixels. */
    public boolean skipped() {
        return state == TileState.DONE && attempts == 0;
    }

    public int faults() {
        return history.faults;
    }

    public int infrastructureFailures() {
        return history.infrastructureFailures;
    }

    public Optional<Integer> tooLittleMiB() {
        return history.tooLittleMiB;
    }

    public Optional<Duration> tooShort() {
        return history.tooShort;
    }

    public Optional<Double> gpu() {
        return history.gpu;
    }

    /** Whether an attempt at its present step had too little memory or time. */
    public boolean hadTooLittle() {
        return tooLittleMiB().isPresent() || tooShort().isPresent();
    }

    public List<String> excludedNodes() {
        return history.excludedNodes;
    }

    public TileProgress withAttempts(int submissions) {
        return new TileProgress(sceneId, tile, state, step, submissions, history);
    }

    public TileProgress withState(TileState next) {
        return new TileProgress(sceneId, tile, next, step, attempts, history);
    }

    private TileProgress withHistory(History next) {
        return new TileProgress(sceneId, tile, state, step, attempts, next);
    }

    /** The tile after one more submission. */
    public TileProgress submitted() {
        return withState(TileState.OPEN).withAttempts(attempts + 1);
    }

    /**
     * The tile after its present step has succeeded. The next step starts without a history.
     *
     * @param last whether the tile has no further step
     */
    public TileProgress stepDone(boolean last) {
        TileState next = last ? TileState.DONE : TileState.OPEN;
        return new TileProgress(sceneId, tile, next, step + 1, attempts, History.NONE);
    }

    /** The tile at its first step. What was too little for its present step does not apply to that. */
    public TileProgress atFirstStep() {
        History first = new History(
                history.faults,
                history.infrastructureFailures,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                history.excludedNodes);
        return new TileProgress(sceneId, tile, state, 0, attempts, first);
    }

    /**
     * The tile after a failed attempt, waiting to be submitted again.
     *
     * @param fault whether the failure counts against the recipe's retries; if not, it is an infrastructure failure
     */
    public TileProgress retry(boolean fault) {
        return withState(TileState.WAITING)
                .withHistory(new History(
                        fault ? faults() + 1 : faults(),
                        fault ? infrastructureFailures() : infrastructureFailures() + 1,
                        tooLittleMiB(),
                        tooShort(),
                        gpu(),
                        excludedNodes()));
    }

    /** The same tile, for which this much memory was too little. */
    public TileProgress withTooLittle(int memoryMiB) {
        return withHistory(new History(
                faults(), infrastructureFailures(), Optional.of(memoryMiB), tooShort(), gpu(), excludedNodes()));
    }

    /** The same tile, for which this time limit was too short. */
    public TileProgress withTooShort(Duration limit) {
        return withHistory(new History(
                faults(), infrastructureFailures(), tooLittleMiB(), Optional.of(limit), gpu(), excludedNodes()));
    }

    /** The same tile, whose next attempt asks for this share of a GPU. */
    public TileProgress withGpu(double share) {
        return withHistory(new History(
                faults(), infrastructureFailures(), tooLittleMiB(), tooShort(), Optional.of(share), excludedNodes()));
    }

    /**
     * The same tile, whose next attempt must not use these nodes; nodes that were excluded before are allowed again.
     */
    public TileProgress excludingNodes(List<String> nodes) {
        return withHistory(new History(faults(), infrastructureFailures(), tooLittleMiB(), tooShort(), gpu(), nodes));
    }

    /**
     * Whether it had too little memory or time, and has one attempt left, which is given all that a job can have.
     *
     * @param retries how many faults the recipe allows
     */
    public boolean asksForAll(int retries) {
        return hadTooLittle() && isLastAttempt(retries);
    }

    /** Whether one more fault fails it, and one has happened already. */
    public boolean isLastAttempt(int retries) {
        return faults() > 0 && faults() >= retries;
    }
}
