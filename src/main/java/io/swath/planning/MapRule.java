package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A recipe may need scenes whose pixels lie on a map. A scene in image space is put onto one ({@link Rectifier}), where
 * coefficients or control points say how. A scene without a place would give a product without a place.
 */
final class MapRule {
    private MapRule() {}

    /** Whether the pixels lie in the sensor's image, and coefficients or control points say where that is. */
    static boolean needsRectification(Georeference georeference) {
        boolean rpc = !georeference.rpc().isEmpty();
        boolean placed = rpc || !georeference.gcps().isEmpty();
        return placed && (georeference.inImageSpace() || georeference.kind() == Georeference.Kind.NONE);
    }

    /**
     * The place of a scene that counts: without coordinates that cannot be on a map.
     *
     * @param scene the file that errors name
     * @throws BadSceneException when the recipe needs a map, and nothing says where the scene's pixels lie on one
     */
    static Georeference place(Path scene, Recipe recipe, GdalInfo info, GdalInfoCommand gdalinfo) {
        Optional<String> problem = new MapCoordinates(scene, info, gdalinfo).problem();
        Georeference said = info.georeference();
        Georeference place = problem.isPresent() ? said.withoutMap() : said;
        if (recipe.accepts().onMap()) {
            check(scene, recipe, place, problem);
        }
        return place;
    }

    private static void check(Path scene, Recipe recipe, Georeference georeference, Optional<String> problem) {
        if (needsRectification(georeference)) {
            rejectPreparation(scene, recipe);
            return;
        }
        boolean local = georeference.inImageSpace();
        boolean coordinates = georeference.kind() != Georeference.Kind.NONE;
        if (!local && coordinates && !georeference.wkt().isEmpty()) {
            return;
        }
        String what = local
                ? "its pixels are not on a map: they lie in a local coordinate system"
                : coordinates
                        ? "nothing says in which coordinate system its coordinates are"
                        : "nothing says where its pixels lie: it has no coordinates, coefficients (RPC) or ground control points";
        throw new BadSceneException(
                scene,
                "scene-is-on-a-map",
                problem.orElse(what) + ", and the recipe " + recipe.name() + " needs a map",
                "Send it with the files that came with it (.rpb, _RPC.TXT, .tfw and .prj), or write its corners into it:"
                        + " gdal_translate -a_srs EPSG:CODE -a_ullr LEFT TOP RIGHT BOTTOM in.tif out.tif. Or use a recipe that"
                        + " takes such scenes as they are (accepts: { map: false }).");
    }

    /** The preparation comes before the step that makes the map, so it has no map to read. */
    private static void rejectPreparation(Path scene, Recipe recipe) {
        if (recipe.prepare().isPresent()) {
            throw new BadSceneException(
                    scene,
                    "scene-is-on-a-map",
                    "its pixels lie in the sensor's image, and the recipe " + recipe.name()
                            + " prepares the whole scene on a map before its tiles",
                    "Put it onto a map first (gdalwarp -rpc, with a terrain model), and send that; or use a recipe without"
                            + " prepare.");
        }
    }
}
