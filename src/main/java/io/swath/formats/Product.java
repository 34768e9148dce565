package io.swath.formats;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Recipe.BandSelector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A product as its kind reads it: what it is, and which files belong to it. Only files that a recipe's bands need must be
 * there. Immutable, except for the JSON, which callers must not change.
 *
 * @param kind the name of its kind
 * @param name the product's own name
 * @param properties of the Item
 * @param geometry of the Item, a GeoJSON geometry; empty where the product does not say it
 * @param assets in the order that numbers the bands
 * @param parts the products of which it is made, whose assets are among its own; empty for one by itself
 */
public record Product(
        String kind,
        String name,
        ObjectNode properties,
        Optional<ObjectNode> geometry,
        List<ProductAsset> assets,
        List<Product> parts) {
    /** The Item's property that has the kind. */
    public static final String KIND = "swath:kind";
    /** The Item's property with the parts of a mosaic, each with {@code id} and {@code properties}. */
    public static final String PARTS = "swath:parts";
    /** The kind of a part that is one GeoTIFF, whose bands only the file itself says. */
    public static final String GEOTIFF = "geotiff";

    public Product {
        assets = List.copyOf(assets);
        parts = List.copyOf(parts);
    }

    /** A product by itself. */
    Product(String kind, String name, ObjectNode properties, Optional<ObjectNode> geometry, List<ProductAsset> assets) {
        this(kind, name, properties, geometry, assets, List.of());
    }

    static ObjectNode noFields() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** What the keys of a part's assets begin with in the Item of the whole; parts are numbered from 1. */
    public static String prefixOfPart(int number) {
        return number + "/";
    }

    /** The same product as a part: in a folder of the whole, with keys of its own. */
    Product placed(String prefix, Path folder) {
        List<ProductAsset> placed = assets.stream()
                .map(asset -> new ProductAsset(
                        prefix + asset.key(),
                        folder.resolve(asset.file()),
                        asset.found(),
                        asset.size(),
                        asset.checksum(),
                        asset.bands(),
                        asset.companions().stream().map(key -> prefix + key).toList(),
                        asset.always(),
                        asset.fields()))
                .toList();
        return new Product(kind, name, properties, geometry, placed);
    }

    /** The same product, with these as its parts. */
    Product madeOf(List<Product> all) {
        List<ProductAsset> files = new ArrayList<>(assets);
        all.forEach(part -> files.addAll(part.assets));
        return new Product(kind, name, properties, geometry, files, all);
    }

    /** The files that these bands need, those that are missing too. */
    public List<ProductAsset> needed(List<BandSelector> bands) {
        Set<String> keys = new LinkedHashSet<>();
        for (ProductAsset asset : assets) {
            if (asset.always()) {
                keys.add(asset.key());
            }
        }
        parts.forEach(part -> part.needed(bands).forEach(asset -> keys.add(asset.key())));
        for (BandSelector band : parts.isEmpty() ? bands : List.<BandSelector>of()) {
            for (ProductAsset asset : band.number() > 0 ? upTo(band.number()) : holding(band.name())) {
                keys.add(asset.key());
                keys.addAll(asset.companions());
            }
        }
        return assets.stream().filter(asset -> keys.contains(asset.key())).toList();
    }

    /** Whether the product has a band for each of these selectors, whether its file is there or not. */
    public boolean has(List<BandSelector> bands) {
        if (kind.equals(GEOTIFF) || !parts.isEmpty()) {
            return parts.stream().allMatch(part -> part.has(bands));
        }
        int count = assets.stream().mapToInt(asset -> asset.bands().size()).sum();
        return bands.stream()
                .allMatch(band -> band.number() > 0
                        ? band.number() <= count
                        : !holding(band.name()).isEmpty());
    }

    /** Every file with pixels up to the one with this band: numbers count through all of them. */
    private List<ProductAsset> upTo(int number) {
        List<ProductAsset> needed = new ArrayList<>();
        int before = 0;
        for (ProductAsset asset : assets) {
            if (!asset.bands().isEmpty() && before < number) {
                needed.add(asset);
                before += asset.bands().size();
            }
        }
        return needed;
    }

    private List<ProductAsset> holding(String name) {
        for (int rank : new int[] {1, 2, 3, 4}) {
            List<ProductAsset> found = assets.stream()
                    .filter(asset -> rank == 3
                            ? asset.bands().size() == 1 && asset.key().equalsIgnoreCase(name)
                            : asset.bands().stream().anyMatch(band -> band.match(name) == rank))
                    .toList();
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    /** The keys of files with pixels that are missing or incomplete and that these bands do not need. */
    public String missingOthers(List<BandSelector> bands) {
        List<ProductAsset> needed = needed(bands);
        return assets.stream()
                .filter(asset -> !asset.complete()
                        && !needed.contains(asset)
                        && !asset.bands().isEmpty())
                .map(ProductAsset::key)
                .collect(Collectors.joining(" "));
    }

    /**
     * The files that go along: those that these bands need, and of the others those that are complete. With numbered bands
     * no file with pixels before the last needed one is left out.
     */
    public List<ProductAsset> taken(List<BandSelector> bands) {
        List<ProductAsset> needed = needed(bands);
        return assets.stream()
                .filter(asset -> asset.complete() || needed.contains(asset))
                .toList();
    }

    /**
     * The STAC Item of the files that go along; each href is relative to the product's folder.
     *
     * @param prefix what comes before each href, such as {@code ./}
     */
    public ObjectNode item(List<BandSelector> bands, String prefix) {
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("type", "Feature");
        item.put("stac_version", "1.1.0");
        ItemJson.EXTENSIONS.forEach(item.putArray("stac_extensions")::add);
        item.put("id", name);
        geometry.ifPresentOrElse(
                footprint -> {
                    item.set("geometry", footprint);
                    item.set("bbox", ItemJson.bbox(footprint));
                },
                () -> item.putNull("geometry"));
        ObjectNode facts = properties.deepCopy().put(KIND, kind);
        item.set("properties", facts);
        for (Product part : parts) {
            ObjectNode described = facts.withArray(PARTS).addObject().put("id", part.name);
            described.set("properties", part.properties.deepCopy().put(KIND, part.kind));
        }
        item.putArray("links");
        ObjectNode all = item.putObject("assets");
        List<ProductAsset> taken = taken(bands);
        taken.forEach(asset -> all.set(asset.key(), ItemJson.asset(asset, taken, prefix)));
        return item;
    }
}
