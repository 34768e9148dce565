package io.swath.planning;

import io.swath.untrusted.raster.Georeference;
import java.util.List;
import java.util.Optional;

/**
 * Whether two rasters show the same ground, in coordinates of one system. Their pixels may differ in size: then the
 * larger ones are taken as often as needed (nearest neighbour), which puts them less than half of one off their place.
 */
final class SharedGrid {
    private static final double HALF_A_PIXEL = 0.5;

    private final Raster fine;

    SharedGrid(Raster fine) {
        this.fine = fine;
    }

    /** How the other lies elsewhere, as the end of a sentence that begins with its name; empty where it does not. */
    Optional<String> differs(Raster other) {
        Georeference here = fine.info().georeference();
        Georeference there = other.info().georeference();
        boolean sameSystem =
                here.epsg() == there.epsg() && (here.epsg() > 0 || here.wkt().equals(there.wkt()));
        if (!sameSystem) {
            return Optional.of(
                    "is in another coordinate system (" + system(there) + " instead of " + system(here) + ")");
        }
        if (here.geoTransform().size() != there.geoTransform().size()) {
            return Optional.of("is tied to the ground in another way");
        }
        return here.geoTransform().isEmpty() ? untied(other) : corners(other);
    }

    private static String system(Georeference place) {
        return place.epsg() > 0 ? "EPSG:" + place.epsg() : place.wkt().isEmpty() ? "none" : "one without a code";
    }

    private Optional<String> untied(Raster other) {
        Georeference here = fine.info().georeference();
        Georeference there = other.info().georeference();
        if (!size(fine).equals(size(other))) {
            return Optional.of("has " + size(other) + " pixels instead of " + size(fine)
                    + ", and no corners' coordinates to tell how they fit");
        }
        boolean same = here.gcps().equals(there.gcps())
                && here.gcpWkt().equals(there.gcpWkt())
                && here.rpc().equals(there.rpc());
        return same ? Optional.empty() : Optional.of("has other ground control points or coefficients");
    }

    private Optional<String> corners(Raster other) {
        double across = (double) fine.header().width() / other.header().width();
        double down = (double) fine.header().height() / other.header().height();
        for (int[] corner : new int[][] {{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
            double[] pixel = inFine(ground(
                    other.info().georeference().geoTransform(),
                    corner[0] * other.header().width(),
                    corner[1] * other.header().height()));
            double right = pixel[0] - corner[0] * fine.header().width();
            double below = pixel[1] - corner[1] * fine.header().height();
            boolean near = Math.abs(right) < HALF_A_PIXEL * Math.max(1, across)
                    && Math.abs(below) < HALF_A_PIXEL * Math.max(1, down);
            if (!near) {
                return Optional.of(String.format(
                        java.util.Locale.ROOT,
                        "covers another extent (a corner lies %.1f pixels right and %.1f below of where it should)",
                        right,
                        below));
            }
        }
        return Optional.empty();
    }

    private static double[] ground(List<Double> transform, double column, double row) {
        return new double[] {
            transform.get(0) + column * transform.get(1) + row * transform.get(2),
            transform.get(3) + column * transform.get(4) + row * transform.get(5)
        };
    }

    private double[] inFine(double[] ground) {
        List<Double> t = fine.info().georeference().geoTransform();
        double area = t.get(1) * t.get(5) - t.get(2) * t.get(4); // not zero: see Raster
        double x = ground[0] - t.get(0);
        double y = ground[1] - t.get(3);
        return new double[] {(t.get(5) * x - t.get(2) * y) / area, (t.get(1) * y - t.get(4) * x) / area};
    }

    private static String size(Raster raster) {
        return raster.header().width() + " x " + raster.header().height();
    }
}
