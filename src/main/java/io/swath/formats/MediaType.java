package io.swath.formats;

import io.swath.untrusted.raster.Jp2HeaderReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The media types of the files of products: by their first bytes, and by their names only while they are missing. */
final class MediaType {
    static final String GEOTIFF = "image/tiff; application=geotiff";
    static final String JPEG2000 = "image/jp2";

    private MediaType() {}

    /** Empty for a content that is neither TIFF nor JPEG 2000. */
    static Optional<String> ofContent(byte[] head) {
        if (Jp2HeaderReader.isJpeg2000(head)) {
            return Optional.of(JPEG2000);
        }
        boolean tiff = begins(head, new byte[] {'I', 'I', 42, 0})
                || begins(head, new byte[] {'M', 'M', 0, 42})
                || begins(head, new byte[] {'I', 'I', 43, 0})
                || begins(head, new byte[] {'M', 'M', 0, 43});
        return tiff ? Optional.of(GEOTIFF) : Optional.empty();
    }

    private static boolean begins(byte[] head, byte[] magic) {
        return head.length >= magic.length && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }

    static String ofName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String extension = name.substring(name.lastIndexOf('.') + 1);
        return switch (extension) {
            case "tif", "tiff" -> GEOTIFF;
            case "jp2" -> JPEG2000;
            case "xml", "safe" -> "application/xml";
            case "json" -> "application/json";
            case "txt", "rpb" -> "text/plain";
            case "yaml", "yml" -> "application/yaml";
            default -> "application/octet-stream";
        };
    }
}
