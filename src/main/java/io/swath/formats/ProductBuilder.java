package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.untrusted.stac.Checksum;
import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Puts a {@link Product} together. Not thread-safe. */
final class ProductBuilder {
    private final String kind;
    private final ProductFolder folder;
    private final ObjectNode properties = JsonNodeFactory.instance.objectNode();
    private final List<ProductAsset> assets = new ArrayList<>();
    private Optional<ObjectNode> geometry = Optional.empty();

    ProductBuilder(String kind, ProductFolder folder) {
        this.kind = kind;
        this.folder = folder;
        properties.putNull("datetime");
    }

    Product build(String name) {
        return new Product(kind, name, properties, geometry, assets);
    }

    ProductBuilder text(String property, String value) {
        if (!value.isBlank()) {
            properties.put(property, value.strip());
        }
        return this;
    }

    /** Leaves the property out when the text is no finite number. */
    ProductBuilder number(String property, String value) {
        return number(property, Numbers.of(value));
    }

    ProductBuilder number(String property, OptionalDouble value) {
        if (value.isPresent()) {
            properties.put(property, value.getAsDouble());
        }
        return this;
    }

    ProductBuilder platform(String constellation, String platform, List<String> instruments) {
        text("constellation", constellation);
        text("platform", platform.toLowerCase(Locale.ROOT));
        List<String> named =
                instruments.stream().filter(name -> !name.isBlank()).toList();
        if (!named.isEmpty()) {
            named.forEach(properties.withArray("instruments")::add);
        }
        return this;
    }

    /** Cloud cover in percent; producers write a negative number where it is not known. */
    ProductBuilder cloud(String percent) {
        OptionalDouble cover = Numbers.of(percent);
        return cover.isPresent() && cover.getAsDouble() >= 0 && cover.getAsDouble() <= 100
                ? number("eo:cloud_cover", cover)
                : this;
    }

    /**
     * The outline from the corners in their order round the image, each with longitude and latitude; left out where a number
     * is missing.
     */
    ProductBuilder corners(List<List<OptionalDouble>> corners) {
        boolean known = corners.stream().flatMap(List::stream).allMatch(OptionalDouble::isPresent);
        if (known && corners.size() >= 3) {
            geometry = Optional.of(Footprint.of(corners.stream()
                    .map(corner -> new double[] {
                        corner.get(0).getAsDouble(), corner.get(1).getAsDouble()
                    })
                    .toList()));
        }
        return this;
    }

    /** Begins a file of the product. */
    AssetBuilder asset(String key, Path file) {
        return new AssetBuilder(key, file);
    }

    /** One file; {@link #add} ends it. */
    final class AssetBuilder {
        private final String key;
        private final Path file;
        private final ObjectNode fields = JsonNodeFactory.instance.objectNode();
        private final List<String> companions = new ArrayList<>();
        private List<ProductBand> bands = List.of();
        private OptionalLong size = OptionalLong.empty();
        private Optional<Checksum> checksum = Optional.empty();
        private boolean always;

        private AssetBuilder(String key, Path file) {
            this.key = key;
            this.file = file.normalize();
        }

        AssetBuilder bands(List<ProductBand> all) {
            bands = all;
            return this;
        }

        AssetBuilder roles(String... names) {
            List.of(names).forEach(fields.withArray("roles")::add);
            return this;
        }

        AssetBuilder always() {
            always = true;
            return this;
        }

        AssetBuilder companion(String other) {
            companions.add(other);
            return this;
        }

        AssetBuilder number(String field, OptionalDouble value) {
            if (value.isPresent()) {
                fields.put(field, value.getAsDouble());
            }
            return this;
        }

        AssetBuilder field(String name, List<? extends Number> values) {
            values.forEach(value -> fields.withArray(name).addPOJO(value));
            return this;
        }

        /** What the product's own list says of the file. */
        AssetBuilder listed(OptionalLong bytes, Optional<Checksum> digest) {
            size = bytes;
            checksum = digest;
            return this;
        }

        ProductBuilder add() throws IOException {
            Optional<Path> there = folder.find(file);
            Path place = there.orElse(file);
            Optional<String> type = there.isPresent() && folder.size(place) > 0
                    ? MediaType.ofContent(folder.head(place))
                    : Optional.empty();
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            all.put("type", type.orElseGet(() -> MediaType.ofName(place)));
            for (Map.Entry<String, JsonNode> field : fields.properties()) {
                all.set(field.getKey(), field.getValue());
            }
            if (assets.size() == ItemReader.MOST_ASSETS) {
                throw FormatException.tooLarge();
            }
            for (ProductAsset other : assets) {
                if (other.key().equals(key)) {
                    throw FormatException.several(kind, other.file().toString(), file.toString());
                }
            }
            OptionalLong found = there.isPresent() ? OptionalLong.of(folder.size(place)) : OptionalLong.empty();
            assets.add(new ProductAsset(key, place, found, size, checksum, bands, companions, always, all));
            return ProductBuilder.this;
        }
    }
}
