package io.swath.tracking;

import io.swath.cluster.Capabilities;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Decides what the tiles of a scene do next after runs of them have ended. Changes nothing in the ledger. */
final class TileDecisions {
    /** How long a tile waits before it may be submitted again. */
    record Pause(int tile, Duration time) {}

    /**
     * @param runs the runs to record
     * @param tiles the tiles that change, by index
     * @param pauses in the order of the runs
     */
    record Decided(List<Run> runs, Map<Integer, TileProgress> tiles, List<Pause> pauses) {
        boolean anyTileWaits() {
            return tiles.values().stream().anyMatch(tile -> tile.state() == TileState.WAITING);
        }
    }

    private final Recipe recipe;
    private final Capabilities capabilities;
    private final RetryPolicy retries;
    private final boolean night;
    private final BooleanSupplier storageWritable;

    /**
     * @param night whether the scene has the priority of the night
     * @param storageWritable whether Swath itself can write to the storage now; asked only if a task could not
     */
    TileDecisions(
            Recipe recipe,
            Capabilities capabilities,
            RetryPolicy retries,
            boolean night,
            BooleanSupplier storageWritable) {
        this.recipe = recipe;
        this.capabilities = capabilities;
        this.retries = retries;
        this.night = night;
        this.storageWritable = storageWritable;
    }

    /** @param tiles the present tiles of all these runs, by index */
    Decided decide(List<JudgedRun> judged, Map<Integer, TileProgress> tiles) {
        Decided decided = new Decided(new ArrayList<>(), new HashMap<>(), new ArrayList<>());
        for (JudgedRun run : inOrderOfSteps(judged)) {
            TileProgress tile = decided.tiles().getOrDefault(run.tile(), tiles.get(run.tile()));
            if (!endedBeforePreviousStep(run, tile)) {
                Optional<RetryPolicy.Decision> decision = decide(run, tile);
                decided.runs()
                        .add(run.toRun(
                                decision.map(RetryPolicy.Decision::whyNoRetry).orElse("")));
                decision.ifPresent(next -> {
                    decided.tiles().put(run.tile(), next.tile());
                    if (!next.pause().isZero()) {
                        decided.pauses().add(new Pause(run.tile(), next.pause()));
                    }
                });
            }
        }
        return decided;
    }

    /**
     * Sorts the runs by batch number, which grows with the step. So a tile finishes its step before a run of its next
     * step is decided.
     */
    private static List<JudgedRun> inOrderOfSteps(List<JudgedRun> judged) {
        return judged.stream()
                .sorted(Comparator.comparing(run -> run.run().batch().number()))
                .toList();
    }

    /** Whether the tile's previous step has not been recorded yet. The run then stays open until that has happened. */
    private static boolean endedBeforePreviousStep(JudgedRun run, TileProgress tile) {
        return run.attempt() == tile.attempts() && run.stepIndex() > tile.step() && tile.state() == TileState.OPEN;
    }

    /** @return empty: the run is not the tile's current run, so the tile stays as it is */
    private Optional<RetryPolicy.Decision> decide(JudgedRun run, TileProgress tile) {
        boolean current =
                run.attempt() == tile.attempts() && run.stepIndex() == tile.step() && tile.state() == TileState.OPEN;
        if (!current) {
            return Optional.empty();
        }
        Verdict verdict = run.verdict();
        if (verdict.cause().isEmpty()) {
            boolean last = run.stepIndex() < 0 // the assembly, or the preparation
                    || run.stepIndex() == recipe.steps().size() - 1;
            return Optional.of(RetryPolicy.Decision.proceed(tile.stepDone(last)));
        }
        Request request = run.limits();
        RetryPolicy.Decision next = switch (verdict.atFault()) {
            case OTHERS -> RetryPolicy.Decision.proceed(tile.withState(TileState.WAITING));
            case STORAGE -> retries.afterFullStorage(tile, request, storageWritable.getAsBoolean());
            case RUN, NODE, BROKEN_NODE ->
                retries.after(verdict.cause().get(), tile, request, run.facts(), recipe.retries(), night, capabilities);
        };
        return Optional.of(run.earlierChanged() ? retries.fromFirstStep(next, recipe.retries()) : next);
    }
}
