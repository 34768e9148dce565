package io.swath.untrusted.raster;

import java.util.List;
import java.util.Map;

/**
 * The position of a raster on the ground. Missing values are empty (an EPSG code of 0), never null. Stored as JSON;
 * reading that JSON gives an equal record. Immutable.
 *
 * @param geoTransform GDAL's six numbers, or empty
 * @param wkt the coordinate system as WKT 2
 * @param epsg the coordinate system's EPSG code, 0 for none
 * @param axisMapping GDAL's mapping of data axes to the coordinate system's axes
 * @param gcps ground control points
 * @param gcpWkt the coordinate system of the ground control points
 * @param rpc rational polynomial coefficients, as GDAL's RPC domain has them
 * @param areaOrPoint what a pixel's value applies to: {@code Area}, {@code Point} or empty
 * @param footprint the outline as GDAL computed it: longitude and latitude (WGS 84), a closed ring, or empty
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

    /** No place at all. */
    public static final Georeference NOWHERE =
            new Georeference(List.of(), "", 0, List.of(), List.of(), "", List.of(), Map.of(), "", List.of());

    public Georeference withRpc(Map<String, String> coefficients) {
        return new Georeference(
                geoTransform,
                wkt,
                epsg,
                axisMapping,
                gcps,
                gcpWkt,
                gcpAxisMapping,
                coefficients,
                areaOrPoint,
                footprint);
    }

    public Georeference withGcps(List<Gcp> points, String system, List<Integer> axes) {
        return new Georeference(
                geoTransform, wkt, epsg, axisMapping, points, system, axes, rpc, areaOrPoint, footprint);
    }

    public Georeference withFootprint(List<List<Double>> outline) {
        return new Georeference(
                geoTransform, wkt, epsg, axisMapping, gcps, gcpWkt, gcpAxisMapping, rpc, areaOrPoint, outline);
    }

    /** With its coefficients and control points alone. */
    public Georeference withoutMap() {
        return new Georeference(List.of(), "", 0, List.of(), gcps, gcpWkt, gcpAxisMapping, rpc, areaOrPoint, List.of());
    }

    /** On a map, in a system that has no WKT yet. */
    public Georeference withSystem(List<Double> transform, String system) {
        return new Georeference(transform, system, 0, List.of(), gcps, gcpWkt, gcpAxisMapping, rpc, "Area", footprint);
    }

    /** A ground control point: a pixel whose position on the ground is known. */
    public record Gcp(String id, String info, double pixel, double line, double x, double y, double z) {}

    /** How pixels are mapped to the ground. */
    public enum Kind {
        NORTH_UP,
        ROTATED,
        GCPS,
        RPC,
        /** No georeference. */
        NONE
    }

    /**
     * Whether the pixels lie in the sensor's image and not on a map: their place comes from coefficients or control points,
     * or their coordinate system is a local one without a place on the earth. A transform without a system, such as one to
     * the numbers of the pixels, is no place beside coefficients or control points.
     */
    public boolean inImageSpace() {
        Kind kind = kind();
        boolean local = wkt.startsWith("ENGCRS[") || wkt.startsWith("ENGINEERINGCRS[") || wkt.startsWith("LOCAL_CS[");
        boolean other = !rpc.isEmpty() || !gcps.isEmpty();
        return kind == Kind.GCPS || kind == Kind.RPC || local || (other && wkt.isEmpty());
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
