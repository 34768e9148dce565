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
 */
record SceneMask(int alphaBand, boolean datasetMask) {
    static final SceneMask NONE = new SceneMask(0, false);

    static SceneMask of(GeoTiff file, List<SourceBand> bands) {
        // Where a band declares nodata, GDAL uses the nodata and ignores the alpha band (GDALRasterBand::GetMaskBand).
        boolean withoutNodata = bands.stream().anyMatch(band -> band.nodata().isEmpty());
        int alphaBand = withoutNodata
                ? file.alphaBandExcept(bands.stream().map(SourceBand::number).collect(Collectors.toSet()))
                : 0;
        return new SceneMask(alphaBand, alphaBand == 0 && file.hasDatasetMask());
    }
}
