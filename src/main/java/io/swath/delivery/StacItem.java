package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Scene;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The STAC Item of a product: STAC 1.1.0 with the projection (2.0.0), processing (1.2.0), file (2.1.0) and raster (2.0.0)
 * extensions.
 */
final class StacItem {
    private static final String EXTENSIONS = "https://stac-extensions.github.io/";
    /** How a SHA-256 begins as a multihash: function 0x12, 0x20 bytes. */
    private static final String SHA_256 = "1220";

    private final ObjectMapper json;
    private final String version;

    StacItem(ObjectMapper json, String version) {
        this.json = json;
        this.version = version;
    }

    /**
     * @param facts the assembly's {@code product.json}
     * @param folder where the assets lie
     */
    ObjectNode of(Scene scene, JsonNode facts, Path folder) throws IOException {
        ObjectNode item = json.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", "1.1.0");
        ArrayNode extensions = item.putArray("stac_extensions");
        for (String extension :
                new String[] {"projection/v2.0.0", "processing/v1.2.0", "file/v2.1.0", "raster/v2.0.0"}) {
            extensions.add(EXTENSIONS + extension + "/schema.json");
        }
        item.put("id", scene.id() + "_" + scene.recipe());
        item.set("geometry", facts.path("geometry").isMissingNode() ? json.nullNode() : facts.get("geometry"));
        if (facts.path("bbox").isArray()) {
            item.set("bbox", facts.get("bbox"));
        }
        item.set("properties", properties(scene, facts));
        links(item, scene);
        item.set("assets", assets(scene, facts, folder));
        return item;
    }

    private ObjectNode properties(Scene scene, JsonNode facts) throws IOException {
        ObjectNode properties = json.createObjectNode();
        String acquired = facts.path("datetime").asText("");
        String planned = json.readTree(scene.plan().json()).path("datetime").asText("");
        String datetime = !acquired.isEmpty() && !acquired.equals("null") ? acquired : planned;
        properties.put(
                "datetime", datetime.isEmpty() ? scene.arrival().acceptedAt().toString() : datetime);
        properties.put("created", Instant.now().toString());
        properties.put("title", scene.recipe() + " of " + scene.name());
        if (facts.path("epsg").isNumber()) {
            properties.put("proj:code", "EPSG:" + facts.get("epsg").asInt());
        } else {
            properties.putNull("proj:code");
            if (facts.path("wkt2").isTextual()) {
                properties.set("proj:wkt2", facts.get("wkt2"));
            }
        }
        properties.set("proj:shape", facts.get("shape"));
        if (facts.path("transform").isArray()) {
            properties.set("proj:transform", facts.get("transform"));
        }
        properties.put(
                "processing:lineage",
                "Recipe " + scene.recipe() + " on " + scene.name() + ", in "
                        + scene.plan().tileCount() + " tiles");
        properties.put("processing:facility", "Swath");
        ObjectNode software = properties.putObject("processing:software");
        software.put("swath", version);
        software.put("recipe " + scene.recipe(), scene.recipeHash());
        facts.path("software")
                .properties()
                .forEach(entry -> software.put(entry.getKey(), entry.getValue().asText()));
        properties.put("swath:scene", scene.id());
        properties.put("swath:recipe", scene.recipe());
        properties.put("swath:tiles", scene.plan().tileCount());
        properties.put("swath:empty_tiles", facts.path("empty").asInt());
        return properties;
    }

    private void links(ObjectNode item, Scene scene) throws IOException {
        String raster = json.readTree(scene.plan().json()).path("raster").asText();
        item.putArray("links")
                .addObject()
                .put("rel", raster.toLowerCase(java.util.Locale.ROOT).endsWith(".json") ? "derived_from" : "via")
                .put("href", "../../../" + raster)
                .put("title", scene.name());
    }

    private ObjectNode assets(Scene scene, JsonNode facts, Path folder) throws IOException {
        ObjectNode assets = json.createObjectNode();
        ObjectNode data = asset(assets, "data", folder.resolve(Delivery.cog(scene)));
        data.put("type", "image/tiff; application=geotiff; profile=cloud-optimized");
        data.put("title", scene.recipe());
        roles(data, "data");
        ArrayNode bands = data.putArray("bands");
        for (JsonNode band : facts.path("bands")) {
            ObjectNode described = bands.addObject();
            described.put("name", band.path("name").asText());
            described.put("data_type", dataType(band.path("data_type").asText()));
            if (!band.path("nodata").isNull() && !band.path("nodata").isMissingNode()) {
                described.set("nodata", band.get("nodata"));
            }
            if (band.path("scale").isNumber()) {
                described.set("raster:scale", band.get("scale"));
            }
            if (band.path("offset").isNumber()) {
                described.set("raster:offset", band.get("offset"));
            }
            statistics(described, band.path("statistics"));
        }
        if (Files.exists(folder.resolve(Delivery.PREVIEW))) {
            ObjectNode preview = asset(assets, "preview", folder.resolve(Delivery.PREVIEW));
            preview.put("type", "image/png");
            roles(preview, "overview");
        }
        ObjectNode runs = asset(assets, "runs", folder.resolve(Delivery.RUNS));
        runs.put("type", "text/csv");
        runs.put("title", "The account of every run");
        roles(runs, "metadata");
        return assets;
    }

    /** GDAL's name of a type as STAC has it. */
    private static String dataType(String type) {
        return type.equals("Byte") ? "uint8" : type.toLowerCase(java.util.Locale.ROOT);
    }

    private static void statistics(ObjectNode band, JsonNode statistics) {
        ObjectNode kept = band.objectNode();
        for (String name : new String[] {"minimum", "maximum", "mean", "stddev", "valid_percent"}) {
            if (statistics.path(name).isNumber()) {
                kept.set(name, statistics.get(name));
            }
        }
        if (!kept.isEmpty()) {
            band.set("statistics", kept);
        }
    }

    private static void roles(ObjectNode asset, String role) {
        asset.putArray("roles").add(role);
    }

    private static ObjectNode asset(ObjectNode assets, String name, Path file) throws IOException {
        ObjectNode asset = assets.putObject(name);
        asset.put("href", "./" + file.getFileName());
        asset.put("file:size", Files.size(file));
        asset.put("file:checksum", SHA_256 + sha256(file));
        return asset;
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file);
                DigestInputStream digest = new DigestInputStream(content, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
