package io.swath.planning;

import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.Georeference.Kind;
import io.swath.untrusted.raster.GroundPositions;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/**
 * Whether the coordinates of a scene can be on a map in the coordinate system that the scene names: metres in a system of
 * degrees, degrees in a system of metres, places that are not on the earth, and plain pixel numbers cannot. Immutable.
 *
 * <p>Grids of degrees may go from 0 to 360 or across the antimeridian, and half a pixel beyond a pole. Grids of metres may
 * have parts that are not on the earth (a full disc), go on beyond the antimeridian, and lie outside the area for which
 * their system was made.
 */
final class MapCoordinates {
    /** The unit of angles of a system, in radians: the axes come after {@code CS[}. */
    private static final Pattern ANGLE =
            Pattern.compile("CS\\[ellipsoidal.*?ANGLEUNIT\\[\"[^\"]*\",([0-9.eE-]+)", Pattern.DOTALL);

    private static final Pattern SYSTEM = Pattern.compile("(PROJCRS|GEOGCRS)\\[\"([^\"]*)\"");
    /** Where a published system may be used: south, west, north, east. */
    private static final Pattern AREA = Pattern.compile("BBOX\\[(-?[0-9.]+),(-?[0-9.]+),(-?[0-9.]+),(-?[0-9.]+)\\]");

    private static final double MOST_LONGITUDE = 360;
    private static final double MOST_LATITUDE = 90;
    /** Half a pixel of the coarsest grid; the outline of a product takes as much. */
    private static final double MOST_BEYOND_POLE = 3;
    /** The whole earth in metres from side to side is 40,075 km: coordinates in this range need no closer look. */
    private static final double USUAL = 2.1e7;

    private static final double ONCE_AROUND = 40_075_017;
    /** Errors of a projection and its inverse far away from its centre; coordinates that wrap differ by much more. */
    private static final double SAME = 10_000;
    /** A scene with smaller pixels in metres has none of 10 m in degrees (0.00009). */
    private static final double SMALLEST_PIXEL = 0.01;

    private static final int SAMPLES = 9;

    private final Path scene;
    private final GdalInfo info;
    private final Georeference place;
    private final GroundPositions positions;
    private final DoubleSummaryStatistics across;
    private final DoubleSummaryStatistics down;

    /** @param scene the file that errors name */
    MapCoordinates(Path scene, GdalInfo info, GdalInfoCommand gdalinfo) {
        this.scene = scene;
        this.info = info;
        this.place = info.georeference();
        this.positions = new GroundPositions(gdalinfo);
        List<double[]> corners = place.geoTransform().size() == 6 ? points(2) : List.of();
        this.across = corners.stream().mapToDouble(point -> point[0]).summaryStatistics();
        this.down = corners.stream().mapToDouble(point -> point[1]).summaryStatistics();
    }

    /**
     * Why the coordinates cannot be on a map, as a clause for people; empty when they can, and for a scene that has no
     * coordinates in a known system.
     *
     * @throws io.swath.untrusted.raster.SceneUnavailableException when GDAL cannot be run now
     */
    Optional<String> problem() {
        Matcher system = SYSTEM.matcher(place.wkt());
        boolean mapped = place.kind() == Kind.NORTH_UP || place.kind() == Kind.ROTATED;
        if (!mapped || place.inImageSpace() || !system.find()) {
            return Optional.empty();
        }
        String named = "its coordinate system, " + system.group(2) + ", ";
        if (arePixelNumbers()) {
            return Optional.of(
                    "its coordinates are the numbers of its pixels" + range() + ", and no place in " + named.strip());
        }
        if (system.group(1).equals("GEOGCRS")) {
            return areDegrees()
                    ? Optional.empty()
                    : Optional.of(named + "has degrees, and its coordinates are no degrees" + range());
        }
        if (looksLikeDegrees()) {
            return Optional.of(named + "has no degrees, and its coordinates look like degrees" + range());
        }
        return isOnEarth() ? Optional.empty() : Optional.of(named + "has no such place on the earth" + range());
    }

    private String range() {
        return " (x from " + plain(across.getMin()) + " to " + plain(across.getMax()) + ", y from "
                + plain(down.getMin()) + " to " + plain(down.getMax()) + ")";
    }

    private static String plain(double number) {
        return Double.isFinite(number)
                ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
                : Double.toString(number);
    }

