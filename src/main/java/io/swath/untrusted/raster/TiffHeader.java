package io.swath.untrusted.raster;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The first image of a TIFF or BigTIFF, as its header describes it (TIFF 6.0; BigTIFF as in libtiff).
 *
 * @param bands samples a pixel
 * @param bitsPerSample of every band
 * @param sampleFormat 1 unsigned, 2 signed, 3 floating point, 5 and 6 complex
 * @param blockWidth a tile's width; for strips the image's
 * @param blockHeight a tile's height; for strips their rows
 * @param tiled false for strips
 * @param separate every band has blocks of its own
 * @param compression TIFF's number for it, 1 for none
 * @param nodata GDAL's nodata tag, as written
 * @param furtherImages images after the first (overviews, masks, pages); at most {@link TiffWalk#MOST_IMAGES} are counted
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
        EmptyBlocks emptyBlocks) {

    /**
     * Reads the header alone, never a pixel: about 0.1 ms, a few kilobytes and one bit a block of memory, whatever the
     * file says of itself.
     *
     * @throws BadSceneException when it is no TIFF, is not complete, or promises more than anybody could hold
     * @throws GdalUnavailableException when the file cannot be read
     */
    public static TiffHeader of(Path file) {
        return new TiffWalk(file).walk();
    }
}
