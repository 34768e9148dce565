package io.swath.model;

import java.util.List;
import java.util.Optional;

/**
 * A piece of the earth in longitude and latitude (WGS 84), as GeoJSON's {@code bbox} has it (RFC 7946, section 5): one
 * across the antimeridian has its west east of its east.
 */
public record BoundingBox(double west, double south, double east, double north) {
    public BoundingBox {
        boolean there = west >= -180 && west <= 180 && east >= -180 && east <= 180 && south >= -90 && north <= 90;
        if (!there || south > north) { // what is not a number is nowhere
            throw new IllegalArgumentException("no piece of the earth: west " + west + ", south " + south + ", east "
                    + east + ", north " + north + "; longitudes go from -180 to 180, latitudes from -90 to 90");
        }
    }

    /** Whether it lies across the antimeridian. */
    public boolean crosses() {
        return west > east;
    }

    /**
     * Around a footprint: a ring of longitudes and latitudes. One that spans more than half of the earth is taken to go
     * the other way, across the antimeridian. Empty where there is no ring, or none on the earth.
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
        double westOfLine = 180; // the westernmost of the points in the east, if it goes across the antimeridian
        double eastOfLine = -180;
        double south = 90;
        double north = -90;
        for (List<Double> point : ring) {
            double longitude = point.get(0);
            double latitude = Math.max(-90, Math.min(90, point.get(1)));
            west = Math.min(west, longitude);
            east = Math.max(east, longitude);
            westOfLine = longitude >= 0 ? Math.min(westOfLine, longitude) : westOfLine;
            eastOfLine = longitude < 0 ? Math.max(eastOfLine, longitude) : eastOfLine;
            south = Math.min(south, latitude);
            north = Math.max(north, latitude);
        }
        return Optional.of(
                east - west > 180
                        ? new BoundingBox(westOfLine, south, eastOfLine, north)
                        : new BoundingBox(west, south, east, north));
    }
}
