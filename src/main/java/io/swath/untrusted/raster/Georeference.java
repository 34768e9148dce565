package io.swath.untrusted.raster;

import java.util.List;
import java.util.Map;

/**
 * Where a raster lies on the ground. What it does not say is empty (an EPSG code of 0), never null; goes into JSON and
 * comes back unchanged.
 *
 * @param geoTransform GDAL's six numbers, or none
 * @param wkt the coordinate system as WKT 2
 * @param epsg its code, 0 where it has none
 * @param axisMapping GDAL's mapping of data axes to the system's axes
 * @param gcps ground control points
 * @param gcpWkt their coordinate system
 * @param rpc rational polynomial coefficients, as GDAL's RPC domain has them
 * @param areaOrPoint what a pixel's value stands for: {@code Area}, {@code Point} or empty
 * @param footprint the outline as GDAL computed it: longitude and latitude (WGS 84), a closed ring, or none
 */
public record Georeference(
        List<Double> geoTransform,
        String wkt,
        int epsg,
        List<Integer> axisMapping,
        List<Gcp> gcps,
        String gcpWkt,
        List<Integer> gcpAxisMapping,
        Map<String, String> rpc,
        String areaOrPoint,
        List<List<Double>> footprint) {
    public Georeference {
        geoTransform = List.copyOf(geoTransform);
        axisMapping = List.copyOf(axisMapping);
        gcps = List.copyOf(gcps);
        gcpAxisMapping = List.copyOf(gcpAxisMapping);
        rpc = Map.copyOf(rpc);
        footprint = footprint.stream().map(List::copyOf).toList();
    }

    /** A pixel of which the place is known. */
    public record Gcp(String id, String info, double pixel, double line, double x, double y, double z) {}

    /** How pixels are tied to the ground. */
    public enum Kind {
        NORTH_UP,
        ROTATED,
        GCPS,
        RPC,
        /** Pixels only. */
        NONE
    }

    public Kind kind() {
        if (geoTransform.size() == 6) {
            boolean straight = geoTransform.get(2) == 0 && geoTransform.get(4) == 0;
            return straight && geoTransform.get(1) > 0 && geoTransform.get(5) < 0 ? Kind.NORTH_UP : Kind.ROTATED;
        }
        if (!gcps.isEmpty()) {
            return Kind.GCPS;
        }
        return rpc.isEmpty() ? Kind.NONE : Kind.RPC;
    }
}
