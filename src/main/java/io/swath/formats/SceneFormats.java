package io.swath.formats;

import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All kinds of scene that Swath recognises. Thread-safe. */
public final class SceneFormats {
    private static final List<SceneFormat> ALL = List.of(
            new Mosaic(SceneFormats::recognise),
            new BandFolder(),
            new Sentinel2(),
            new Sentinel2Tile(),
            new Landsat(),
            new Gaofen(),
            new Cbers(),
            new PlanetScope(),
            new Dimap(),
            new Sentinel1());

    /** Of what arrival puts before each path, in characters. */
    private static final int LONGEST_PREFIX = 20;

    private SceneFormats() {}

    /** The names of the kinds, as {@code accepts} of a recipe has them. */
    public static List<String> kinds() {
        return ALL.stream().map(SceneFormat::kind).toList();
    }

    /**
     * Recognises the product in a folder: in the folder itself, or in a folder below it, as archives have it.
     *
     * @return empty when it is no product of a known kind
     * @throws FormatException when it cannot be used, or the folder holds several
     * @throws IOException when it cannot be read now
     */
    public static Optional<Product> recognise(Path folder) throws IOException {
        Optional<Product> found = recognise(ProductFolder.of(folder));
        if (found.isPresent() && isTooLarge(found.get())) {
            throw FormatException.tooLarge();
        }
        return found;
    }

    private static boolean isTooLarge(Product product) {
        String item = product.item(List.of(), "./" + "x".repeat(LONGEST_PREFIX)).toPrettyString();
        return product.assets().size() > ItemReader.MOST_ASSETS
                || item.getBytes(StandardCharsets.UTF_8).length > ItemReader.MOST_BYTES;
    }

    /** As {@link #recognise(Path)}. */
    static Optional<Product> recognise(ProductFolder files) throws IOException {
        List<Product> found = new ArrayList<>();
        for (SceneFormat format : ALL) {
            Optional<Product> product = format.read(files);
            product.ifPresent(found::add);
            if (product.isPresent() && (format instanceof Mosaic || format instanceof BandFolder)) {
                break; // what a person wrote down decides
            }
        }
        if (found.size() > 1) {
            throw new FormatException(
                    "",
                    FormatException.SEVERAL,
                    "it holds scenes of several kinds: " + found.get(0).kind() + " and "
                            + found.get(1).kind(),
                    FormatException.SEVERAL_REMEDY);
        }
        return found.stream().findFirst();
    }
}
