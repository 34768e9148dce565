package io.swath.planning;

import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.GeoTiff;
import java.util.List;
import java.util.function.Predicate;

/**
 * Tests whether a window of a scene of several files is empty: the headers show that no file has a valid pixel in it.
 * False when in doubt.
 */
final class EmptyWindows implements Predicate<Window> {
    private final SceneInfo scene;
    private final List<GeoTiff> files;
    private final boolean unwrittenIsEmpty;

    /**
     * @param files the scene's sources, in their order
     * @param masked whether an alpha band marks the valid pixels
     */
    EmptyWindows(SceneInfo scene, List<GeoTiff> files, boolean masked) {
        this.scene = scene;
        this.files = files;
        this.unwrittenIsEmpty = masked || scene.bands().stream().allMatch(this::unwrittenIsNodata);
    }

    /**
     * A block that was never written reads as the file's nodata, or as 0 where the file declares none. It is empty only
     * if the band's nodata is the same value.
     */
    private boolean unwrittenIsNodata(SourceBand band) {
        String inFile = GeoTiff.nodata(files.get(band.source()).info().bands().get(band.number() - 1));
        String unwritten = inFile.isEmpty() ? "0" : inFile;
        return !band.nodata().isEmpty() && Double.compare(number(unwritten), number(band.nodata())) == 0;
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
        for (int index = 0; unwrittenIsEmpty && index < files.size(); index++) {
            Window pixels = inSource(scene.sources().get(index), window);
            if (!files.get(index).header().emptyBlocks().test(pixels)) {
                return false;
            }
        }
        return unwrittenIsEmpty;
    }

    /** The pixels of a file that the window shows; partly shown pixels count. */
    private Window inSource(Source source, Window window) {
        int left = (int) ((long) window.x() * source.width() / scene.width());
        int top = (int) ((long) window.y() * source.height() / scene.height());
        int right = end(window.x() + window.width(), source.width(), scene.width());
        int bottom = end(window.y() + window.height(), source.height(), scene.height());
        return new Window(left, top, right - left, bottom - top);
    }

    private static int end(long end, long sourcePixels, long scenePixels) {
        return (int) Math.min(sourcePixels, (end * sourcePixels + scenePixels - 1) / scenePixels);
    }
}
