package io.swath.untrusted.stac;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads a STAC Item strictly and with bounds on its size: STAC 1.1 and 1.0, and older Items, whose assets refer to the
 * bands in the properties by number.
 */
public final class ItemReader {
    /** The largest Item that is read, in bytes. */
    public static final int MOST_BYTES = 1 << 20;

    /** The most assets of an Item that is read. */
    public static final int MOST_ASSETS = 1000;

    private static final int DEEPEST = 64;
    private static final int LONGEST_ID = 1024;
    private static final int LONGEST_SHOWN = 200;
    /** Roles of assets that are pictures made of the scene's bands. */
    private static final Set<String> PICTURES = Set.of("thumbnail", "overview", "visual");

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(100)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final byte[] text;

    private ItemReader(byte[] text) {
        this.text = text;
    }

    /**
     * Parses and checks an Item.
     *
     * @param text of at most {@link #MOST_BYTES} bytes
     * @throws ItemException naming the field, the rule and the remedy
     */
    public static Item read(byte[] text) {
        return new ItemReader(text).read();
    }

    private Item read() {
        if (text.length > MOST_BYTES) {
            throw new ItemException(
                    "",
                    "item-is-small",
                    "it has " + text.length + " bytes, more than " + MOST_BYTES,
                    "A STAC Item has some kilobytes: name the data in its assets instead of putting it in.");
        }
        ObjectNode json = parse();
        if (!json.path("type").asText().equals("Feature")
                || !json.path("stac_version").isTextual()) {
            throw new ItemException(
                    "type",
                    "item-is-stac",
                    "it is not a STAC Item, which has \"type\": \"Feature\" and a stac_version",
                    "Send a STAC Item, or the GeoTIFF itself.");
        }
        String id = json.path("id").asText();
        if (!json.path("id").isTextual() || id.isBlank() || id.length() > LONGEST_ID) {
            throw new ItemException(
                    "id",
                    "item-has-an-id",
                    "it is missing, empty or longer than " + LONGEST_ID + " characters",
                    "Give the Item an id.");
        }
        Item item = new Item(id, datetime(json.path("properties")), assets(json), json);
        if (item.rasters().isEmpty()) {
            throw new ItemException(
                    "assets",
                    "item-has-rasters",
                    "none of the " + item.assets().size() + " is a GeoTIFF with the scene's pixels",
                    "Name the bands' GeoTIFFs as assets, with type image/tiff; application=geotiff.");
        }
        return item;
    }

    private ObjectNode parse() {
        try {
            JsonNode root = JSON.readTree(text);
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new ItemException("", "item-is-json", "it is not a JSON object", "Send a STAC Item.");
        } catch (JsonProcessingException wrong) {
            String where = wrong.getLocation() == null
                    ? ""
                    : " in line " + wrong.getLocation().getLineNr() + ", column "
                            + wrong.getLocation().getColumnNr();
            throw new ItemException(
                    "",
                    "item-is-json",
                    "it is not valid JSON" + where + ": " + Texts.shown(wrong.getOriginalMessage(), LONGEST_SHOWN),
                    "Write it with a JSON library: no NaN or Infinity, no name twice, at most " + DEEPEST
                            + " levels deep.");
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // the text is in memory
        }
    }

    private static String datetime(JsonNode properties) {
        String at = properties.path("datetime").isTextual()
                ? properties.path("datetime").asText()
                : properties.path("start_datetime").asText("");
        return at.equals("null") ? "" : at;
    }

    private static List<Asset> assets(ObjectNode json) {
        if (!(json.path("assets") instanceof ObjectNode assets)) {
            throw new ItemException(
                    "assets", "item-has-assets", "it is not an object", "Name the scene's files there.");
        }
        if (assets.size() > MOST_ASSETS) {
            throw new ItemException(
                    "assets",
                    "assets-are-few",
                    "there are " + assets.size() + ", more than " + MOST_ASSETS,
                    "Send the scene in several Items.");
        }
        List<Asset> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : assets.properties()) {
            all.add(asset(entry.getKey(), entry.getValue(), json.path("properties")));
        }
        return all;
    }

    private static Asset asset(String key, JsonNode asset, JsonNode properties) {
        String field = Asset.field(key, "href");
        if (!asset.path("href").isTextual() || asset.path("href").asText().isBlank()) {
            throw new ItemException(
                    field, "asset-has-href", "it is missing or empty", "Name the file there, or leave the asset out.");
        }
        String href = asset.path("href").asText();
        boolean raster = raster(key, asset, href);
        BandReader bands = new BandReader(key, asset, properties);
        return new Asset(
                key,
                href,
                raster,
                raster ? bands.read() : List.of(),
                raster ? bands.every() : ItemBand.NOTHING,
                asset.path("file:size").canConvertToLong()
                        ? OptionalLong.of(asset.path("file:size").longValue())
                        : OptionalLong.empty(),
                raster && asset.has("file:checksum")
                        ? Optional.of(Checksum.parse(
                                Asset.field(key, "file:checksum"),
                                asset.path("file:checksum").asText()))
                        : Optional.empty(),
                raster ? Projection.of(Asset.field(key, "proj:transform"), asset, properties) : Optional.empty(),
                asset.path("swath:rpc").asText(""));
    }

    /**
     * Whether the asset is a GeoTIFF or JPEG 2000 with pixels. An asset with another media type is ignored. Without a media type the
     * name decides; an asset that is marked as data must then be a GeoTIFF.
     */
    private static boolean raster(String key, JsonNode asset, String href) {
        Set<String> roles = new HashSet<>();
        asset.path("roles").forEach(role -> roles.add(role.asText().toLowerCase(Locale.ROOT)));
        if (roles.stream().anyMatch(PICTURES::contains) && !roles.contains("data")) {
            return false;
        }
        String type = asset.path("type").asText("").toLowerCase(Locale.ROOT).strip();
        boolean named = Href.name(href).toLowerCase(Locale.ROOT).matches("(?s).*\\.(tiff?|jp2|j2k)");
        if (type.isEmpty()) {
            boolean claims = roles.contains("data")
                    || asset.path("bands").size() > 0
                    || asset.path("eo:bands").size() > 0
                    || asset.path("raster:bands").size() > 0;
            if (!named && claims) {
                throw notTiff(key, href);
            }
            return named;
        }
        boolean tiff = type.startsWith("image/tiff")
                || type.startsWith("image/vnd.stac.geotiff")
                || type.startsWith("image/jp2");
        if (tiff && !named) {
            throw notTiff(key, href);
        }
        return tiff;
    }

    private static ItemException notTiff(String key, String href) {
        return new ItemException(
                Asset.field(key, "href"),
                "asset-is-a-geotiff",
                "it is marked as pixels, but does not end in .tif, .tiff or .jp2: " + Texts.shown(href, LONGEST_SHOWN),
                "Deliver the band as a GeoTIFF or JPEG 2000; give an asset without pixels its media type.");
    }
}
