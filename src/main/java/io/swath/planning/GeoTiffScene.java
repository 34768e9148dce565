package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.GdalInfo.Band;
import io.swath.planning.SceneInfo.SourceBand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/** A scene that is one GeoTIFF with all its bands. */
final class GeoTiffScene implements SceneReader {
    static final int MOST_TILES = 1_000_000;

    private final Path storageRoot;
    private final Path file;
    private final GdalInfoCommand gdalinfo;

    /** Both paths are real: absolute, with no link in them. */
    GeoTiffScene(Path storageRoot, Path file, GdalInfoCommand gdalinfo) {
        this.storageRoot = storageRoot;
        this.file = file;
        this.gdalinfo = gdalinfo;
    }

    @Override
    public Inspection inspect(Recipe recipe) {
        TiffHeader header = TiffHeader.of(file);
        GdalInfo info = gdalinfo.describe(file, List.of("GTiff"));
        if (info.width() != header.width()
                || info.height() != header.height()
                || info.bands().size() != header.bands()) {
            throw new BadSceneException(
                    file,
                    "header-makes-sense",
                    "its header can be read in two ways: " + header.width() + " x " + header.height() + " with "
                            + header.bands() + " bands, and by GDAL " + info.width() + " x " + info.height() + " with "
                            + info.bands().size(),
                    "Make the file again: gdal_translate in.tif out.tif");
        }
        checkPlace(info.georeference());
        List<SourceBand> bands = new BandChooser(file, info).choose(recipe.bands());
        int alpha = alphaBand(info, bands);
        boolean mask = alpha == 0
                && info.bands().get(0).maskFlags().contains("PER_DATASET")
                && !info.bands().get(0).maskFlags().contains("ALPHA");
        SceneInfo scene = new SceneInfo(
                storageRoot.relativize(file).toString(),
                size(),
                header.width(),
                header.height(),
                header.blockWidth(),
                header.blockHeight(),
                bands,
                alpha,
                mask,
                info.georeference(),
                AcquisitionTime.of(info),
                info.item("", "TIFFTAG_DATETIME"));
        checkTiles(scene, recipe);
        // A block that was never written reads as nodata, or as 0 where no nodata is declared: then 0 is a value.
        boolean known =
                alpha > 0 || bands.stream().noneMatch(band -> band.nodata().isEmpty());
        Predicate<Window> nothing = window -> false;
        return new Inspection(scene, known ? header.emptyBlocks() : nothing, Sensors.of(info));
    }

    /** A band that GDAL calls alpha only because it is the fourth of four is none when it has a name or is asked for. */
    private static int alphaBand(GdalInfo info, List<SourceBand> bands) {
        return info.bands().stream()
                .filter(band -> band.colour().equals("Alpha"))
                .filter(band ->
                        band.description().isBlank() || band.description().equalsIgnoreCase("alpha"))
                .mapToInt(Band::number)
                .filter(number -> bands.stream().noneMatch(band -> band.number() == number))
                .findFirst()
                .orElse(0);
    }

    private void checkPlace(Georeference place) {
        List<Double> transform = place.geoTransform();
        if (transform.isEmpty()) {
            return;
        }
        double area = transform.get(1) * transform.get(5) - transform.get(2) * transform.get(4);
        boolean finite = transform.stream().allMatch(Double::isFinite);
        if (!finite || !Double.isFinite(area) || area == 0) {
            throw new BadSceneException(
                    file,
                    "georeferencing-is-possible",
                    "its georeferencing gives pixels no area: " + transform,
                    "Write it again with the corners' coordinates: gdal_edit.py -a_ullr.");
        }
    }

    private void checkTiles(SceneInfo scene, Recipe recipe) {
        long side = recipe.tileSize();
        // Enough to keep the grid from overflowing; the exact number is compared below.
        boolean absurd = scene.width() / side * (scene.height() / side) > 4L * MOST_TILES;
        if (absurd || scene.grid(recipe).size() > MOST_TILES) {
            throw new BadSceneException(
                    file,
                    "tiles-are-few",
                    "it would be cut into more than " + MOST_TILES + " tiles of " + side + " pixels",
                    "Give the recipe " + recipe.name() + " a larger tile size.");
        }
    }

    private long size() {
        try {
            return Files.size(file);
        } catch (IOException failed) {
            throw new PlanningUnavailableException(
                    "Tried to look at " + file + " but failed because of " + failed + "; nothing is lost, try again",
                    failed);
        }
    }
}
