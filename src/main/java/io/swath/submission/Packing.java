package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.TilesPerTask;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How many tiles an array task makes, one after the other, because launching a task may take longer than a tile. Where the
 * recipe or the settings leave it to Swath, as many as make a task last as long as it should, and no more than leave each slot of
 * the partition four tasks, because the last of them would run alone (1,000 tiles of 2 s on 12 slots: 210 s one by one, 193 s by
 * 10, 262 s by 60).
 *
 * <p>Alone go: tiles of which an attempt has failed, tiles of a step of several tasks, and tiles of a step of which no run has
 * ended, if Swath has to choose. To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class Packing {
    private static final int TASKS_OF_A_SLOT = 4;

    private final LearnedRequests requests;
    private final Capabilities cluster;
    private final Scene scene;
    private final Recipe recipe;
    private final int waiting;
    private final TilesPerTask number;
    private final Duration lasting;
    private final Map<Integer, Integer> perTask = new HashMap<>();

    /**
     * @param waiting how many tiles of the scene wait to be submitted
     * @param settings how long a task should last, and how many tiles it makes where the recipe does not say that
     */
    Packing(
            LearnedRequests requests,
            Capabilities cluster,
            Scene scene,
            Recipe recipe,
            int waiting,
            TileSettings settings) {
        this.requests = requests;
        this.cluster = cluster;
        this.scene = scene;
        this.recipe = recipe;
        this.waiting = waiting;
        number = tilesPerTask(recipe, settings);
        lasting = settings.taskTime();
    }

    private static TilesPerTask tilesPerTask(Recipe recipe, TileSettings settings) {
        return recipe.tiling().perTask().orElse(settings.perTask());
    }

    /** Whether a task may make more than one tile. */
    static boolean allowed(Recipe recipe, TileSettings settings) {
        return !tilesPerTask(recipe, settings).equals(TilesPerTask.ONE);
    }

    private boolean allowed() {
        return !number.equals(TilesPerTask.ONE);
    }

    /** Whether a tile has a task of its own, because an attempt at its present step has failed. */
    boolean alone(TileProgress tile) {
        return allowed() && tile.faults() + tile.infrastructureFailures() > 0;
    }

    /**
     * How many tiles a task makes. The steps that follow have as many, because each of their tasks waits for one of these.
     *
     * @param example a tile that waits for its step
     */
    int tilesPerTask(TileProgress example) {
        if (!allowed() || alone(example)) {
            return 1;
        }
        return perTask.computeIfAbsent(example.step(), first -> choose(first, example));
    }

    private int choose(int first, TileProgress example) {
        int most = number.number().orElse(Integer.MAX_VALUE);
        for (int step = first; step < recipe.steps().size(); step++) {
            if (recipe.step(step).placement().startsTasks()) {
                return 1;
            }
            if (number.number().isEmpty()) {
                most = Math.min(most, best(step, example));
            }
        }
        return Math.max(1, Math.min(most, waiting));
    }

    private int best(int step, TileProgress example) {
        OptionalDouble seconds = requests.expectedSeconds(scene, recipe, step, example);
        if (seconds.isEmpty()) {
            return 1;
        }
        int slots = Math.max(
                1,
                cluster.slots(
                        requests.request(scene, recipe, step, List.of(example)).request()));
        return (int) Math.min(
                Math.ceil(lasting.toMillis() / 1000.0 / seconds.getAsDouble()),
                Math.ceil(waiting / (double) (TASKS_OF_A_SLOT * slots)));
    }

    /** The most of these tiles that a task makes. */
    int most(List<TileProgress> tiles) {
        return tiles.stream().mapToInt(this::tilesPerTask).max().orElse(1);
    }

    /** As many of these tiles, in their order, as this number of tasks makes. */
    List<TileProgress> in(int tasks, List<TileProgress> tiles) {
        double taken = 0;
        int number = 0;
        while (number < tiles.size() && taken < tasks) {
            taken += 1.0 / tilesPerTask(tiles.get(number));
            number++;
        }
        return tiles.subList(0, number);
    }
}
