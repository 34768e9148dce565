package io.swath.untrusted.raster;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A mask in a file beside its GeoTIFF ({@code .msk}): a TIFF whose metadata says that its first band is for all bands (<a
 * href="https://gdal.org/development/rfc/rfc15_nodatabitmask.html">GDAL's RFC 15</a>).
 */
final class MaskFile {
    private static final int PER_DATASET = 2; // GMF_PER_DATASET

    private MaskFile() {}

    /**
     * Inspects the file.
     *
     * @return empty when GDAL would not use the file either, because its metadata does not say what it is
     * @throws BadSceneException when it cannot be used, naming it
     */
    static Optional<GeoTiff> inspect(Path file, GeoTiff masked, GdalInfoCommand gdalinfo) {
        GeoTiff mask;
        try {
            mask = GeoTiff.inspectAlone(file, gdalinfo);
        } catch (BadSceneException bad) {
            BadSceneException named = CompanionText.bad(file, bad.what(), bad.remedy());
            named.initCause(bad);
            throw named;
        }
        String flags = mask.info().item("", "INTERNAL_MASK_FLAGS_1");
        if (!flags.matches("\\d{1,5}")) {
            return Optional.empty();
        }
        if ((Integer.parseInt(flags) & PER_DATASET) == 0) {
            throw CompanionText.bad(
                    file,
                    "it has a mask of its own for each band, and Swath reads one mask for all bands",
                    "Write the masked pixels with a nodata value: gdalwarp -dstnodata.");
        }
        if (mask.info().width() != masked.info().width()
                || mask.info().height() != masked.info().height()) {
            throw CompanionText.bad(
                    file,
                    "it has " + mask.info().width() + " x " + mask.info().height() + " pixels, and the GeoTIFF has "
                            + masked.info().width() + " x " + masked.info().height(),
                    "Send the mask that belongs to this file.");
        }
        return Optional.of(mask);
    }
}