    /** As many points in each direction, from border to border. */
    private List<double[]> points(int count) {
        List<Double> transform = place.geoTransform();
        List<double[]> points = new ArrayList<>();
        for (int index = 0; index < count * count; index++) {
            int column = index % count;
            int row = index / count;
            double x = (double) info.width() * column / (count - 1);
            double y = (double) info.height() * row / (count - 1);
            points.add(new double[] {
                transform.get(0) + x * transform.get(1) + y * transform.get(2),
                transform.get(3) + x * transform.get(4) + y * transform.get(5)
            });
        }
        return points;
    }

    private double pixel() {
        List<Double> transform = place.geoTransform();
        return Math.max(Math.hypot(transform.get(1), transform.get(4)), Math.hypot(transform.get(2), transform.get(5)));
    }

    /** Pixels of 1 x 1 that begin or end at 0: what software writes that has no place for an image. */
    private boolean arePixelNumbers() {
        List<Double> transform = place.geoTransform();
        boolean ones = transform.get(1) == 1
                && transform.get(2) == 0
                && transform.get(4) == 0
                && Math.abs(transform.get(5)) == 1;
        boolean atZero = Math.min(Math.abs(down.getMin()), Math.abs(down.getMax())) <= 1;
        return ones && Math.abs(across.getMin()) <= 1 && atZero;
    }

    private boolean areDegrees() {
        Matcher unit = ANGLE.matcher(place.wkt());
        double degree = unit.find() ? Math.toDegrees(Double.parseDouble(unit.group(1))) : 1;
        double slack = Math.min(pixel() * degree / 2, MOST_BEYOND_POLE) + 1e-6;
        return most(across) * degree <= MOST_LONGITUDE + slack && most(down) * degree <= MOST_LATITUDE + slack;
    }

    /** Numbers of degrees in a published system of metres are close to its origin, and far from where it is used. */
    private boolean looksLikeDegrees() {
        Matcher area = AREA.matcher(place.wkt());
        return most(across) <= MOST_LONGITUDE
                && most(down) <= MOST_LATITUDE
                && area.find()
                && (pixel() < SMALLEST_PIXEL || isOutside(area));
    }

    private boolean isOutside(Matcher area) {
        double[] sides = new double[4];
        for (int index = 0; index < sides.length; index++) {
            sides[index] = Double.parseDouble(area.group(index + 1));
        }
        return place.footprint().stream().noneMatch(point -> {
            boolean west = point.get(0) >= sides[1];
            boolean east = point.get(0) <= sides[3];
            boolean between = sides[1] <= sides[3] ? west && east : west || east; // it may cross the antimeridian
            return between && point.get(1) >= sides[0] && point.get(1) <= sides[2];
        });
    }

    private static double most(DoubleSummaryStatistics numbers) {
        return Math.max(Math.abs(numbers.getMin()), Math.abs(numbers.getMax()));
    }

    /** Whether some of the scene is on the earth: its longitude and latitude lead back to the same coordinates. */
    private boolean isOnEarth() {
        if (!place.footprint().isEmpty() && most(across) <= USUAL && most(down) <= USUAL) {
            return true;
        }
        try {
            List<double[]> there = new ArrayList<>();
            List<double[]> found = new ArrayList<>();
            List<double[]> sent = points(SAMPLES);
            List<double[]> lonLat = positions.from(scene, place.wkt(), sent);
            for (int index = 0; index < Math.min(sent.size(), lonLat.size()); index++) {
                if (DoubleStream.of(lonLat.get(index)).allMatch(Double::isFinite)) {
                    there.add(sent.get(index));
                    found.add(lonLat.get(index));
                }
            }
            List<double[]> back = found.isEmpty() ? List.of() : positions.in(scene, place.wkt(), found);
            for (int index = 0; index < Math.min(there.size(), back.size()); index++) {
                double acrossBy = Math.abs(there.get(index)[0] - back.get(index)[0]);
                double downBy = Math.abs(there.get(index)[1] - back.get(index)[1]);
                // Beyond the antimeridian the way back may lead once round the earth.
                if (acrossBy <= ONCE_AROUND + SAME && downBy <= SAME) {
                    return true;
                }
            }
            return false;
        } catch (BadSceneException noWayToLongitudes) {
            return true; // a map of another planet, or a system that GDAL cannot relate to WGS 84
        }
    }
}
