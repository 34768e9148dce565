package io.swath.model;

import java.util.List;
import java.util.Optional;

/**
 * A part of the earth in degrees of longitude and latitude (WGS 84), like GeoJSON's {@code bbox} (RFC 7946, section 5):
 * in a box that crosses the antimeridian, {@code west} is greater than {@code east}. Immutable.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for values outside the earth.
 */
public record BoundingBox(double west, double south, double east, double north) {
    public BoundingBox {
        // For a value that is not a number (NaN), every comparison is false.
        boolean onEarth = west >= -180 && west <= 180 && east >= -180 && east <= 180 && south >= -90 && north <= 90;
        if (!onEarth || south > north) {
            throw new IllegalArgumentException("not a part of the earth: west " + west + ", south " + south + ", east "
                    + east + ", north " + north + "; longitudes go from -180 to 180, latitudes from -90 to 90");
        }
    }

    /** Whether the box crosses the antimeridian. */
    public boolean crossesAntimeridian() {
        return west > east;
    }

    /**
     * The box around a footprint, which is a ring of points with longitude and latitude. If the ring spans more than
     * half of the earth, it is taken to cross the antimeridian. Empty if there is no ring, or if a point is not on the
     * earth.
     */
    public static Optional<BoundingBox> around(List<List<Double>> ring) {
        boolean usable = !ring.isEmpty()
                && ring.stream()
                        .allMatch(point -> point.size() >= 2
                                && Math.abs(point.get(0)) <= 180
                                && Math.abs(point.get(1)) <= 90.0001);
        if (!usable) {
            return Optional.empty();
        }
        double west = 180;
        double east = -180;
        // The box's edges if it crosses the antimeridian: its west is the smallest longitude that is not negative.
        double westIfCrossing = 180;
        double eastIfCrossing = -180;
        double south = 90;
        double north = -90;
        for (List<Double> point : ring) {
            double longitude = point.get(0);
            double latitude = Math.max(-90, Math.min(90, point.get(1)));
            west = Math.min(west, longitude);
            east = Math.max(east, longitude);
            westIfCrossing = longitude >= 0 ? Math.min(westIfCrossing, longitude) : westIfCrossing;
            eastIfCrossing = longitude < 0 ? Math.max(eastIfCrossing, longitude) : eastIfCrossing;
            south = Math.min(south, latitude);
            north = Math.max(north, latitude);
        }
        return Optional.of(
                east - west > 180
                        ? new BoundingBox(westIfCrossing, south, eastIfCrossing, north)
                        : new BoundingBox(west, south, east, north));
    }
}
