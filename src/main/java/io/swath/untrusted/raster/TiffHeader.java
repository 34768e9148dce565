package io.swath.untrusted.raster;

import java.util.Optional;

/**
 * What the header of a TIFF or BigTIFF says about the first image (TIFF 6.0; BigTIFF as in libtiff). Immutable.
 *
 * @param bands samples per pixel
 * @param bitsPerSample of every band
 * @param sampleFormat 1 unsigned, 2 signed, 3 floating point, 5 and 6 complex
 * @param blockWidth a tile's width; for strips, the image's width
 * @param blockHeight a tile's height; for strips, the rows of a strip
 * @param tiled whether blocks are tiles; false for strips
 * @param separate whether every band has its own blocks
 * @param compression TIFF's number for it, 1 for none
 * @param nodata GDAL's nodata tag, as written
 * @param furtherImages images after the first (overviews, masks, pages), counted up to a limit
 * @param emptyBlocks which blocks were never written
 */
public record TiffHeader(
        int width,
        int height,
        int bands,
        int bitsPerSample,
        int sampleFormat,
        int blockWidth,
        int blockHeight,
        boolean tiled,
        boolean separate,
        int compression,
        Optional<String> nodata,
        int furtherImages,
        EmptyBlocks emptyBlocks) {}
