package io.swath.untrusted.raster;

import java.util.Optional;

/**
 * What the header of a TIFF or BigTIFF says about the first image (TIFF 6.0; BigTIFF as in libtiff). Immutable.
 *
 * @param bands samples per pixel
 * @param bitsPerSample of every band
 * @param blockWidth in pixels: a tile's width; for strips, the image's width
 * @param blockHeight a tile's height; for strips, the rows of a strip
 * @param compressed whether pixels are compressed
 * @param hasTransform whether it says where pixels are on the ground: a transform, control points or coefficients
 * @param hasSystem whether it names a coordinate system, or has coefficients, which need none
 * @param tiled whether blocks are tiles; false for strips
 * @param nodata GDAL's nodata tag, as written
 * @param furtherImages images after the first (overviews, masks, pages), counted up to a limit
 * @param emptyBlocks which blocks were never written
 */
public record TiffHeader(
        int width,
        int height,
        int bands,
        int bitsPerSample,
        int blockWidth,
        int blockHeight,
        boolean tiled,
        boolean compressed,
        boolean hasTransform,
        boolean hasSystem,
        Optional<String> nodata,
        int furtherImages,
        EmptyBlocks emptyBlocks) {
    /** The same header with blocks of another size, as a reader uses them. */
    TiffHeader withBlocks(int readWidth, int readHeight) {
        return new TiffHeader(
                width,
                height,
                bands,
                bitsPerSample,
                readWidth,
                readHeight,
                tiled,
                compressed,
                hasTransform,
                hasSystem,
                nodata,
                furtherImages,
                emptyBlocks);
    }
}
