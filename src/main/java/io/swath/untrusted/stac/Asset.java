package io.swath.untrusted.stac;

import io.swath.untrusted.Texts;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * One asset of an Item.
 *
 * @param key the asset's name in the Item
 * @param href as written
 * @param raster whether it is a GeoTIFF with the scene's pixels, and no thumbnail, picture or text
 * @param bands as the Item describes them, in the file's order; empty if the Item does not describe them
 * @param every the values that the Item gives for every band of the asset
 * @param size {@code file:size}
 * @param checksum {@code file:checksum}
 * @param projection where the Item says that the file's pixels lie
 * @param rpc the href of a file with coefficients (RPC) that say where the pixels lie; empty for none
 */
public record Asset(
        String key,
        String href,
        boolean raster,
        List<ItemBand> bands,
        ItemBand every,
        OptionalLong size,
        Optional<Checksum> checksum,
        Optional<Projection> projection,
        String rpc) {
    public Asset {
        bands = List.copyOf(bands);
    }

    /** The asset as errors name it, such as {@code assets.red}. */
    public String field() {
        return path(key);
    }

    /** Whether it is an MTL file of Landsat: the metadata of the product that the Item describes. */
    boolean isLandsatMetadata() {
        return !raster && Href.isLandsatMetadata(href);
    }

    /** Whether the Item lists a scale or an offset for the asset's bands. */
    boolean hasScale() {
        Predicate<ItemBand> listed =
                band -> band.scale().isPresent() || band.offset().isPresent();
        return bands.isEmpty() ? listed.test(every) : bands.stream().allMatch(listed);
    }

    /** Whether its href is an address in a network. */
    public boolean isAddress() {
        return Href.isAddress(href);
    }

    /** Whether the file is JPEG 2000 by its name. */
    boolean jpeg2000() {
        return href.toLowerCase(Locale.ROOT).matches("(?s).*\\.(jp2|j2k)");
    }

    /** Whether it holds the bands of another asset again: by its key, or because the Item names the same bands for both. */
    boolean repeats(Asset other) {
        String plain = key.replaceFirst("[-_.](jp2|j2k)$", "");
        List<String> names = bands.stream()
                .map(band -> band.commonName() + "/" + band.name())
                .toList();
        return plain.equals(other.key)
                || (!names.isEmpty()
                        && names.equals(other.bands.stream()
                                .map(band -> band.commonName() + "/" + band.name())
                                .toList()));
    }

    /** A field of the asset as errors name it, such as {@code assets.red.href}. */
    public String field(String name) {
        return field(key, name);
    }

    static String field(String key, String name) {
        return path(key) + "." + name;
    }

    private static String path(String key) {
        return "assets." + Texts.shown(key);
    }
}
