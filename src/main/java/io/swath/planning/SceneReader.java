package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalUnavailableException;

/** One way in which a scene can be delivered; archives and SAFE folders get their own. */
sealed interface SceneReader permits GeoTiffScene, StacScene {
    /**
     * Looks into the scene.
     *
     * @throws BadSceneException when the scene is not fit for the recipe
     * @throws GdalUnavailableException when it could not be looked into
     */
    Inspection inspect(Recipe recipe);
}
