package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tells a TIFF from what only has its name. */
final class Disguise {
    private static final Map<String, String> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put("<VRTDataset", "a GDAL VRT, which could make GDAL open any file or address");
        KINDS.put("<", "XML or a web page");
        KINDS.put("PK\3\4", "a ZIP archive");
        KINDS.put("\u001f\u008b", "a gzip archive");
        KINDS.put("\0\0\0\fjP  ", "JPEG 2000");
        KINDS.put("\u00ffO\u00ffQ", "JPEG 2000");
        KINDS.put("\u00ff\u00d8\u00ff", "a JPEG picture");
        KINDS.put("\u0089PNG", "a PNG picture");
        KINDS.put("\u0089HDF", "HDF5");
        KINDS.put("CDF", "NetCDF");
        KINDS.put("%PDF", "a PDF document");
    }

    private Disguise() {}

    /** @throws BadSceneException unless the file begins as a TIFF or BigTIFF does */
    static void reject(Path file, TiffBytes bytes) throws IOException {
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
        String kind = KINDS.entrySet().stream()
                .filter(known -> start.startsWith(known.getKey()))
                .findFirst()
                .map(known -> "it is " + known.getValue())
                .orElse(tiff ? "it has only " + length + " bytes" : "it does not begin as a TIFF does");
        throw new BadSceneException(
                file, "file-is-a-tiff", kind, "Deliver it as a GeoTIFF, such as gdal_translate -of GTiff makes.");
    }
}
