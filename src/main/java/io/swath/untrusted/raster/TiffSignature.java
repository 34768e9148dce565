package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Checks by its first bytes that a file is a TIFF. For another file, the error names the file's format. */
final class TiffSignature {
    private static final Map<String, String> FORMATS = new LinkedHashMap<>();

    static {
        FORMATS.put("<VRTDataset", "a GDAL VRT, which could make GDAL open any file or address");
        FORMATS.put("<", "XML or a web page");
        FORMATS.put("PK\3\4", "a ZIP archive");
        FORMATS.put("\u001f\u008b", "a gzip archive");
        FORMATS.put("\0\0\0\fjP  ", "JPEG 2000");
        FORMATS.put("\u00ffO\u00ffQ", "JPEG 2000");
        FORMATS.put("\u00ff\u00d8\u00ff", "a JPEG picture");
        FORMATS.put("\u0089PNG", "a PNG picture");
        FORMATS.put("\u0089HDF", "HDF5");
        FORMATS.put("CDF", "NetCDF");
        FORMATS.put("%PDF", "a PDF document");
    }

    private TiffSignature() {}

    /** @throws BadSceneException unless the file begins with the signature of a TIFF or BigTIFF */
    static void check(Path file, TiffBytes bytes) throws IOException {
        if (bytes.size() == 0) {
            throw new BadSceneException(
                    file, "file-is-complete", "the file is empty", "Its sender wrote nothing into it: send it again.");
        }
        int length = (int) Math.min(64, bytes.size());
        String start = new String(bytes.at(0, length).array(), StandardCharsets.ISO_8859_1);
        boolean tiff = start.startsWith("II*\0")
                || start.startsWith("MM\0*")
                || start.startsWith("II+\0\b\0\0\0")
                || start.startsWith("MM\0+\0\b\0\0");
        if (tiff && length >= 16) {
            return;
        }
        String found = FORMATS.entrySet().stream()
                .filter(format -> start.startsWith(format.getKey()))
                .findFirst()
                .map(format -> "it is " + format.getValue())
                .orElse(tiff ? "it has only " + length + " bytes" : "it does not begin with the signature of a TIFF");
        throw new BadSceneException(
                file, "file-is-a-tiff", found, "Deliver it as a GeoTIFF, such as gdal_translate -of GTiff makes.");
    }
}
