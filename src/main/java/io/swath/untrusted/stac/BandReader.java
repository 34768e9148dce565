package io.swath.untrusted.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Reads an Item's description of one asset's bands, in one of three forms:
 *
 * <ul>
 *   <li>{@code bands} of STAC 1.1, where a band inherits missing values from the asset and the Item's properties,
 *   <li>{@code eo:bands} and {@code raster:bands} of STAC 1.0,
 *   <li>before STAC 1.0, {@code eo:bands} with indexes into the properties' {@code eo:bands}.
 * </ul>
 */
final class BandReader {
    private static final List<String> LISTS = List.of("bands", "eo:bands", "raster:bands");

    private final String key;
    private final JsonNode asset;
    private final JsonNode properties;

    BandReader(String key, JsonNode asset, JsonNode properties) {
        this.key = key;
        this.asset = asset;
        this.properties = properties;
    }

    List<ItemBand> read() {
        for (String list : LISTS) {
            if (asset.has(list) && !asset.path(list).isArray()) {
                throw wrong(list, "it is not a list", "List the file's bands there, in the file's order.");
            }
        }
        if (asset.path("bands").size() > 0) {
            return bands("bands", asset.path("bands"), "bands", asset.path("bands"));
        }
        JsonNode optical = asset.path("eo:bands");
        JsonNode raster = asset.path("raster:bands");
        if (optical.size() > 0 && raster.size() > 0 && optical.size() != raster.size()) {
            throw wrong(
                    "raster:bands",
                    "it describes " + raster.size() + " bands and eo:bands " + optical.size(),
                    "Describe each band of the file once in both.");
        }
        return bands("eo:bands", optical, "raster:bands", raster);
    }

    /** The values that the asset gives for every band, however many bands the file has. */
    ItemBand every() {
        JsonNode none = MissingNode.getInstance();
        return new ItemBand(
                "",
                commonName(none),
                nodata("nodata", inherited(none, "nodata", "nodata")),
                scale("raster:scale", inherited(none, "raster:scale", "scale")),
                offset("raster:offset", inherited(none, "raster:offset", "offset")),
                text(inherited(none, "unit", "unit")));
    }

    private List<ItemBand> bands(String nameField, JsonNode names, String valueField, JsonNode values) {
        List<ItemBand> bands = new ArrayList<>();
        for (int index = 0; index < Math.max(names.size(), values.size()); index++) {
            String nameAt = nameField + "[" + index + "]";
            JsonNode named = object(nameAt, names.path(index));
            String valueAt = valueField + "[" + index + "]";
            JsonNode valued = object(valueAt, values.path(index));
            bands.add(new ItemBand(
                    text(named.path("name")),
                    commonName(named),
                    nodata(valueAt + ".nodata", inherited(valued, "nodata", "nodata")),
                    scale(valueAt + ".scale", inherited(valued, "raster:scale", "scale")),
                    offset(valueAt + ".offset", inherited(valued, "raster:offset", "offset")),
                    text(inherited(valued, "unit", "unit"))));
        }
        return bands;
    }

    /** The band itself, or the band of the properties at its index. */
    private JsonNode object(String field, JsonNode band) {
        JsonNode described = band.isInt() ? properties.path("eo:bands").path(band.intValue()) : band;
        if (!band.isMissingNode() && !described.isObject()) {
            throw wrong(field, "it does not describe a band", "Give it an object with a name or a common name.");
        }
        return described;
    }

    private JsonNode inherited(JsonNode band, String name, String older) {
        JsonNode own = first(band, name, older);
        if (!own.isMissingNode()) {
            return own;
        }
        return asset.has(name) ? asset.path(name) : properties.path(name);
    }

    private String commonName(JsonNode band) {
        JsonNode own = first(band, "eo:common_name", "common_name");
        return text(own.isMissingNode() ? asset.path("eo:common_name") : own);
    }

    private static JsonNode first(JsonNode band, String name, String other) {
        return band.has(name) ? band.path(name) : band.path(other);
    }

    private static String text(JsonNode node) {
        return node.isTextual() ? node.asText().strip() : "";
    }

    private String nodata(String field, JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (value.isTextual()) {
            String word = value.asText().strip().toLowerCase(Locale.ROOT);
            switch (word) {
                case "nan", "inf", "-inf" -> {
                    return word;
                }
                default ->
                    throw wrong(
                            field,
                            "it is " + Texts.shown(value.asText()),
                            "Give a number, or one of the words nan, inf and -inf.");
            }
        }
        double number = number(field, value).orElseThrow();
        return value.isIntegralNumber() || number != Math.rint(number) || Math.abs(number) > 1L << 53
                ? value.asText()
                : Long.toString((long) number);
    }

    private OptionalDouble scale(String field, JsonNode value) {
        OptionalDouble listed = number(field, value);
        return applied("scale_applied") ? OptionalDouble.of(1) : listed;
    }

    private OptionalDouble offset(String field, JsonNode value) {
        OptionalDouble listed = number(field, value);
        return applied("offset_applied") ? OptionalDouble.of(0) : listed;
    }

    /**
     * Whether the Item says that the pixels have the scale or the offset already, as {@code earthsearch:boa_offset_applied}
     * does: it then lists them all the same (Element84/earth-search#9). The asset's word takes precedence.
     */
    private boolean applied(String name) {
        for (JsonNode fields : List.of(asset, properties)) {
            List<Boolean> said = new ArrayList<>();
            fields.properties().forEach(field -> {
                String key = field.getKey().toLowerCase(Locale.ROOT);
                if (key.equals(name) || key.endsWith("_" + name) || key.endsWith(":" + name)) {
                    said.add(field.getValue().asBoolean(false));
                }
            });
            if (!said.isEmpty()) {
                return said.contains(true);
            }
        }
        return false;
    }

    private OptionalDouble number(String field, JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return OptionalDouble.empty();
        }
        boolean possible = value.isNumber() && Double.isFinite(value.doubleValue());
        boolean scale = field.endsWith("scale");
        if (!possible || (scale && value.doubleValue() == 0)) {
            throw wrong(
                    field,
                    "it is " + Texts.shown(value.toString()),
                    "Give a finite number" + (scale ? ", not zero." : "."));
        }
        return OptionalDouble.of(value.doubleValue());
    }

    private ItemException wrong(String field, String what, String remedy) {
        return new ItemException(Asset.field(key, field), "bands-are-described", what, remedy);
    }
}
