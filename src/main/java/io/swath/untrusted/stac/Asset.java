package io.swath.untrusted.stac;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One asset of an Item.
 *
 * @param key its name in the Item
 * @param href as written
 * @param raster it is a GeoTIFF that holds the scene's pixels: no thumbnail, no picture made of it, no text
 * @param bands as the Item describes them, in the file's order; none where it does not
 * @param every what it says of each of its bands, however many there are
 * @param size {@code file:size}
 * @param checksum {@code file:checksum}
 */
public record Asset(
        String key,
        String href,
        boolean raster,
        List<ItemBand> bands,
        ItemBand every,
        OptionalLong size,
        Optional<Checksum> checksum) {
    public Asset {
        bands = List.copyOf(bands);
    }

    /** A field of it, as errors name it. */
    public String field(String name) {
        return field(key, name);
    }

    static String field(String key, String name) {
        String line = key.replaceAll("\\p{Cntrl}", " ");
        return "assets." + (line.length() > 60 ? line.substring(0, 60) + "…" : line) + "." + name;
    }
}
