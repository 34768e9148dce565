package io.swath.planning;

import io.swath.planning.AssetFiles.AssetFile;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GeoTiff;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks that the files of a scene can be read as one dataset: one extent, and no masks that cannot be joined. */
final class SourceAgreement {
    private final Path itemFile;
    private final List<AssetFile> sources;

    SourceAgreement(Path itemFile, List<AssetFile> sources) {
        this.itemFile = itemFile;
        this.sources = sources;
    }

    /**
     * The file with the most pixels.
     *
     * @throws BadSceneException when another file covers other ground
     */
    GeoTiff finest() {
        AssetFile finest = sources.stream()
                .max(Comparator.comparingLong(
                        source -> (long) source.file().header().width()
                                * source.file().header().height()))
                .orElseThrow();
        GridComparison grid = new GridComparison(finest.file());
        for (AssetFile source : sources) {
            Optional<String> difference = grid.difference(source.file());
            if (difference.isPresent()) {
                throw new BadSceneException(
                        itemFile,
                        "bands-cover-the-same-ground",
                        source.field() + " " + difference.get() + ", compared with " + finest.field(),
                        "Bring the files onto one grid: gdalwarp -t_srs … -te … in.tif out.tif");
            }
        }
        return finest.file();
    }

    /** A VRT has one mask for all its bands, so the masks of several files cannot be joined in it. */
    void rejectSeveralMasks(List<SourceBand> bands) {
        for (int index = 0; sources.size() > 1 && index < sources.size(); index++) {
            int source = index;
            Set<Integer> chosen = bands.stream()
                    .filter(band -> band.source() == source)
                    .map(SourceBand::number)
                    .collect(Collectors.toSet());
            GeoTiff file = sources.get(index).file();
            if (file.alphaBandExcept(chosen) > 0 || file.hasDatasetMask()) {
                throw new BadSceneException(
                        itemFile,
                        "masks-are-nodata",
                        "of " + sources.get(index).asset().field("href")
                                + ", the file has a mask or an alpha band, which cannot be joined with the other"
                                + " files'",
                        "Write the masked pixels with a nodata value, without the mask: gdalwarp -dstnodata 0.");
            }
        }
    }
}
