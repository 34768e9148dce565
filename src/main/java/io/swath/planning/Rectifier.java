package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.Georeference.Gcp;
import io.swath.untrusted.raster.GroundPositions;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Plans how a scene whose pixels lie in the sensor's image is put onto a map, where its recipe needs a map: the grid, the
 * heights, the resampling. The jobs of the step {@code ortho} do it. Thread-safe.
 *
 * <p>The map is in UTM on WGS 84, in the zone of the image's centre (from 84° north and 80° south on in UPS). Its pixels
 * have the size of the image's finest side at the centre, rounded to two digits, and lie at multiples of that size.
 */
final class Rectifier {
    /** Points along each side of the image, from which the map's extent is found. */
    private static final int SIDE = 65;
    /** A thin diagonal strip with oblong pixels needs some ten times its pixels; more comes from wrong coefficients. */
    private static final int MOST_GROWTH = 100;

    private static final int LEAST_POINTS = 4;
    private static final int NORTH_UPS = 32_661;
    private static final int SOUTH_UPS = 32_761;
    private static final int NORTH_UTM = 32_600;
    private static final int SOUTH_UTM = 32_700;

    private final Terrain terrain;
    private final GdalInfoCommand gdalinfo;
    private final GroundPositions positions;

    Rectifier(Terrain terrain, GdalInfoCommand gdalinfo) {
        this.terrain = terrain;
        this.gdalinfo = gdalinfo;
        this.positions = new GroundPositions(gdalinfo);
    }

    /**
     * The scene, with its rectification if the recipe needs one.
     *
     * @param file the file that errors name
     * @throws BadSceneException when the scene's coefficients or points give no map
     * @throws io.swath.untrusted.raster.SceneUnavailableException when the terrain model cannot be used now
     */
    Inspection rectified(Path file, Recipe recipe, Inspection found) {
        SceneInfo scene = found.info();
        if (!recipe.accepts().onMap() || !MapRule.needsRectification(scene.georeference())) {
            return found;
        }
        Georeference image = imagePlace(file, scene.georeference());
        boolean coefficients = !image.rpc().isEmpty();
        Terrain.Model model = coefficients ? terrain.model() : Terrain.Model.NONE;
        double height = coefficients ? number(file, image.rpc(), "HEIGHT_OFF") : 0;
        double reach = model.path().isEmpty() ? 0 : number(file, image.rpc(), "HEIGHT_SCALE");
        double[] heights = reach == 0 ? new double[] {height} : new double[] {height - reach, height + reach};
        List<double[]> pixels = pixels(scene);
        List<double[]> lonLat = new ArrayList<>();
        for (double each : heights) {
            lonLat.addAll(places(file, scene, image, each, GroundPositions.LONGITUDE_LATITUDE, pixels));
        }
        if (!model.path().isEmpty()) {
            terrain.requireCover(file, model, lonLat);
        }
        int epsg = system(lonLat.get(0)[0], lonLat.get(0)[1]);
        List<double[]> ground = new ArrayList<>();
        for (double each : heights) {
            ground.addAll(places(file, scene, image, each, "EPSG:" + epsg, pixels));
        }
        MapGrid grid = MapGrid.around(ground, pixelSize(ground));
        requireModest(file, scene, grid);
        Georeference map = gdalinfo.locate(file, grid.width(), grid.height(), grid.georeference(epsg));
        Rectification rectification = new Rectification(
                coefficients ? "RPC" : "GCP_TPS",
                height,
                model,
                grid.width(),
                grid.height(),
                map,
                recipe.ortho().resampling());
        SceneInfo planned = scene.rectified(image.withFootprint(map.footprint()), rectification);
        planned.rejectTooManyTiles(file, recipe);
        MapBands.of(file, planned); // rejects types that cannot be resampled
        // Which windows of the image are empty says nothing of the windows of the map: the jobs find that out.
        return new Inspection(planned, found.bands(), window -> false, found.sensors());
    }

    /** Only what the transformation uses: RPC and GCP do not mix (OSGeo/gdal #10567), and a local system has no place. */
    private static Georeference imagePlace(Path file, Georeference all) {
        if (!all.rpc().isEmpty()) {
            return Georeference.NOWHERE.withRpc(all.rpc());
        }
        if (all.gcpWkt().isEmpty() || all.gcps().size() < LEAST_POINTS) {
            throw new BadSceneException(
                    file,
                    "points-give-a-map",
                    all.gcpWkt().isEmpty()
                            ? "its ground control points have no coordinate system"
                            : "it has " + all.gcps().size() + " ground control points, and a map needs " + LEAST_POINTS,
                    "Rectify it first with points of your own: gdal_translate -a_gcp … and gdalwarp -tps.");
        }
        return Georeference.NOWHERE.withGcps(continuous(all), all.gcpWkt(), all.gcpAxisMapping());
    }

