package io.swath.planning;

import io.swath.model.Window;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.Georeference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The grid of a mosaic: that of its first part, as large as all parts together. Immutable.
 *
 * @param width in pixels
 * @param height in pixels
 * @param places where each part lies, in the order of the parts
 */
record MosaicGrid(int width, int height, List<Window> places, Georeference georeference) {
    /** In pixels: room for rounding, and no part moves visibly. */
    private static final double SAME = 0.01;

    /** One part of a mosaic, by its name. */
    record Part(String name, SceneInfo scene) {}

    /**
     * Puts the parts together.
     *
     * @param file the scene's file, for rejections
     * @throws BadSceneException when a part does not lie on the first part's grid
     */
    static MosaicGrid of(Path file, List<Part> parts) {
        Georeference first = parts.get(0).scene().georeference();
        List<long[]> corners = new ArrayList<>();
        List<List<Double>> outline = new ArrayList<>();
        long left = 0;
        long top = 0;
        long right = 0;
        long bottom = 0;
        for (Part part : parts) {
            long[] corner = corner(file, parts.get(0), part);
            corners.add(corner);
            left = Math.min(left, corner[0]);
            top = Math.min(top, corner[1]);
            right = Math.max(right, corner[0] + part.scene().width());
            bottom = Math.max(bottom, corner[1] + part.scene().height());
            outline.addAll(part.scene().georeference().footprint());
        }
        if (right - left > Integer.MAX_VALUE || bottom - top > Integer.MAX_VALUE) {
            throw new BadSceneException(
                    file,
                    "parts-are-near",
                    "together its parts span " + (right - left) + " x " + (bottom - top) + " pixels",
                    "Send parts that lie side by side.");
        }
        List<Window> places = new ArrayList<>();
        for (int index = 0; index < corners.size(); index++) {
            SceneInfo scene = parts.get(index).scene();
            places.add(new Window(
                    (int) (corners.get(index)[0] - left),
                    (int) (corners.get(index)[1] - top),
                    scene.width(),
                    scene.height()));
        }
        Georeference whole = new Georeference(
                moved(first.geoTransform(), left, top),
                first.wkt(),
                first.epsg(),
                first.axisMapping(),
                List.of(),
                "",
                List.of(),
                Map.of(),
                first.areaOrPoint(),
                outline);
        return new MosaicGrid((int) (right - left), (int) (bottom - top), places, whole);
    }

    private static List<Double> moved(List<Double> t, long columns, long rows) {
        return List.of(
                t.get(0) + columns * t.get(1) + rows * t.get(2),
                t.get(1),
                t.get(2),
                t.get(3) + columns * t.get(4) + rows * t.get(5),
                t.get(4),
                t.get(5));
    }

    /** The upper left corner of a part, in pixels of the first one. */
    private static long[] corner(Path file, Part first, Part part) {
        Georeference here = first.scene().georeference();
        Georeference there = part.scene().georeference();
        if (there.geoTransform().size() != 6 || there.inImageSpace()) {
            throw new BadSceneException(
                    file,
                    "parts-are-on-a-map",
                    "the part " + part.name() + " is not on a map",
                    "Put it onto the map of the other parts first, with a terrain model: gdalwarp -rpc -t_srs EPSG:CODE.");
        }
        boolean sameSystem =
                here.epsg() == there.epsg() && (here.epsg() > 0 || here.wkt().equals(there.wkt()));
        if (!sameSystem) {
            throw other(file, first, part, "is in another coordinate system (" + system(there) + ")");
        }
        List<Double> t = here.geoTransform();
        List<Double> o = there.geoTransform();
        double pixel = Math.min(Math.hypot(t.get(1), t.get(4)), Math.hypot(t.get(2), t.get(5)));
        long longest = Math.max(part.scene().width(), part.scene().height());
        for (int index : new int[] {1, 2, 4, 5}) {
            if (Math.abs(t.get(index) - o.get(index)) * longest > SAME * pixel) {
                throw other(file, first, part, "has pixels of another size or direction (" + size(o) + ")");
            }
        }
        double area = t.get(1) * t.get(5) - t.get(2) * t.get(4); // not zero: see GeoTiff
        double x = o.get(0) - t.get(0);
        double y = o.get(3) - t.get(3);
        double column = (t.get(5) * x - t.get(2) * y) / area;
        double row = (t.get(1) * y - t.get(4) * x) / area;
        if (Math.abs(column - Math.rint(column)) > SAME || Math.abs(row - Math.rint(row)) > SAME) {
            String by = String.format(Locale.ROOT, "%.2f and %.2f", column - Math.floor(column), row - Math.floor(row));
            throw other(file, first, part, "lies between the pixels (off by " + by + " of a pixel)");
        }
        return new long[] {Math.round(column), Math.round(row)};
    }

    private static BadSceneException other(Path file, Part first, Part part, String what) {
        Georeference grid = first.scene().georeference();
        return new BadSceneException(
                file,
                "parts-are-on-one-grid",
                "the part " + part.name() + " " + what + ", compared with " + first.name() + " (" + system(grid) + ", "
                        + size(grid.geoTransform()) + ")",
                "Put each band of all parts onto one grid: "
                        + (grid.epsg() > 0 ? "" : "gdalsrsinfo -o wkt1 FIRST.tif > first.prj, of the first part, then ")
                        + "gdalwarp -t_srs " + (grid.epsg() > 0 ? system(grid) : "first.prj") + " -tr "
                        + size(grid.geoTransform()).replace(" x ", " ")
                        + " -tap -r cubic in.tif out.tif, and list the new files; docs/scenes.md (mosaic) shows how.");
    }

    private static String system(Georeference place) {
        return place.epsg() > 0 ? "EPSG:" + place.epsg() : "a system without a code";
    }

    private static String size(List<Double> t) {
        return number(Math.hypot(t.get(1), t.get(4))) + " x " + number(Math.hypot(t.get(2), t.get(5)));
    }

    private static String number(double value) {
        return value == Math.rint(value) && value < 1e9 ? Long.toString((long) value) : Double.toString(value);
    }
}
