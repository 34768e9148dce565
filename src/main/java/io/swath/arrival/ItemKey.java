package io.swath.arrival;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.formats.Product;
import io.swath.storage.Roots;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Checksum;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The content key of a scene that an Item describes.
 *
 * @param whole covers the files, where the Item says that they lie, and what recipes accept scenes by
 * @param filesAlone covers the recipe, the time, and each taken asset's name, bands and content; scenes that Swath 0.1
 *     accepted have this key. The same as {@code whole} where the Item says nothing else.
 */
record ItemKey(String whole, String filesAlone) {
    /** The properties that recipes accept scenes by; see {@code accepts} in a recipe. */
    private static final List<String> PROPERTIES =
            List.of("constellation", "platform", "instruments", "eo:cloud_cover", Product.KIND, Product.PARTS);

    /**
     * Reads the files.
     *
     * @param taken the assets whose files become the scene's, in the Item's order, because the order numbers the bands
     * @throws RejectedSceneException when a checksum or a size is wrong
     * @throws IOException when a file could not be read, or changed meanwhile
     */
    static ItemKey of(String recipe, Item item, Map<Asset, Path> taken, Roots roots) throws IOException {
        MessageDigest files = Digests.of("SHA-256");
        files.update((recipe + "\0STAC\0" + item.datetime() + "\0").getBytes(StandardCharsets.UTF_8));
        Map<Path, String> read = new HashMap<>();
        for (Map.Entry<Asset, Path> file : taken.entrySet()) {
            Asset asset = file.getKey();
            String content = verifiedDigest(asset, file.getValue(), roots, read);
            StringBuilder description = new StringBuilder(asset.key()).append("\0");
            add(description, asset.every());
            asset.bands().forEach(band -> add(description, band));
            files.update(description.append(content).append("\0").toString().getBytes(StandardCharsets.UTF_8));
            CompanionCopies.addToKey(files, CompanionFiles.beside(file.getValue()), roots);
        }
        String filesAlone = HexFormat.of().formatHex(files.digest());
        String facts = facts(item, taken);
        if (facts.isEmpty()) {
            return new ItemKey(filesAlone, filesAlone);
        }
        MessageDigest whole = Digests.of("SHA-256");
        whole.update((filesAlone + "\0" + facts).getBytes(StandardCharsets.UTF_8));
        return new ItemKey(HexFormat.of().formatHex(whole.digest()), filesAlone);
    }

    private static void add(StringBuilder description, ItemBand band) {
        String scale = band.scale().isPresent() ? String.valueOf(band.scale().getAsDouble()) : "";
        String offset = band.offset().isPresent() ? String.valueOf(band.offset().getAsDouble()) : "";
        List.of(band.name(), band.commonName(), band.nodata(), scale, offset, band.unit())
                .forEach(part -> description.append(part).append("\0"));
    }

    /** Empty when the Item says none of it. */
    private static String facts(Item item, Map<Asset, Path> taken) {
        StringBuilder facts = new StringBuilder();
        JsonNode properties = item.json().path("properties");
        for (String name : PROPERTIES) {
            if (properties.hasNonNull(name)) {
                facts.append(name).append("\0").append(properties.path(name)).append("\0");
            }
        }
        for (Asset asset : taken.keySet()) {
            asset.projection()
                    .ifPresent(place -> List.of(
                                    asset.key(),
                                    place.system(),
                                    place.geoTransform(),
                                    place.width() + " x " + place.height())
                            .forEach(part -> facts.append(part).append("\0")));
        }
        return facts.toString();
    }

    private static String verifiedDigest(Asset asset, Path file, Roots roots, Map<Path, String> read)
            throws IOException {
        long size = Files.size(file);
        if (asset.size().isPresent() && asset.size().getAsLong() != size) {
            throw new RejectedSceneException(
                    asset.field("file:size"),
                    "size-is-right",
                    "the file has " + size + " bytes instead of " + asset.size().getAsLong(),
                    "It is another file, or incomplete: send it again.");
        }
        Optional<Checksum> expected = asset.checksum();
        if (expected.isEmpty() && read.containsKey(file)) {
            return read.get(file);
        }
        MessageDigest content = Digests.of("SHA-256");
        MessageDigest compared = Digests.of(expected.map(Checksum::algorithm).orElse("SHA-256"));
        Digests.read(file, roots, expected.isPresent() ? List.of(content, compared) : List.of(content));
        expected.ifPresent(checksum -> Digests.compare(asset.field("file:checksum"), checksum.hex(), compared));
        return read.computeIfAbsent(file, unread -> HexFormat.of().formatHex(content.digest()));
    }
}
