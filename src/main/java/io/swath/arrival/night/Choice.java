package io.swath.arrival.night;

import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneFilter;
import io.swath.model.SceneState;

/**
 * A scene that is to be reprocessed.
 *
 * @param scene the scene as it is now
 * @param filter the first filter that selects the scene
 * @param recipe its recipe as it is now
 */
public record Choice(Scene scene, SceneFilter filter, Recipe recipe) {
    private static final int SHOWN = 12;

    /** Why the scene is reprocessed, for people. */
    public String why() {
        boolean changed = !scene.recipeHash().equals(recipe.hash());
        if (filter.stale() || (changed && !filter.failed())) {
            return "its recipe has changed since: " + shown(scene.recipeHash()) + ", now " + shown(recipe.hash());
        }
        if (filter.failed() && scene.state() == SceneState.FAILED) {
            return "it failed: " + scene.reason();
        }
        return "chosen by " + filter.text();
    }

    private static String shown(String hash) {
        return hash.substring(0, Math.min(SHOWN, hash.length()));
    }
}
