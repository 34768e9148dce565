package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.SceneUnavailableException;

/** Inspects one kind of scene. */
interface SceneReader {
    /**
     * Inspects the scene; never reads its pixels.
     *
     * @throws BadSceneException when the scene is invalid, or does not fit the recipe
     * @throws SceneUnavailableException when the scene could not be inspected now
     */
    Inspection inspect(Recipe recipe);
}
