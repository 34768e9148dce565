package io.swath.planning;

import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.raster.GdalInfo.Band;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GdalUnavailableException;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.TiffHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** One GeoTIFF that was looked into, by its header and by GDAL, and in which nothing is wrong. */
record Raster(Path file, TiffHeader header, GdalInfo info, long bytes) {
    /**
     * Looks into a file.
     *
     * @param file absolute, with no link in it
     * @throws BadSceneException when it is not whole or makes no sense
     * @throws GdalUnavailableException when it could not be looked into
     */
    static Raster look(Path file, GdalInfoCommand gdalinfo) {
        TiffHeader header = TiffHeader.of(file);
        GdalInfo info = gdalinfo.describe(file, List.of("GTiff"));
        if (info.width() != header.width()
                || info.height() != header.height()
                || info.bands().size() != header.bands()) {
            throw new BadSceneException(
                    file,
                    "header-makes-sense",
                    "its header can be read in two ways: " + header.width() + " x " + header.height() + " with "
                            + header.bands() + " bands, and by GDAL " + info.width() + " x " + info.height() + " with "
                            + info.bands().size(),
                    "Make the file again: gdal_translate in.tif out.tif");
        }
        checkPlace(file, info.georeference());
        return new Raster(file, header, info, size(file));
    }

    /**
     * The number of the band that says which pixels are there, 0 for none. One that the header marks as alpha is none
     * when it has another name or is asked for: GDAL marks the fourth of four bands of bytes so without being told to,
     * and whoever takes that band out of the file ({@code gdal_translate -b 3 -b 4}) hands the mark on.
     */
    int alphaBand(List<SourceBand> chosen) {
        // Where a band declares nodata, GDAL goes by that, whatever the alpha band says (GDALRasterBand::GetMaskBand).
        return chosen.stream().noneMatch(band -> band.nodata().isEmpty())
                ? 0
                : alphaBandBeside(chosen.stream().map(SourceBand::number).collect(Collectors.toSet()));
    }

    /** As {@link #alphaBand(List)}, whatever the bands that are asked for declare. */
    int alphaBandBeside(Set<Integer> asked) {
        return info.bands().stream()
                .filter(band -> band.colour().equals("Alpha"))
                .filter(band ->
                        band.description().isBlank() || band.description().equalsIgnoreCase("alpha"))
                .mapToInt(Band::number)
                .filter(number -> !asked.contains(number))
                .findFirst()
                .orElse(0);
    }

    /** It has a mask of its own that is no band. */
    boolean datasetMask() {
        List<String> flags = info.bands().get(0).maskFlags();
        return flags.contains("PER_DATASET") && !flags.contains("ALPHA");
    }

    static void refuseSignedBytes(Path file, Band band) {
        if (band.signedByte()) {
            throw new BadSceneException(
                    file,
                    "type-is-supported",
                    "its pixels are signed bytes, which GDAL below 3.7 takes for unsigned ones",
                    "Write them wider: gdal_translate -ot Int16 in.tif out.tif");
        }
    }

    private static void checkPlace(Path file, Georeference place) {
        List<Double> transform = place.geoTransform();
        if (transform.isEmpty()) {
            return;
        }
        double area = transform.get(1) * transform.get(5) - transform.get(2) * transform.get(4);
        boolean finite = transform.stream().allMatch(Double::isFinite);
        if (!finite || !Double.isFinite(area) || area == 0) {
            throw new BadSceneException(
                    file,
                    "georeferencing-is-possible",
                    "its georeferencing gives pixels no area: " + transform,
                    "Write it again with the corners' coordinates: gdal_edit.py -a_ullr.");
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException failed) {
            throw new GdalUnavailableException(
                    "Tried to look at " + file + " but failed because of " + failed + "; nothing is lost, try again",
                    failed);
        }
    }
}
