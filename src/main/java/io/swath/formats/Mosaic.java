package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.Recipe;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.CompanionFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Several scenes in one folder that become one product. A person lists them in {@code mosaic.yaml}: GeoTIFFs, and folders with
 * a product each. The list says when all of them are there.
 */
final class Mosaic implements SceneFormat {
    private static final String FILE = "mosaic.yaml";
    private static final String PARTS = "parts";
    /** What a folder lacks that holds no known product; in the place of a file's name. */
    private static final String METADATA = "(the metadata of a known product)";

    private static final int MOST_PARTS = 50;
    private static final String LIST = "Write parts: [first.tif, second.SAFE], from 2 to " + MOST_PARTS + ".";

    private final Recognition products;

    /** @param products what recognises a part that is a folder */
    Mosaic(Recognition products) {
        this.products = products;
    }

    /** Recognises the product in a folder; empty when it is none of a known kind. */
    @FunctionalInterface
    interface Recognition {
        Optional<Product> of(ProductFolder folder) throws IOException;
    }

    @Override
    public String kind() {
        return Recipe.MOSAIC;
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        Optional<Path> file = RuleFile.find(folder, FILE, kind());
        return file.isEmpty() ? Optional.empty() : Optional.of(product(folder, file.get()));
    }

    private Product product(ProductFolder folder, Path file) throws IOException {
        StrictFields fields = RuleFile.read(folder, file);
        String name = fields.text("id", BandFolder.LONGEST_TEXT).orElse(kind());
        List<Path> places = places(fields, ListedPath.folderOf(file));
        fields.nothingElse();
        List<Product> parts = new ArrayList<>();
        for (Path place : places) {
            Product part = part(folder, fields, place);
            parts.add(part.placed(Product.prefixOfPart(parts.size() + 1), folderOf(folder, place)));
        }
        return new ProductBuilder(kind(), folder)
                .asset("rule", file)
                .roles("metadata")
                .always()
                .add()
                .build(name)
                .madeOf(parts);
    }

    /** Relative to the folder, in the list's order. */
    private static List<Path> places(StrictFields fields, Path base) {
        List<Path> places = new ArrayList<>();
        for (JsonNode entry : fields.list(PARTS, MOST_PARTS, LIST)) {
            Path place = place(fields, base, entry);
            for (Path other : places) {
                if (place.startsWith(other) || other.startsWith(place)) {
                    throw fields.wrong(
                            "parts-are-different",
                            PARTS,
                            Texts.shown(place.toString()) + " and " + Texts.shown(other.toString())
                                    + " are the same, or one lies in the other",
                            "List each part once.");
                }
            }
            places.add(place);
        }
        if (places.size() < 2) {
            throw fields.wrong("parts-are-several", PARTS, "there is only one", LIST);
        }
        return places;
    }

    private static Path place(StrictFields fields, Path base, JsonNode entry) {
        return ListedPath.find(base, entry.isTextual() ? entry.textValue() : "")
                .filter(place -> place.startsWith(base) || base.toString().isEmpty())
                .orElseThrow(() -> fields.wrong(
                        "part-is-beside-the-list",
                        PARTS,
                        Texts.shown(entry.asText()) + " is not the name of a file or a folder beside " + FILE,
                        "Put the part beside " + FILE + ", and name it as in [first.tif, second.SAFE]."));
    }

    /** The folder in which the part's own names begin. */
    private static Path folderOf(ProductFolder folder, Path place) {
        boolean file = folder.find(place).isPresent();
        return file ? ListedPath.folderOf(place) : place;
    }

    private Product part(ProductFolder folder, StrictFields fields, Path place) throws IOException {
        Optional<Path> file = folder.find(place);
        if (file.isPresent()) {
            return image(folder, fields, file.get());
        }
        try {
            Optional<Product> product = products.of(folder.below(place));
            if (product.isPresent()) {
                return product.get();
            }
        } catch (FormatException bad) {
            String field = bad.field().isEmpty() ? "" : ", " + bad.field();
            throw new FormatException(Texts.line(place.toString()) + field, bad.rule(), bad.what(), bad.remedy());
        }
        boolean begun = !folder.below(place).files().isEmpty();
        ProductAsset missing = new ProductAsset(
                "part",
                Path.of(begun ? METADATA : ""),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                true,
                Product.noFields());
        return new Product(Product.GEOTIFF, place.toString(), Product.noFields(), Optional.empty(), List.of(missing));
    }

    private static Product image(ProductFolder folder, StrictFields fields, Path file) throws IOException {
        boolean empty = folder.size(file) == 0;
        if (!empty && !MediaType.ofContent(folder.head(file)).equals(Optional.of(MediaType.GEOTIFF))) {
            throw fields.wrong(
                    "part-is-a-scene",
                    PARTS,
                    Texts.shown(file.toString()) + " is neither a GeoTIFF nor a folder with a product",
                    "Unpack an archive, and list the folder.");
        }
        ProductFolder around = folder.below(ListedPath.folderOf(file));
        ProductBuilder image = new ProductBuilder(Product.GEOTIFF, around);
        image.asset("image", file.getFileName()).roles("data").always().add();
        for (Map.Entry<CompanionFiles.Kind, Path> companion :
                CompanionFiles.beside(around.place(file.getFileName())).files().entrySet()) {
            if (companion.getKey() == CompanionFiles.Kind.MASK) {
                throw fields.wrong(
                        "masks-are-nodata",
                        PARTS,
                        Texts.shown(file.toString()) + " has a mask in a file of its own",
                        "Write the masked pixels with a nodata value: gdalwarp -dstnodata 0 in.tif out.tif.");
            }
            image.asset(
                            companion.getKey().name().toLowerCase(Locale.ROOT),
                            companion.getValue().getFileName())
                    .roles("metadata")
                    .always()
                    .add();
        }
        return image.build(file.getFileName().toString());
    }
}
