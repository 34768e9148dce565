package io.swath.planning;

import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import java.util.List;
import java.util.function.Predicate;

/** Answers for a window of a scene of several files whether their headers show that none has a pixel in it. */
final class EmptyEverywhere implements Predicate<Window> {
    private final SceneInfo scene;
    private final List<Raster> rasters;
    private final boolean known;

    /** The rasters are the scene's sources, in their order; {@code masked} where a mask tells which pixels are there. */
    EmptyEverywhere(SceneInfo scene, List<Raster> rasters, boolean masked) {
        this.scene = scene;
        this.rasters = rasters;
        this.known = masked || scene.bands().stream().allMatch(this::holeIsNodata);
    }

    /**
     * A block that was never written reads as the file's nodata, or as 0 where it declares none. That is no pixel only if
     * the band's nodata is the same.
     */
    private boolean holeIsNodata(SourceBand band) {
        String own =
                rasters.get(band.source()).info().bands().get(band.number() - 1).nodata();
        String hole = own.isEmpty() ? "0" : own;
        return !band.nodata().isEmpty() && Double.compare(number(hole), number(band.nodata())) == 0;
    }

    private static double number(String nodata) {
        return switch (nodata) {
            case "nan" -> Double.NaN;
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(nodata) + 0.0; // no negative zero
        };
    }

    @Override
    public boolean test(Window window) {
        for (int index = 0; known && index < rasters.size(); index++) {
            if (!rasters.get(index)
                    .header()
                    .emptyBlocks()
                    .test(in(scene.sources().get(index), window))) {
                return false;
            }
        }
        return known;
    }

    /** The pixels of a file that the window shows, and perhaps one more around. */
    private Window in(Source source, Window window) {
        int left = (int) ((long) window.x() * source.width() / scene.width());
        int top = (int) ((long) window.y() * source.height() / scene.height());
        int right = end(window.x() + window.width(), source.width(), scene.width());
        int bottom = end(window.y() + window.height(), source.height(), scene.height());
        return new Window(left, top, right - left, bottom - top);
    }

    private static int end(long end, long pixels, long of) {
        return (int) Math.min(pixels, (end * pixels + of - 1) / of);
    }
}
