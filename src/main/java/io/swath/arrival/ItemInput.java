package io.swath.arrival;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.storage.Roots;
import io.swath.storage.SafeName;
import io.swath.storage.DurableFiles;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Checksum;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBand;
import io.swath.untrusted.stac.ItemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A scene that a STAC Item describes: its assets that are GeoTIFFs hold the bands. What else it names (thumbnails, texts)
 * is neither waited for nor taken along.
 *
 * @param file the Item's own, where it lies in one
 * @param item empty as long as its file is not there
 * @param base what a relative href starts from
 */
public record ItemInput(Optional<Path> file, Optional<Item> item, Path base, Roots roots) implements SceneInput {
    private static final int LONGEST_NAME = 100;

    static boolean named(Path path) {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(".json");
    }

    public static ItemInput at(Path file, Optional<String> sha256, Roots roots) throws IOException {
        rejectOutside("path", file, roots);
        if (!Files.exists(file)) {
            return new ItemInput(Optional.of(file), Optional.empty(), file.getParent(), roots);
        }
        byte[] text;
        try (InputStream content = Files.newInputStream(file)) {
            text = content.readNBytes(Item.MOST_BYTES + 1);
        }
        sha256.ifPresent(wanted -> {
            MessageDigest digest = Digests.of("SHA-256");
            digest.update(text);
            Digests.compare("sha256", wanted, digest);
        });
        return new ItemInput(Optional.of(file), Optional.of(read(text)), file.getParent(), roots);
    }

    static Item read(byte[] text) {
        try {
            return Item.of(text);
        } catch (ItemException bad) {
            throw rejected(bad);
        }
    }

    @Override
    public String name() {
        return item.map(Item::id).orElseGet(() -> String.valueOf(base.relativize(file.orElseThrow())));
    }

    @Override
    public List<Path> files() {
        Set<Path> files = new LinkedHashSet<>();
        file.ifPresent(files::add);
        rasters().forEach(asset -> files.add(locate(asset)));
        return List.copyOf(files);
    }

    @Override
    public List<Path> missing() {
        Set<Path> missing = new LinkedHashSet<>();
        file.filter(own -> !Files.exists(own)).ifPresent(missing::add);
        for (Asset asset : rasters()) {
            Path path = locate(asset);
            boolean whole =
                    Files.exists(path) && path.toFile().length() >= asset.size().orElse(0);
            if (!whole) {
                missing.add(path);
            }
        }
        return List.copyOf(missing);
    }

    @Override
    public void check() throws IOException {
        for (Asset asset : rasters()) {
            rejectOutside(asset.field("href"), locate(asset), roots);
        }
    }

    /** Refuses what would lead nowhere once the folder that holds all of it is moved. */
    public void rejectAbsolute() {
        for (Asset asset : rasters()) {
            // What is relative follows its base.
            if (locate(asset, Path.of("/")).equals(locate(asset, base))) {
                throw new RejectedSceneException(
                        asset.field("href"),
                        "folder-can-be-moved",
                        "it is not relative to the Item",
                        "Name the file from the Item's own folder, such as ./red.tif.");
            }
        }
    }

    /**
     * Over the recipe, the time, and for each asset in the Item's order (by which bands are numbered) its name, its bands
     * and its content.
     */
    @Override
    public String contentKey(String recipe) throws IOException {
        check();
        MessageDigest key = Digests.of("SHA-256");
        Item known = there();
        key.update((recipe + "\0STAC\0" + known.datetime() + "\0").getBytes(StandardCharsets.UTF_8));
        Map<Path, String> read = new LinkedHashMap<>();
        for (Asset asset : known.rasters()) {
            String content = verified(asset, read);
            StringBuilder said = new StringBuilder(asset.key()).append("\0");
            add(said, asset.every());
            asset.bands().forEach(band -> add(said, band));
            key.update(said.append(content).append("\0").toString().getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(key.digest());
    }

    private static void add(StringBuilder said, ItemBand band) {
        String scale = band.scale().isPresent() ? String.valueOf(band.scale().getAsDouble()) : "";
        String offset = band.offset().isPresent() ? String.valueOf(band.offset().getAsDouble()) : "";
        List.of(band.name(), band.commonName(), band.nodata(), scale, offset, band.unit())
                .forEach(part -> said.append(part).append("\0"));
    }

    private String verified(Asset asset, Map<Path, String> read) throws IOException {
        Path path = locate(asset);
        long size = Files.size(path);
        if (asset.size().isPresent() && asset.size().getAsLong() != size) {
            throw new RejectedSceneException(
                    asset.field("file:size"),
                    "size-is-right",
                    "the file has " + size + " bytes instead of " + asset.size().getAsLong(),
                    "It is another, or not the whole of it: send it again.");
        }
        Optional<Checksum> wanted = asset.checksum();
        if (wanted.isEmpty() && read.containsKey(path)) {
            return read.get(path);
        }
        MessageDigest content = Digests.of("SHA-256");
        MessageDigest compared = Digests.of(wanted.map(Checksum::algorithm).orElse("SHA-256"));
        Digests.read(path, wanted.isPresent() ? List.of(content, compared) : List.of(content));
        wanted.ifPresent(one -> Digests.compare(asset.field("file:checksum"), one.hex(), compared));
        return read.computeIfAbsent(path, one -> HexFormat.of().formatHex(content.digest()));
    }

    @Override
    public SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException {
        check();
        Map<Path, String> names = new LinkedHashMap<>();
        ObjectNode json = there().json().deepCopy();
        ObjectNode assets = json.putObject("assets");
        for (Asset asset : rasters()) {
            Path path = locate(asset);
            if (!names.containsKey(path)) {
                names.put(path, free(path, names));
                Staging.stage(path, folder.resolve(names.get(path)), mode);
            }
            JsonNode copy = there().json().path("assets").path(asset.key()).deepCopy();
            ((ObjectNode) copy).put("href", "./" + names.get(path));
            assets.set(asset.key(), copy);
        }
        Path laid = folder.resolve(Item.FILE);
        DurableFiles.write(laid, json.toPrettyString() + "\n");
        return at(laid, Optional.empty(), Roots.of(folder));
    }

    /** The file's name as far as it is safe, and not yet another's. */
    private static String free(Path path, Map<Path, String> names) {
        String stem = SafeName.of(path.getFileName().toString().replaceFirst("(?i)\\.tiff?$", ""), LONGEST_NAME);
        String name = stem + ".tif";
        for (int number = 2; names.containsValue(name); number++) {
            name = stem + "-" + number + ".tif";
        }
        return name;
    }

    private Item there() {
        return item.orElseThrow(() -> new IllegalStateException(file.orElseThrow() + " is not there yet"));
    }

    private List<Asset> rasters() {
        return item.map(Item::rasters).orElse(List.of());
    }

    private Path locate(Asset asset) {
        return locate(asset, base);
    }

    private static Path locate(Asset asset, Path base) {
        try {
            return Item.locate(asset, base);
        } catch (ItemException bad) {
            throw rejected(bad);
        }
    }

    static void rejectOutside(String field, Path path, Roots roots) throws IOException {
        if (!roots.hold(path)) {
            throw new RejectedSceneException(
                    field,
                    "files-are-below-the-roots",
                    "it leads out of the folders that scenes may lie in: " + roots,
                    "Put the file itself there, and name it by its path.");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new RejectedSceneException(field, "scene-is-made-of-files", "it is no file", "Name a GeoTIFF there.");
        }
    }

    private static RejectedSceneException rejected(ItemException bad) {
        return new RejectedSceneException(bad.rejection());
    }
}
