package io.swath.planning;

import io.swath.model.Setting;
import io.swath.model.SettingsException;

/** The heights of the ground, for scenes that have to be put onto a map by coefficients (RPC). */
public record TerrainSettings(
        @Setting(
                key = "dem.path",
                help =
                        "A terrain model on the storage, relative to storage.root: a raster of heights in metres, or a VRT of"
                                + " some. Empty: a scene is rectified at the one height of its coefficients (RPC).")
        String path,

        @Setting(
                key = "dem.geoid",
                help = "How high the heights' zero lies above the WGS 84 ellipsoid: a raster on the storage such as"
                        + " egm96_15.gtx, or `none` where the heights are above the ellipsoid. Needed with dem.path,"
                        + " because most models count from the sea level, up to 100 m away.")
        String geoid) {
    private static final String NONE = "none";

    public TerrainSettings {
        if (!path.isEmpty() && geoid.isEmpty()) {
            throw new SettingsException(
                    "dem.path is set and dem.geoid is not: name the geoid from which the heights count"
                            + " (SRTM: egm96_15.gtx of Debian's proj-data; Copernicus: EGM2008), or write none where they count"
                            + " from the ellipsoid");
        }
        if (path.isEmpty() && !geoid.isEmpty()) {
            throw new SettingsException("dem.geoid is set and dem.path is not: name the terrain model, or empty both");
        }
    }

    /** The geoid's file; empty where the heights are above the ellipsoid. */
    String geoidPath() {
        return geoid.equals(NONE) ? "" : geoid;
    }
}
