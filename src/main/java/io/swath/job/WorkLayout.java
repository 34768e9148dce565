package io.swath.job;

import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.storage.Storage;
import java.nio.file.Path;

/**
 * The names in the folder where a version of a scene is worked on, as far as job scripts use them: the recipe's copy,
 * the outputs of every step and the leases. Immutable.
 */
public record WorkLayout(Path folder) {
    public static WorkLayout of(Storage storage, Scene scene) {
        return of(storage, scene.id(), scene.version());
    }

    public static WorkLayout of(Storage storage, String sceneId, int version) {
        return new WorkLayout(storage.work(sceneId, version));
    }

    /** The outputs of all steps. */
    public Path tiles() {
        return folder.resolve("tiles");
    }

    /** The outputs of one step. */
    public Path tiles(String step) {
        return tiles().resolve(step);
    }

    /** What the preparation made. */
    public Path prepared() {
        return tiles(Recipe.PREPARE).resolve("0");
    }

    /** One link per tile, step and attempt. The link names the job that has the lease. */
    public Path leases() {
        return folder.resolve("leases");
    }

    /** The lease of a tile for one step and attempt. */
    Path lease(String step, int tile, int attempt) {
        return leases().resolve(step + "." + tile + "." + attempt);
    }

    /** The recipes as they were when the scene was planned: a folder for each. */
    public Path recipes() {
        return folder.resolve("recipe");
    }

    /** A script of the recipe. */
    public Path script(String recipe, String run) {
        return recipes().resolve(recipe).resolve(run);
    }
}
