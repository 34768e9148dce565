package io.swath.planning;

import io.swath.storage.FileIdentity;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.GroundPositions;
import io.swath.untrusted.raster.SceneUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The terrain model of the settings: whether it can be used, and whether it covers a scene. Thread-safe. */
public final class Terrain {
    private static final Set<String> METRES = Set.of("", "m", "metre", "metres", "meter", "meters");

    private final TerrainSettings settings;
    private final Path storageRoot;
    private final GdalInfoCommand gdalinfo;

    /**
     * A terrain model as it was when a scene was planned.
     *
     * @param path relative to the storage root; empty for none
     * @param geoid relative to the storage root; empty where the heights are above the ellipsoid
     */
    public record Model(String path, FileIdentity identity, String geoid, FileIdentity geoidIdentity) {
        static final Model NONE = new Model("", FileIdentity.UNKNOWN, "", FileIdentity.UNKNOWN);
    }

    public Terrain(TerrainSettings settings, Path storageRoot, GdalInfoCommand gdalinfo) {
        this.settings = settings;
        this.storageRoot = storageRoot.toAbsolutePath().normalize();
        this.gdalinfo = gdalinfo;
    }

    /** No terrain model. */
    static Terrain none(GdalInfoCommand gdalinfo) {
        return new Terrain(new TerrainSettings("", ""), Path.of("/"), gdalinfo);
    }

    /** What is wrong with the model of the settings, for {@code doctor}; empty when it can be used, or there is none. */
    public String problem() {
        try {
            model();
            return "";
        } catch (SceneUnavailableException unusable) {
            return unusable.getMessage();
        }
    }

    /**
     * The model of the settings.
     *
     * @return {@link Model#NONE} if there is none
     * @throws SceneUnavailableException when it cannot be used now: no scene is at fault
     */
    Model model() {
        if (settings.path().isEmpty()) {
            return Model.NONE;
        }
        checked("dem.path", settings.path());
        if (settings.geoidPath().isEmpty()) {
            return new Model(settings.path(), identity("dem.path", settings.path()), "", FileIdentity.UNKNOWN);
        }
        readable("dem.geoid", settings.geoidPath());
        return new Model(
                settings.path(),
                identity("dem.path", settings.path()),
                settings.geoidPath(),
                identity("dem.geoid", settings.geoidPath()));
    }

    /**
     * @param outline longitudes and latitudes around the scene
     * @throws BadSceneException when the model does not reach as far as the scene
     */
    void requireCover(Path scene, Model model, List<double[]> outline) {
        GdalInfo info = checked("dem.path", model.path());
        Georeference place = info.georeference();
        List<Double> transform = place.geoTransform();
        List<double[]> there = new GroundPositions(gdalinfo).in(scene, place.wkt(), outline);
        for (int index = 0; index < there.size(); index++) {
            double column = (there.get(index)[0] - transform.get(0)) / transform.get(1);
            double row = (there.get(index)[1] - transform.get(3)) / transform.get(5);
            if (!(column >= 0 && column <= info.width() && row >= 0 && row <= info.height())) {
                throw new BadSceneException(
                        scene,
                        "terrain-covers-the-scene",
                        String.format(
                                Locale.ROOT,
                                "it reaches to longitude %.4f, latitude %.4f, which the terrain model %s does not cover",
                                outline.get(index)[0],
                                outline.get(index)[1],
                                model.path()),
                        "Name a terrain model in dem.path that covers it (a VRT may join several: gdalbuildvrt), then send it"
                                + " again. With an empty dem.path it is rectified at one height.");
            }
        }
    }

    private GdalInfo checked(String setting, String path) {
        GdalInfo info = readable(setting, path);
        Georeference place = info.georeference();
        if (place.kind() != Georeference.Kind.NORTH_UP || place.wkt().isEmpty()) {
            throw unusable(
                    setting, path, "it is not a north-up raster with a coordinate system", "Make one with gdalwarp");
        }
        String unit = info.bands().get(0).unit().toLowerCase(Locale.ROOT);
        if (!METRES.contains(unit)) {
            throw unusable(setting, path, "its heights are in " + unit + " and not in metres", "Convert them");
        }
        return info;
    }

    private GdalInfo readable(String setting, String path) {
        Path file = storageRoot.resolve(path);
        if (Path.of(path).isAbsolute() || !file.normalize().startsWith(storageRoot)) {
            throw unusable(
                    setting, path, "it is not a path below storage.root", "Copy the file there: the nodes read it");
        }
        if (!Files.isRegularFile(file)) {
            throw unusable(setting, path, "there is no such file", "Put it there, or correct the setting");
        }
        try {
            return gdalinfo.describeOwn(file);
        } catch (BadSceneException bad) {
            SceneUnavailableException unusable = unusable(setting, path, bad.what(), "Make it again");
            unusable.initCause(bad);
            throw unusable;
        }
    }

    private FileIdentity identity(String setting, String path) {
        try {
            return FileIdentity.of(storageRoot.resolve(path));
        } catch (IOException failed) {
            throw unusable(setting, path, "it cannot be looked at: " + failed, "Put the file itself there");
        }
    }

    private SceneUnavailableException unusable(String setting, String path, String what, String remedy) {
        return new SceneUnavailableException("Tried to use " + setting + "=" + path + " in " + storageRoot
                + " but failed because " + what + "; nothing is lost. " + remedy
                + ", and scenes that wait for it continue by themselves");
    }
}
