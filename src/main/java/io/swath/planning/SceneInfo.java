package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.Georeference;
import java.util.List;

/**
 * A scene as its recipe sees it: exactly the recipe's bands, in the recipe's order. Goes into JSON and comes back
 * unchanged. What is unknown is empty, never null.
 *
 * @param raster the file that the scene is, or the STAC Item that describes it; relative to the storage root, so that it
 *     holds under any prefix
 * @param bytes the size of the files that are read
 * @param width pixels of the finest band
 * @param height pixels
 * @param blockWidth pixels of a block as its file stores them; the whole width for strips
 * @param blockHeight pixels
 * @param sources the files that hold the bands; in JSON that was written before there could be several, the one
 * @param alphaBand the number in the one file of the band that says which pixels are there, 0 for none
 * @param datasetMask the one file has a mask of its own that says so
 * @param datetime when it was acquired, an ISO 8601 instant; for lack of better when it was made
 * @param tiffDatetime TIFFTAG_DATETIME as written
 */
public record SceneInfo(
        String raster,
        long bytes,
        int width,
        int height,
        int blockWidth,
        int blockHeight,
        List<Source> sources,
        List<SourceBand> bands,
        int alphaBand,
        boolean datasetMask,
        Georeference georeference,
        String datetime,
        String tiffDatetime) {
    public SceneInfo {
        sources = sources == null
                ? List.of(new Source(raster, width, height, blockWidth, blockHeight))
                : List.copyOf(sources);
        bands = List.copyOf(bands);
    }

    /**
     * A file of the scene. It covers all of it, perhaps with larger pixels.
     *
     * @param path relative to the storage root
     */
    public record Source(String path, int width, int height, int blockWidth, int blockHeight) {}

    /**
     * One band that the recipe asked for.
     *
     * @param source which of the sources holds it, from 0
     * @param number in that file, from 1
     * @param name the recipe's name for it, or for a numbered one the file's
     * @param type GDAL's name, such as {@code UInt16}
     * @param nodata as GDAL's tools read it, empty for none
     * @param scale value = stored number x scale + offset
     * @param colour GDAL's colour interpretation
     */
    public record SourceBand(
            int source,
            int number,
            String name,
            String type,
            String nodata,
            double scale,
            double offset,
            String unit,
            String colour) {}

    /** The tiles that the recipe cuts it into. */
    public TileGrid grid(Recipe recipe) {
        return TileGrid.of(width, height, blockWidth, blockHeight, recipe.tileSize(), recipe.overlap());
    }
}
