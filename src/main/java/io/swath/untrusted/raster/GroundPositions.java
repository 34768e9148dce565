package io.swath.untrusted.raster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where pixels of an image lie that is not on a map, by GDAL's own transformation: the one with which the jobs rectify it
 * (<a href="https://gdal.org/programs/gdaltransform.html">gdaltransform</a>). Thread-safe.
 */
public final class GroundPositions {
    /** Longitude and latitude, in this order. */
    public static final String LONGITUDE_LATITUDE = "OGC:CRS84";

    private final GdalInfoCommand gdal;

    public GroundPositions(GdalInfoCommand gdal) {
        this.gdal = gdal;
    }

    /**
     * The places of pixels. Coefficients (RPC) are used where the image has some, else its control points, with a thin
     * plate spline: a polynomial through the points of a Sentinel-1 image is wrong by many pixels (OSGeo/gdal #5668).
     *
     * @param scene the file that an error names
     * @param image coefficients, or control points with their system, and no other place
     * @param heightMetres above the ellipsoid; it counts only with coefficients
     * @param system the system of the result, as {@code EPSG:32649}
     * @param pixels column and row, from the upper left corner of the image
     * @return x and y for each pixel; NaN where it has none
     * @throws BadSceneException when GDAL cannot use the coefficients or points
     * @throws SceneUnavailableException when GDAL cannot be run now
     */
    public List<double[]> of(
            Path scene,
            int width,
            int height,
            Georeference image,
            double heightMetres,
            String system,
            List<double[]> pixels) {
        List<String> arguments = new ArrayList<>(
                image.rpc().isEmpty() ? List.of("-tps") : List.of("-rpc", "-to", "RPC_HEIGHT=" + heightMetres));
        arguments.addAll(List.of("-t_srs", system, "place.vrt"));
        return gdal.transform(scene, arguments, GeoreferenceXml.emptyVrt(width, height, image), pixels);
    }

    /**
     * Longitudes and latitudes in another system.
     *
     * @param file the file that an error names
     * @param system in WKT
     */
    public List<double[]> in(Path file, String system, List<double[]> points) {
        return gdal.transform(file, List.of("-s_srs", LONGITUDE_LATITUDE, "-t_srs", system), "", points);
    }

    /**
     * The longitudes and latitudes of points in another system.
     *
     * @param file the file that an error names
     * @param system in WKT
     * @return NaN for points without a place on the earth
     * @throws BadSceneException when GDAL knows no way from the system to longitudes and latitudes
     */
    public List<double[]> from(Path file, String system, List<double[]> points) {
        return gdal.transform(file, List.of("-s_srs", system, "-t_srs", LONGITUDE_LATITUDE), "", points);
    }
}
