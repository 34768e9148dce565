package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Writes the parts of a <a href="https://github.com/radiantearth/stac-spec/blob/v1.1.0/item-spec/item-spec.md">STAC 1.1
 * Item</a>.
 */
final class ItemJson {
    static final List<String> EXTENSIONS = List.of(
            "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
            "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
            "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
            "https://stac-extensions.github.io/view/v1.0.0/schema.json",
            "https://stac-extensions.github.io/file/v2.1.0/schema.json");

    /** The field of an asset with pixels that has the href of its RPC file. */
    static final String RPC = "swath:rpc";

    private ItemJson() {}

    static ObjectNode asset(ProductAsset asset, List<ProductAsset> taken, String prefix) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("href", prefix + asset.file());
        json.setAll(asset.fields().deepCopy());
        if (!asset.bands().isEmpty()) {
            ArrayNode bands = json.putArray("bands");
            asset.bands().forEach(band -> bands.add(band(band)));
        }
        asset.size().ifPresent(size -> json.put("file:size", size));
        asset.checksum().ifPresent(checksum -> json.put("file:checksum", checksum.multihash()));
        for (ProductAsset other : taken) {
            if (asset.companions().contains(other.key()) && isRpc(other)) {
                json.put(RPC, prefix + other.file());
            }
        }
        return json;
    }

    private static boolean isRpc(ProductAsset asset) {
        for (JsonNode role : asset.fields().path("roles")) {
            if (role.asText().equals("rpc")) {
                return true;
            }
        }
        return false;
    }

    private static ObjectNode band(ProductBand band) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", band.name());
        if (!band.commonName().isEmpty()) {
            json.put("eo:common_name", band.commonName());
        }
        band.nodata().ifPresent(nodata -> {
            if (Numbers.WORDS.containsValue(nodata)) {
                json.put("nodata", nodata);
            } else {
                json.put("nodata", new BigDecimal(nodata));
            }
        });
        put(json, "raster:scale", band.scale());
        put(json, "raster:offset", band.offset());
        if (!band.unit().isEmpty()) {
            json.put("unit", band.unit());
        }
        return json;
    }

    private static void put(ObjectNode json, String field, OptionalDouble value) {
        if (value.isPresent()) {
            json.put(field, value.getAsDouble());
        }
    }

    /** Of a polygon that crosses no antimeridian. */
    static ArrayNode bbox(ObjectNode polygon) {
        double[] box = {180, 90, -180, -90};
        for (JsonNode point : polygon.path("coordinates").path(0)) {
            box[0] = Math.min(box[0], point.path(0).asDouble());
            box[1] = Math.min(box[1], point.path(1).asDouble());
            box[2] = Math.max(box[2], point.path(0).asDouble());
            box[3] = Math.max(box[3], point.path(1).asDouble());
        }
        ArrayNode bbox = JsonNodeFactory.instance.arrayNode();
        for (double side : box) {
            bbox.add(side);
        }
        return bbox;
    }
}
