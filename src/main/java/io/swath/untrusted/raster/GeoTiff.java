package io.swath.untrusted.raster;

import io.swath.untrusted.raster.GdalInfo.Band;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One GeoTIFF or JPEG 2000 file that was inspected by its header and by GDAL, together with what its companions say, with
 * nothing wrong in it. Immutable.
 *
 * @param file absolute, with no link in it
 * @param driver the driver of GDAL that opens it
 * @param header with the blocks as GDAL reads them
 * @param info with nodata exactly as the file's header has it
 * @param bytes the size of the file
 * @param mask the file beside it that holds the mask of its valid pixels
 */
public record GeoTiff(Path file, String driver, TiffHeader header, GdalInfo info, long bytes, Optional<GeoTiff> mask) {
    private static final String GTIFF = "GTiff";

    /**
     * What the header of a file says, which is a TIFF or JPEG 2000 by its content.
     *
     * @throws BadSceneException when the file is incomplete or invalid
     * @throws SceneUnavailableException when the file could not be read now
     */
    public static TiffHeader headerOf(Path file) {
        return Jp2HeaderReader.recognises(file) ? Jp2HeaderReader.read(file) : TiffHeaderReader.read(file);
    }

    /**
     * Inspects a file; never reads its pixels.
     *
     * @param file absolute, with no link in it
     * @throws BadSceneException when the file is incomplete or invalid
     * @throws SceneUnavailableException when the file could not be inspected now
     */
    public static GeoTiff inspect(Path file, GdalInfoCommand gdalinfo) {
        GeoTiff alone = inspectAlone(file, gdalinfo);
        CompanionFiles companions = CompanionFiles.beside(file);
        GdalInfo info = new Companions(alone.info(), companions, gdalinfo).applied();
        checkGeoTransform(file, info.georeference());
        Optional<GeoTiff> mask = companions.of(CompanionFiles.Kind.MASK).flatMap(path -> mask(path, info, gdalinfo));
        return new GeoTiff(file, alone.driver(), alone.header(), info, alone.bytes(), mask);
    }

    private static Optional<GeoTiff> mask(Path path, GdalInfo masked, GdalInfoCommand gdalinfo) {
        try {
            GeoTiff mask = inspectAlone(path, gdalinfo);
            return MaskFile.isMask(path, mask.info(), masked) ? Optional.of(mask) : Optional.empty();
        } catch (BadSceneException bad) {
            if (bad.rule().equals(CompanionText.RULE)) {
                throw bad;
            }
            BadSceneException named = CompanionText.bad(path, bad.what(), bad.remedy());
            named.initCause(bad);
            throw named;
        }
    }

    /** As {@link #inspect}, without companions. */
    private static GeoTiff inspectAlone(Path file, GdalInfoCommand gdalinfo) {
        String driver = Jp2HeaderReader.recognises(file) ? Jp2HeaderReader.DRIVER : GTIFF;
        TiffHeader header = headerOf(file);
        GdalInfo info = gdalinfo.describe(file, List.of(driver));
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
        return new GeoTiff(
                file, driver, asGdalReads(file, header, info), exact(info, header), size(file), Optional.empty());
    }

    /** gdalinfo rounds nodata, so it is taken from the header. What is no number there counts as GDAL reads it. */
    private static GdalInfo exact(GdalInfo info, TiffHeader header) {
        Optional<String> written = header.nodata().filter(Nodata::isNumber);
        List<Band> bands = info.bands().stream()
                .map(band -> band.nodata().isEmpty() ? band : band.withNodata(written.orElse(band.nodata())))
                .toList();
        return new GdalInfo(info.width(), info.height(), bands, info.georeference(), info.metadata());
    }

    /** GDAL reads a strip that is not compressed in rows where it can; the limit is for what it holds in memory. */
    private static TiffHeader asGdalReads(Path file, TiffHeader header, GdalInfo info) {
        Band band = info.bands().get(0);
        if (header.tiled() || header.compressed() || band.blockWidth() < 1 || band.blockHeight() < 1) {
            return header;
        }
        boolean joined = info.item("IMAGE_STRUCTURE", "INTERLEAVE").equals("PIXEL");
        long pixelBits = (long) header.bitsPerSample() * (joined ? header.bands() : 1);
        long bytes = pixelBits * band.blockWidth() / 8 * band.blockHeight();
        TiffHeaderReader.rejectLargeBlocks(file, band.blockWidth(), band.blockHeight(), bytes);
        return header.withBlocks(band.blockWidth(), band.blockHeight());
    }

    /** The same file with its place from elsewhere. */
    public GeoTiff placed(Georeference georeference) {
        GdalInfo placed = new GdalInfo(info.width(), info.height(), info.bands(), georeference, info.metadata());
        return new GeoTiff(file, driver, header, placed, bytes, mask);
    }

    /**
     * The number of the alpha band, which marks valid pixels; 0 where there is none. A band with the alpha colour is no
     * alpha band when it is among the {@code chosen} bands, or has another name than alpha: GDAL gives the fourth of four
     * byte bands this colour without being asked, and {@code gdal_translate -b 3 -b 4} passes it on.
     */
    public int alphaBandExcept(Set<Integer> chosen) {
        return info.bands().stream()
                .filter(band -> band.colour().equals("Alpha"))
                .filter(band ->
                        band.description().isBlank() || band.description().equalsIgnoreCase("alpha"))
                .mapToInt(Band::number)
                .filter(number -> !chosen.contains(number))
                .findFirst()
                .orElse(0);
    }

    /**
     * What GDAL needs before the file's absolute path to open it with its GTiff driver alone, whatever the file holds by
     * then. {@code GTIFF_DIR:1:} opens no other file either, but hides the file's masks and overviews. So a file that may
     * have some is opened by {@code GTIFF_RAW:}, which in turn does not turn CMYK and the like into RGBA. Tried with GDAL
     * 3.6.2 and 3.10.3; the names are those of <a href="https://gdal.org/drivers/raster/gtiff.html">the GTiff driver</a>.
     * GDAL has no such prefix for JPEG 2000: there only the comparison of the file in {@code job.sh} protects.
     */
    public String prefix() {
        if (!driver.equals(GTIFF)) {
            return "";
        }
        String colours = info.item("IMAGE_STRUCTURE", "SOURCE_COLOR_SPACE");
        boolean madeRgba = !colours.isEmpty()
                && !info.item("IMAGE_STRUCTURE", "COMPRESSION").contains("JPEG");
        return header.furtherImages() == 0 || madeRgba ? "GTIFF_DIR:1:" : "GTIFF_RAW:";
    }

    /** Whether the file has a mask for all its bands that is not itself a band. */
    public boolean hasDatasetMask() {
        if (mask.isPresent()) {
            return true;
        }
        List<String> flags = info.bands().get(0).maskFlags();
        return flags.contains("PER_DATASET") && !flags.contains("ALPHA");
    }

    /** A band's nodata, exactly. Empty where there is none, or where no pixel of the band's type can have it. */
    public static String nodata(Band band) {
        return Nodata.of(band.nodata(), band.type()).orElse("");
    }

    private static void checkGeoTransform(Path file, Georeference georeference) {
        List<Double> transform = georeference.geoTransform();
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
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }
}
