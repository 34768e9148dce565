package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.Georeference;
import java.nio.file.Path;

/** A recipe may need scenes whose pixels lie on a map. A scene in image space would give it a product in image space. */
final class MapRule {
    private MapRule() {}

    /** @throws BadSceneException when the recipe needs a map, and the scene's pixels lie in the sensor's image */
    static void check(Path scene, Recipe recipe, Georeference georeference) {
        check(scene, recipe, georeference, false);
    }

    /** @param namesRpc whether the scene's Item names a file with coefficients for pixels that have no other place */
    static void check(Path scene, Recipe recipe, Georeference georeference, boolean namesRpc) {
        boolean rpc = !georeference.rpc().isEmpty() || (namesRpc && georeference.kind() == Georeference.Kind.NONE);
        if (!recipe.accepts().onMap()
                || !(georeference.inImageSpace() || (rpc && georeference.kind() == Georeference.Kind.NONE))) {
            return;
        }
        String placed = rpc
                ? "rational polynomial coefficients (RPC)"
                : georeference.gcps().isEmpty() ? "a local coordinate system" : "ground control points";
        throw new BadSceneException(
                scene,
                "scene-is-on-a-map",
                "its pixels are not on a map: only " + placed + " say where they lie, and the recipe " + recipe.name()
                        + " needs a map",
                (rpc || !georeference.gcps().isEmpty()
                                ? "Rectify it first: gdalwarp " + (rpc ? "-rpc -to RPC_DEM=dem.tif" : "-tps")
                                        + " -t_srs EPSG:CODE -dstnodata 0 in.tif out.tif. "
                                : "Write it in a map's coordinate system. ")
                        + "Or use a recipe that takes such scenes as they are (accepts: { map: false }).");
    }
}