    /** Longitudes that do not jump at the antimeridian, so that a spline can be laid through them. */
    private static List<Gcp> continuous(Georeference all) {
        DoubleStream sides = all.gcps().stream().mapToDouble(Gcp::x);
        var range = sides.summaryStatistics();
        if (!all.gcpWkt().startsWith("GEOG") || range.getMax() - range.getMin() <= 180) {
            return all.gcps();
        }
        return all.gcps().stream()
                .map(gcp -> gcp.x() >= 0
                        ? gcp
                        : new Gcp(gcp.id(), gcp.info(), gcp.pixel(), gcp.line(), gcp.x() + 360, gcp.y(), gcp.z()))
                .toList();
    }

    private static double number(Path file, Map<String, String> rpc, String name) {
        try {
            double number =
                    Double.parseDouble(rpc.getOrDefault(name, "").strip().split(" ")[0]);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException wrong) {
            throw noPlace(file, name + " of its coefficients (RPC) is not a number");
        }
        throw noPlace(file, name + " of its coefficients (RPC) is not a number");
    }

    /** The centre and its neighbours, then the points of the sides. */
    private static List<double[]> pixels(SceneInfo scene) {
        double width = scene.width();
        double height = scene.height();
        List<double[]> pixels = new ArrayList<>();
        pixels.add(new double[] {width / 2, height / 2});
        pixels.add(new double[] {width / 2 + 1, height / 2});
        pixels.add(new double[] {width / 2, height / 2 + 1});
        for (int index = 0; index < SIDE; index++) {
            double part = index / (SIDE - 1.0);
            pixels.add(new double[] {part * width, 0});
            pixels.add(new double[] {part * width, height});
            pixels.add(new double[] {0, part * height});
            pixels.add(new double[] {width, part * height});
        }
        return pixels;
    }

    private List<double[]> places(
            Path file, SceneInfo scene, Georeference image, double height, String system, List<double[]> pixels) {
        List<double[]> places = positions.of(file, scene.width(), scene.height(), image, height, system, pixels);
        boolean all = places.size() == pixels.size()
                && places.stream().allMatch(place -> Double.isFinite(place[0]) && Double.isFinite(place[1]));
        if (!all) {
            throw noPlace(
                    file, "its coefficients (RPC) or ground control points give its border no place on the earth");
        }
        return places;
    }

    private static double pixelSize(List<double[]> ground) {
        double across = distance(ground.get(0), ground.get(1));
        double down = distance(ground.get(0), ground.get(2));
        return new BigDecimal(Math.min(across, down)).round(new MathContext(2)).doubleValue();
    }

    private static double distance(double[] here, double[] there) {
        return Math.hypot(here[0] - there[0], here[1] - there[1]);
    }

    private static void requireModest(Path file, SceneInfo scene, MapGrid grid) {
        double pixels = (double) grid.width() * grid.height();
        if (!(grid.pixelSize() > 0) || pixels > (double) MOST_GROWTH * scene.width() * scene.height() + 1_000_000) {
            throw noPlace(
                    file,
                    String.format(
                            Locale.ROOT,
                            "on a map with pixels of %s m it would have %d x %d pixels instead of %d x %d",
                            grid.pixelSize(),
                            grid.width(),
                            grid.height(),
                            scene.width(),
                            scene.height()));
        }
    }

    private static BadSceneException noPlace(Path file, String what) {
        return new BadSceneException(
                file, "coefficients-give-a-map", what, "Get the file with its coefficients from its provider again.");
    }

    /** EPSG's code of UTM, or of UPS near the poles (<a href="https://epsg.org/guidance-notes.html">EPSG 7-2</a>). */
    static int system(double longitude, double latitude) {
        if (latitude >= 84) {
            return NORTH_UPS;
        }
        if (latitude < -80) {
            return SOUTH_UPS;
        }
        int zone = Math.floorMod((int) Math.floor((longitude + 180) / 6), 60) + 1;
        return (latitude >= 0 ? NORTH_UTM : SOUTH_UTM) + zone;
    }
}
