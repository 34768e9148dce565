package io.swath.arrival.night;

import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneFilter;
import io.swath.model.SceneState;

/**
 * A scene that is to be done again.
 *
 * @param scene as it is
 * @param by the first clause that means it
 * @param recipe as it is now
 */
public record Choice(Scene scene, SceneFilter by, Recipe recipe) {
    private static final int SHOWN = 12;

    /** Why, as a sentence. */
    public String why() {
        boolean changed = !scene.recipeHash().equals(recipe.hash());
        if (by.stale() || (changed && !by.failed())) {
            return "its recipe has changed since: " + shown(scene.recipeHash()) + ", now " + shown(recipe.hash());
        }
        if (by.failed() && scene.state() == SceneState.FAILED) {
            return "it failed: " + scene.reason();
        }
        return "chosen by " + by.text();
    }

    private static String shown(String hash) {
        return hash.substring(0, Math.min(SHOWN, hash.length()));
    }
}
