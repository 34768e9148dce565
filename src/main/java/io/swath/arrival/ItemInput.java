package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.raster.TiffHeaderReader;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A scene that a STAC Item describes: the assets that are GeoTIFFs hold the bands. Swath waits only for the files of the
 * bands that the recipe reads. It takes other GeoTIFFs where they are there, and Landsat's MTL file where the Item lists no
 * scale; no other assets (thumbnails, texts).
 *
 * @param file the file of the Item; empty when the Item came in a message
 * @param item the Item; empty while its file is missing
 * @param base the folder from which a relative href starts
 * @param bands those that the recipe reads
 */
public record ItemInput(Optional<Path> file, Optional<Item> item, Path base, Roots roots, NeededBands bands)
        implements SceneInput {
    static boolean isItemName(Path path) {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(".json");
    }

    public static ItemInput at(Path file, Optional<String> sha256, Roots roots, NeededBands bands) throws IOException {
        rejectOutside("path", file, roots);
        if (!Files.exists(file)) {
            return new ItemInput(Optional.of(file), Optional.empty(), file.getParent(), roots, bands);
        }
        byte[] text;
        try (InputStream content = Channels.newInputStream(roots.open(file))) {
            text = content.readNBytes(ItemReader.MOST_BYTES + 1);
        }
        sha256.ifPresent(expected -> {
            MessageDigest digest = Digests.of("SHA-256");
            digest.update(text);
            Digests.compare("sha256", expected, digest);
        });
        return new ItemInput(Optional.of(file), Optional.of(read(text)), file.getParent(), roots, bands);
    }

    static Item read(byte[] text) {
        try {
            return ItemReader.read(text);
        } catch (ItemException invalid) {
            throw rejected(invalid);
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
        for (Asset asset : taken()) {
            Path path = locate(asset);
            files.add(path);
            files.addAll(CompanionFiles.beside(path).paths());
        }
        return List.copyOf(files);
    }

    @Override
    public List<Path> missing() throws IOException {
        Set<Path> missing = new LinkedHashSet<>();
        file.filter(path -> !Files.exists(path)).ifPresent(missing::add);
        for (Asset asset : needed()) {
            Path path = locate(asset);
            if (IncompleteFiles.isMissing(path, asset.size().orElse(0))) {
                missing.add(path);
            }
        }
        return List.copyOf(missing);
    }

    @Override
    public void check() throws IOException {
        for (Asset asset : needed()) {
            Path path = locate(asset);
            rejectOutside(asset.field("href"), path, roots);
        }
        for (Asset asset : taken()) {
            for (Path companion : CompanionFiles.beside(locate(asset)).paths()) {
                rejectOutside(asset.field("href"), companion, roots);
            }
        }
    }

    /** Rejects an href that would be wrong after the Item's folder is moved. */
    public void rejectAbsolute() {
        for (Asset asset : needed()) {
            // A relative href leads to another path when its base is another.
            if (locate(asset, Path.of("/")).equals(locate(asset, base))) {
                throw new RejectedSceneException(
                        asset.field("href"),
                        "folder-can-be-moved",
                        "it is not relative to the Item",
                        "Name the file from the Item's own folder, such as ./red.tif.");
            }
        }
    }

    @Override
    public String contentKey(String recipe) throws IOException {
        return key(recipe).whole();
    }

    @Override
    public boolean hasKey(String recipe, String key) throws IOException {
        ItemKey own = key(recipe);
        return own.whole().equals(key) || own.filesAlone().equals(key);
    }

    private ItemKey key(String recipe) throws IOException {
        check();
        return ItemKey.of(recipe, requireItem(), takenFiles(), roots);
    }

    @Override
    public SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException {
        check();
        Path copy = new ItemStaging(folder, mode, roots).stage(requireItem(), takenFiles());
        return at(copy, Optional.empty(), Roots.of(folder), bands);
    }

    private Item requireItem() {
        return item.orElseThrow(() -> new IllegalStateException(file.orElseThrow() + " is not there yet"));
    }

    private List<Asset> needed() {
        return item.map(known -> bands.assets(known, this::countBands)).orElse(List.of());
    }

    /** The number of bands in the file of an asset; 0 while it cannot be counted. */
    private int countBands(Asset asset) {
        try {
            Path path = locate(asset);
            try (SeekableByteChannel channel = roots.open(path)) {
                return TiffHeaderReader.read(path, channel).bands();
            }
        } catch (BadSceneException | SceneUnavailableException | RejectedSceneException | IOException notYet) {
            return 0;
        }
    }

    /** The assets whose files become the scene's: those that are needed, and others that are there. */
    private List<Asset> taken() {
        List<Asset> needed = needed();
        List<Asset> taken = new ArrayList<>();
        List<Asset> usable = new ArrayList<>(item.map(Item::rasters).orElse(List.of()));
        usable.addAll(item.map(Item::landsatMetadata).orElse(List.of()));
        for (Asset asset : usable) {
            if (needed.contains(asset) || isThere(asset)) {
                taken.add(asset);
            }
        }
        return taken;
    }

    private Map<Asset, Path> takenFiles() {
        Map<Asset, Path> files = new LinkedHashMap<>();
        taken().forEach(asset -> files.put(asset, locate(asset)));
        return files;
    }

    private boolean isThere(Asset asset) {
        try {
            Path path = locate(asset);
            boolean there = roots.hold(path) && Files.isRegularFile(path);
            return there && !IncompleteFiles.isMissing(path, asset.size().orElse(0));
        } catch (RejectedSceneException | IOException notUsable) {
            return false; // the recipe does not read it: the scene is taken without it
        }
    }

    private Path locate(Asset asset) {
        if (file.isEmpty() && asset.isAddress()) {
            throw new RejectedSceneException(
                    asset.field("href"),
                    "href-is-a-file",
                    "it is an address, and an Item in a message has no file beside it",
                    "Copy the file onto the storage and name it by its path.");
        }
        return locate(asset, base);
    }

    private static Path locate(Asset asset, Path base) {
        try {
            return Item.locate(asset, base);
        } catch (ItemException invalid) {
            throw rejected(invalid);
        }
    }

    static void rejectOutside(String field, Path path, Roots roots) throws IOException {
        rejectOutsideFolder(field, path, roots);
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new RejectedSceneException(
                    field, "scene-is-made-of-files", "it is not a file", "Name a GeoTIFF there.");
        }
    }

    /** As {@link #rejectOutside}, for a path that may be a folder. */
    static void rejectOutsideFolder(String field, Path path, Roots roots) throws IOException {
        if (!roots.hold(path)) {
            throw new RejectedSceneException(
                    field,
                    "files-are-below-the-roots",
                    "it leads out of the folders in which scenes may be: " + roots,
                    "Put the file itself into such a folder, and name it by its path.");
        }
    }

    private static RejectedSceneException rejected(ItemException invalid) {
        return new RejectedSceneException(invalid.rejection());
    }
}
