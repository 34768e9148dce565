package io.swath.planning;

import io.swath.untrusted.raster.Georeference;
import java.util.List;

/**
 * The grid of a map: north up, square pixels, at multiples of their size.
 *
 * @param left of the map, in pixels from the system's origin
 * @param top of the map, in pixels north of the system's origin
 * @param pixelSize in metres
 */
record MapGrid(long left, long top, int width, int height, double pixelSize) {
    /** Pixels around the points, for what the image's side does between two of them. */
    private static final int MARGIN = 2;
    /** Blocks of the jobs' warping, which cores of tiles do not cut. */
    static final int BLOCK = 512;

    /** The smallest grid around points, with a margin of two pixels. Sizes beyond an int's range become the largest int. */
    static MapGrid around(List<double[]> points, double pixelSize) {
        var east = points.stream().mapToDouble(point -> point[0] / pixelSize).summaryStatistics();
        var north = points.stream().mapToDouble(point -> point[1] / pixelSize).summaryStatistics();
        long left = (long) Math.floor(east.getMin()) - MARGIN;
        long top = (long) Math.ceil(north.getMax()) + MARGIN;
        long width = (long) Math.ceil(east.getMax()) + MARGIN - left;
        long height = top - ((long) Math.floor(north.getMin()) - MARGIN);
        return new MapGrid(left, top, clamped(width), clamped(height), pixelSize);
    }

    private static int clamped(long size) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, size));
    }

    /** In the system with an EPSG code, not yet in WKT. */
    Georeference georeference(int epsg) {
        List<Double> transform = List.of(left * pixelSize, pixelSize, 0.0, top * pixelSize, 0.0, -pixelSize);
        return Georeference.NOWHERE.withSystem(transform, "EPSG:" + epsg);
    }
}
