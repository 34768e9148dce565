package io.swath.planning;

import io.swath.model.Recipe;
import java.util.List;

/**
 * A scene as its recipe sees it: exactly the recipe's bands, in the recipe's order. Goes into JSON and comes back
 * unchanged. What is unknown is empty, never null.
 *
 * @param raster the file, relative to the storage root, so that it holds under any prefix
 * @param bytes its size
 * @param width pixels
 * @param height pixels
 * @param blockWidth pixels of a block as the file stores them; the whole width for strips
 * @param blockHeight pixels
 * @param alphaBand the number in the file of the band that says which pixels are there, 0 for none
 * @param datasetMask the file has a mask of its own that says so
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
        List<SourceBand> bands,
        int alphaBand,
        boolean datasetMask,
        Georeference georeference,
        String datetime,
        String tiffDatetime) {
    public SceneInfo {
        bands = List.copyOf(bands);
    }

    /**
     * One band that the recipe asked for.
     *
     * @param number in the file, from 1
     * @param name the recipe's name for it, or for a numbered one the file's
     * @param type GDAL's name, such as {@code UInt16}
     * @param nodata as GDAL's tools read it, empty for none
     * @param scale value = stored number x scale + offset
     * @param colour GDAL's colour interpretation
     */
    public record SourceBand(
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
