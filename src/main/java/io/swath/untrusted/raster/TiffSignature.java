package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Checks by its first bytes that a file is a TIFF. For another file, the error names the file's format. */
public final class TiffSignature {
    private static final int SHORTEST = 16;
    private static final int LONGEST_START = 64;
    private static final String CONVERT = "Deliver it as a GeoTIFF, such as gdal_translate -of GTiff makes.";
    private static final String UNPACK = "Unpack it, and deliver what is in it.";
    private static final String FETCH_AGAIN =
            "A server often sends such a page instead of the file, to ask for a login or"
                    + " to report an error: open it in a browser to see which, and download the file again.";

    private static final List<Format> FORMATS = List.of(
            new Format("<vrtdataset", "a GDAL VRT, which could make GDAL open any file or address", CONVERT),
            new Format("<!doctype html", "a web page", FETCH_AGAIN),
            new Format("<html", "a web page", FETCH_AGAIN),
            new Format("<", "XML or a web page", FETCH_AGAIN),
            new Format("{", "a text, such as JSON or the error message of a server", FETCH_AGAIN),
            new Format("pk\3\4", "a ZIP archive", UNPACK),
            new Format("\u001f\u008b", "compressed with gzip", "Unpack it (gunzip), and deliver what is in it."),
            new Format("bzh", "compressed with bzip2", "Unpack it (bunzip2), and deliver what is in it."),
            new Format("\u00fd7zxz", "compressed with xz", "Unpack it (unxz), and deliver what is in it."),
            new Format("(\u00b5/\u00fd", "compressed with zstd", "Unpack it (unzstd), and deliver what is in it."),
            new Format("7z\u00bc\u00af", "a 7-Zip archive", UNPACK),
            new Format("rar!", "a RAR archive", UNPACK),
            new Format("\0\0\0\fjp  ", "JPEG 2000", CONVERT),
            new Format("\u00ffo\u00ffq", "JPEG 2000", CONVERT),
            new Format("\u00ff\u00d8\u00ff", "a JPEG picture", CONVERT),
            new Format("\u0089png", "a PNG picture", CONVERT),
            new Format("\u0089hdf", "HDF5", CONVERT),
            new Format("cdf", "NetCDF", CONVERT),
            new Format("nitf", "NITF", CONVERT),
            new Format("%pdf", "a PDF document", CONVERT));

    /** @param start in lower case */
    private record Format(String start, String name, String remedy) {}

    private TiffSignature() {}

    /** What a file is that is no TIFF, by its first bytes, and what to do with it; empty when they do not say. */
    public static Optional<String> otherFormat(byte[] beginning) {
        String start = new String(beginning, 0, Math.min(LONGEST_START, beginning.length), StandardCharsets.ISO_8859_1);
        return format(start).map(format -> format.name() + ". " + format.remedy());
    }

    private static Optional<Format> format(String start) {
        String text = start.stripLeading().toLowerCase(Locale.ROOT);
        return FORMATS.stream()
                .filter(format -> text.startsWith(format.start())
                        || start.toLowerCase(Locale.ROOT).startsWith(format.start()))
                .findFirst();
    }

    /** @throws BadSceneException unless the file begins with the signature of a TIFF or BigTIFF */
    static void check(Path file, TiffBytes bytes) throws IOException {
        if (bytes.size() == 0) {
            throw incomplete(file, "the file is empty");
        }
        int length = (int) Math.min(LONGEST_START, bytes.size());
        String start = new String(bytes.at(0, length).array(), StandardCharsets.ISO_8859_1);
        boolean tiff = start.startsWith("II*\0")
                || start.startsWith("MM\0*")
                || start.startsWith("II+\0\b\0\0\0")
                || start.startsWith("MM\0+\0\b\0\0");
        if (tiff && length < SHORTEST) {
            throw incomplete(file, "it has only " + length + " bytes");
        }
        if (tiff) {
            return;
        }
        if (start.chars().allMatch(character -> character == 0)) {
            throw incomplete(file, "it begins with " + length + " zero bytes, where its writer has written nothing");
        }
        Format found = format(start).orElse(null);
        throw found == null
                ? new BadSceneException(
                        file, "file-is-a-tiff", "it does not begin with the signature of a TIFF", CONVERT)
                : new BadSceneException(file, "file-is-a-tiff", "it is " + found.name(), found.remedy());
    }

    private static BadSceneException incomplete(Path file, String what) {
        return new BadSceneException(
                file, BadSceneException.INCOMPLETE, what, "Its upload has not ended, or has failed: send it again.");
    }
}
