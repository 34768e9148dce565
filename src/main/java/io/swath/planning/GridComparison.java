package io.swath.planning;

import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.Georeference;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Compares the ground that two files cover. Their pixels may differ in size: the larger pixels are then repeated
 * (nearest neighbour), which moves them by less than half a pixel.
 */
final class GridComparison {
    /** With room for rounding: the panchromatic band of Landsat lies off by exactly half a pixel. */
    private static final double HALF_A_PIXEL = 0.5 + 1e-6;

    private final GeoTiff finest;

    GridComparison(GeoTiff finest) {
        this.finest = finest;
    }

    /**
     * How the other file's ground differs, as the end of a sentence that begins with the file's name; empty when both
     * files cover the same ground.
     */
    Optional<String> difference(GeoTiff other) {
        Georeference here = finest.info().georeference();
        Georeference there = other.info().georeference();
        boolean sameSystem =
                here.epsg() == there.epsg() && (here.epsg() > 0 || here.wkt().equals(there.wkt()));
        if (!sameSystem) {
            return Optional.of(
                    "is in another coordinate system (" + system(there) + " instead of " + system(here) + ")");
        }
        if (here.geoTransform().size() != there.geoTransform().size()) {
            return Optional.of("is georeferenced in another way");
        }
        return here.geoTransform().isEmpty() ? compareSizes(other) : compareCorners(other);
    }

    private static String system(Georeference georeference) {
        return georeference.epsg() > 0
                ? "EPSG:" + georeference.epsg()
                : georeference.wkt().isEmpty() ? "none" : "one without a code";
    }

    private Optional<String> compareSizes(GeoTiff other) {
        Georeference here = finest.info().georeference();
        Georeference there = other.info().georeference();
        if (!size(finest).equals(size(other))) {
            return Optional.of("has " + size(other) + " pixels instead of " + size(finest)
                    + ", and no corners' coordinates to compare");
        }
        boolean same = here.gcps().equals(there.gcps())
                && here.gcpWkt().equals(there.gcpWkt())
                && here.rpc().equals(there.rpc());
        return same ? Optional.empty() : Optional.of("has other ground control points or coefficients");
    }

    private Optional<String> compareCorners(GeoTiff other) {
        double across = (double) finest.header().width() / other.header().width();
        double down = (double) finest.header().height() / other.header().height();
        for (int[] corner : new int[][] {{0, 0}, {1, 0}, {0, 1}, {1, 1}}) {
            double[] pixel = inFinest(ground(
                    other.info().georeference().geoTransform(),
                    corner[0] * other.header().width(),
                    corner[1] * other.header().height()));
            double right = pixel[0] - corner[0] * finest.header().width();
            double below = pixel[1] - corner[1] * finest.header().height();
            boolean near = Math.abs(right) <= HALF_A_PIXEL * Math.max(1, across)
                    && Math.abs(below) <= HALF_A_PIXEL * Math.max(1, down);
            if (!near) {
                return Optional.of(String.format(
                        Locale.ROOT,
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

    private double[] inFinest(double[] ground) {
        List<Double> t = finest.info().georeference().geoTransform();
        double area = t.get(1) * t.get(5) - t.get(2) * t.get(4); // not zero: see GeoTiff
        double x = ground[0] - t.get(0);
        double y = ground[1] - t.get(3);
        return new double[] {(t.get(5) * x - t.get(2) * y) / area, (t.get(1) * y - t.get(4) * x) / area};
    }

    private static String size(GeoTiff file) {
        return file.header().width() + " x " + file.header().height();
    }
}
