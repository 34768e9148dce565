package io.swath.arrival;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.formats.FormatException;
import io.swath.formats.Product;
import io.swath.formats.ProductAsset;
import io.swath.formats.SceneFormats;
import io.swath.model.Recipe.BandSelector;
import io.swath.storage.DurableFiles;
import io.swath.storage.Roots;
import io.swath.untrusted.stac.Checksum;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A scene that is a product of a known kind. Its files keep their names and folders, because some refer to others by name.
 *
 * @param bands those of its recipes: only their files must be there
 * @param folder of the product, absolute
 * @param roots no file outside of them is read
 */
public record ProductInput(Product product, List<BandSelector> bands, Path folder, Roots roots) implements SceneInput {
    /** The folder in a scene's folder that has the product's files; the Item is beside it. */
    public static final String FILES = "product";

    private static final int MOST_SHOWN = 5;

    /**
     * The product in a folder; empty when the folder holds none of a known kind.
     *
     * @throws RejectedSceneException when it cannot be used
     * @throws IOException when it cannot be read now
     */
    public static Optional<ProductInput> at(Path folder, NeededBands bands, Roots roots) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            return SceneFormats.recognise(absolute)
                    .map(product -> new ProductInput(product, bands.of(product), absolute, roots));
        } catch (FormatException bad) {
            throw new RejectedSceneException(bad.rejection());
        }
    }

    @Override
    public String name() {
        return product.name();
    }

    @Override
    public List<Path> files() {
        return product.taken(bands).stream().map(this::path).toList();
    }

    @Override
    public List<Path> missing() throws IOException {
        return incomplete().stream().map(this::path).toList();
    }

    /** Whether it has every band that its recipes need, whether the files are there or not. */
    public boolean hasBands() {
        return product.has(bands);
    }

    private List<ProductAsset> incomplete() throws IOException {
        List<ProductAsset> incomplete = new ArrayList<>();
        for (ProductAsset asset : product.needed(bands)) {
            if (!asset.complete() || IncompleteFiles.isMissing(path(asset), 0)) {
                incomplete.add(asset);
            }
        }
        return incomplete;
    }

    /** What is missing, as a phrase for people; empty when nothing is. */
    public String missingText() throws IOException {
        List<ProductAsset> incomplete = incomplete();
        List<String> shown = new ArrayList<>();
        for (ProductAsset asset : incomplete.subList(0, Math.min(MOST_SHOWN, incomplete.size()))) {
            shown.add(
                    asset.difference().isEmpty()
                            ? IncompleteFiles.shown(List.of(path(asset)), folder)
                            : asset.file() + " (" + asset.difference() + ")");
        }
        if (incomplete.size() > MOST_SHOWN) {
            shown.add("and " + (incomplete.size() - MOST_SHOWN) + " more");
        }
        String others = product.missingOthers(bands);
        return incomplete.isEmpty()
                ? ""
                : "files of the " + product.kind() + " product: " + String.join(", ", shown)
                        + (others.isEmpty() ? "" : " (missing too, but not needed: " + others + ")");
    }

    private Path path(ProductAsset asset) {
        return folder.resolve(asset.file());
    }

    @Override
    public void check() throws IOException {
        for (Path file : files()) {
            ItemInput.rejectOutside(folder.relativize(file).toString(), file, roots);
        }
    }

    /**
     * The key covers the recipe, the kind, and the content of each file that goes along. The checksums of the product's
     * own list are compared for the files that the recipe needs.
     */
    @Override
    public String contentKey(String recipe) throws IOException {
        check();
        MessageDigest key = Digests.of("SHA-256");
        key.update((recipe + "\0PRODUCT\0" + product.kind() + "\0").getBytes(StandardCharsets.UTF_8));
        List<ProductAsset> needed = product.needed(bands);
        for (ProductAsset asset : product.taken(bands)) {
            MessageDigest content = Digests.of("SHA-256");
            Optional<Checksum> expected = asset.checksum().filter(checksum -> needed.contains(asset));
            MessageDigest compared =
                    Digests.of(expected.map(Checksum::algorithm).orElse("SHA-256"));
            Digests.read(path(asset), roots, expected.isPresent() ? List.of(content, compared) : List.of(content));
            expected.ifPresent(checksum -> Digests.compare(asset.file().toString(), checksum.hex(), compared));
            String part = asset.key() + "\0" + HexFormat.of().formatHex(content.digest()) + "\0";
            key.update(part.getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(key.digest());
    }

    @Override
    public SceneInput stageInto(Path into, String id, StagingMode mode) throws IOException {
        check();
        Path files = into.resolve(FILES);
        for (ProductAsset asset : product.taken(bands)) {
            Path target = files.resolve(asset.file());
            for (Path missing : missingFolders(into, target.getParent())) {
                DurableFiles.makeClosedFolder(missing);
            }
            Staging.stage(path(asset), target, mode, roots);
        }
        ObjectNode item = product.item(bands, "./" + FILES + "/");
        DurableFiles.write(into.resolve(Item.FILE), item.toPrettyString() + "\n");
        return at(files, NeededBands.NONE, Roots.of(into))
                .orElseThrow(() -> new IOException(folder + " was changed while it was accepted"));
    }

    private static List<Path> missingFolders(Path top, Path folder) {
        List<Path> missing = new ArrayList<>();
        for (Path place = folder; !place.equals(top) && Files.notExists(place); place = place.getParent()) {
            missing.add(0, place);
        }
        return missing;
    }
}
