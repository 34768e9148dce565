package io.swath.planning;

import io.swath.untrusted.raster.Georeference;

/**
 * How a scene whose pixels lie in the sensor's image is put onto a map. Part of a scene's plan, stored as JSON. Immutable.
 *
 * @param method GDAL's name of the transformation: {@code RPC}, {@code GCP_TPS}; empty where nothing is rectified
 * @param heightMetres above the ellipsoid, at which everything lies where there is no terrain model
 * @param terrain the terrain model; {@link Terrain.Model#NONE} for none
 * @param width of the map in pixels
 * @param height of the map in pixels
 * @param map where the map lies: north up, in metres
 * @param resampling GDAL's name of the resampling; bands with classes are always {@code NEAREST}
 */
public record Rectification(
        String method,
        double heightMetres,
        Terrain.Model terrain,
        int width,
        int height,
        Georeference map,
        String resampling) {
    /** For a scene that is on a map, or whose recipe takes it as it is. */
    static final Rectification NONE = new Rectification("", 0, Terrain.Model.NONE, 0, 0, Georeference.NOWHERE, "");

    boolean isNone() {
        return method.isEmpty();
    }

    /** For people: how, and at which heights. */
    public String words() {
        if (!terrain.path().isEmpty()) {
            return "by its coefficients (RPC), with the heights of " + terrain.path();
        }
        return method.equals("RPC")
                ? "by its coefficients (RPC), at a constant height of " + heightMetres + " m above the ellipsoid"
                : "by its ground control points, without a terrain model";
    }
}
