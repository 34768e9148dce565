package io.swath.planning;

import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.GeoTiff;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What marks the valid pixels in a scene of one file.
 *
 * @param alphaBand the number of the alpha band, 0 for none
 * @param datasetMask whether a mask that is not a band marks them
 * @param source the index of the source whose band 1 is that mask; 0 for a mask in the file itself
 */
record SceneMask(int alphaBand, boolean datasetMask, int source) {
    static final SceneMask NONE = new SceneMask(0, false, 0);

    static SceneMask of(GeoTiff file, List<SourceBand> bands) {
        if (file.mask().isPresent()) {
            return new SceneMask(0, true, 1); // for GDAL, a mask beside the file comes before nodata and alpha
        }
        // Where a band declares nodata, GDAL uses the nodata and ignores the alpha band (GDALRasterBand::GetMaskBand).
        boolean withoutNodata = bands.stream().anyMatch(band -> band.nodata().isEmpty());
        int alphaBand = withoutNodata
                ? file.alphaBandExcept(bands.stream().map(SourceBand::number).collect(Collectors.toSet()))
                : 0;
        return new SceneMask(alphaBand, alphaBand == 0 && file.hasDatasetMask(), 0);
    }
}
