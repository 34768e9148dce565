package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.TiffHeader;
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
        Raster raster = Raster.look(file, gdalinfo);
        TiffHeader header = raster.header();
        List<SourceBand> bands = new BandChooser(file, raster.info()).choose(recipe.bands());
        int alpha = raster.alphaBand(bands);
        String path = storageRoot.relativize(file).toString();
        SceneInfo scene = new SceneInfo(
                path,
                raster.bytes(),
                header.width(),
                header.height(),
                header.blockWidth(),
                header.blockHeight(),
                List.of(new Source(path, header.width(), header.height(), header.blockWidth(), header.blockHeight())),
                bands,
                alpha,
                alpha == 0 && raster.datasetMask(),
                raster.info().georeference(),
                AcquisitionTime.of(raster.info()),
                raster.info().item("", "TIFFTAG_DATETIME"));
        checkTiles(file, scene, recipe);
        // A block that was never written reads as nodata, or as 0 where no nodata is declared: then 0 is a value.
        boolean known =
                alpha > 0 || bands.stream().noneMatch(band -> band.nodata().isEmpty());
        Predicate<Window> nothing = window -> false;
        return new Inspection(scene, known ? header.emptyBlocks() : nothing, Sensors.of(raster.info()));
    }

    static void checkTiles(Path file, SceneInfo scene, Recipe recipe) {
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
}
