package io.swath.untrusted.raster;

import java.nio.file.Path;

/**
 * A mask in a file beside its GeoTIFF ({@code .msk}): a TIFF whose metadata says that its first band is for all bands (<a
 * href="https://gdal.org/development/rfc/rfc15_nodatabitmask.html">GDAL's RFC 15</a>).
 */
final class MaskFile {
    private static final int PER_DATASET = 2; // GMF_PER_DATASET

    private MaskFile() {}

    /**
     * Whether a file is the mask of a GeoTIFF; false when GDAL would not use it either, because its metadata does not say
     * what it is.
     *
     * @throws BadSceneException when it is a mask that cannot be used, naming it
     */
    static boolean isMask(Path file, GdalInfo mask, GdalInfo masked) {
        String flags = mask.item("", "INTERNAL_MASK_FLAGS_1");
        if (!flags.matches("\\d{1,5}")) {
            return false;
        }
        if ((Integer.parseInt(flags) & PER_DATASET) == 0) {
            throw CompanionText.bad(
                    file,
                    "it has a mask of its own for each band, and Swath reads one mask for all bands",
                    "Write the masked pixels with a nodata value: gdalwarp -dstnodata.");
        }
        if (mask.width() != masked.width() || mask.height() != masked.height()) {
            throw CompanionText.bad(
                    file,
                    "it has " + mask.width() + " x " + mask.height() + " pixels, and the GeoTIFF has " + masked.width()
                            + " x " + masked.height(),
                    "Send the mask that belongs to this file.");
        }
        return true;
    }
}
