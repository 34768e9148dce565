package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Scene;
import io.swath.storage.RegularFiles;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds the STAC Item of a product: STAC 1.1.0 with the extensions projection (2.0.0), processing (1.2.0), file (2.1.0)
 * and raster (2.0.0); eo (2.0.0) and view (1.0.0) for what the scene's own Item says; classification (2.0.0) for a map of
 * classes. Thread-safe.
 */
final class StacItem {
    private static final Map<String, String> EXTENSIONS = new LinkedHashMap<>();
    /** The extensions of what is taken over from the scene's own Item, if it has that. */
    private static final Set<String> OF_THE_SCENE = Set.of("eo", "view");

    static {
        EXTENSIONS.put("proj", "projection/v2.0.0");
        EXTENSIONS.put("processing", "processing/v1.2.0");
        EXTENSIONS.put("file", "file/v2.1.0");
        EXTENSIONS.put("raster", "raster/v2.0.0");
        EXTENSIONS.put("eo", "eo/v2.0.0");
        EXTENSIONS.put("view", "view/v1.0.0");
    }

    /** So large a part of the valid pixels may leave an index's range without a mark: noise over water and shadow. */
    private static final double FEW = 0.01;

    /** The first bytes of a SHA-256 as a multihash: function 0x12, length 0x20. */
    private static final String MULTIHASH_SHA_256 = "1220";

    private static final String CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json";
    /** What the extension allows as a class's name. */
    private static final Pattern CLASS_NAME = Pattern.compile("[0-9A-Za-z_-]+");

    private static final Pattern WHOLE_NUMBERS = Pattern.compile("Byte|U?Int\\d+");
    private static final String PARTS = "swath:parts";
    private static final String SOURCE = "swath:datetime_source";

    private final ObjectMapper json;
    private final String version;

    /** {@code version} is Swath's own, for the Item's lineage. */
    StacItem(ObjectMapper json, String version) {
        this.json = json;
        this.version = version;
    }

    /**
     * Builds an Item.
     *
     * @param folder holds the assets
     * @param sha256 of the product, which is too large to be read once more
     */
    ObjectNode of(Scene scene, ProductFacts facts, Path folder, String sha256) throws IOException {
        ObjectNode item = json.createObjectNode();
        item.put("type", "Feature");
        item.put("stac_version", "1.1.0");
        ArrayNode extensions = item.putArray("stac_extensions");
        item.put("id", scene.id() + "_" + scene.recipe());
        item.set("geometry", facts.geometry().orElse(json.nullNode()));
        if (!facts.bbox().isEmpty()) {
            ArrayNode bbox = item.putArray("bbox");
            facts.bbox().forEach(bbox::add);
        }
        ObjectNode properties = properties(scene, facts);
        item.set("properties", properties);
        EXTENSIONS.forEach((prefix, extension) -> {
            boolean always = !OF_THE_SCENE.contains(prefix);
            boolean used = properties.properties().stream()
                    .anyMatch(property -> property.getKey().startsWith(prefix + ":"));
            if (always || used) {
                extensions.add("https://stac-extensions.github.io/" + extension + "/schema.json");
            }
        });
        if (facts.bands().stream().anyMatch(band -> !band.classes().isEmpty())) {
            extensions.add(CLASSIFICATION);
        }
        link(item, scene);
        item.set("assets", assets(scene, facts, folder, sha256));
        return item;
    }

    private ObjectNode properties(Scene scene, ProductFacts facts) throws IOException {
        ObjectNode properties = json.createObjectNode();
        JsonNode plan = json.readTree(scene.plan().json());
        Optional<String> rectified = Rectified.words(plan);
        time(properties, scene);
        properties.put("created", Instant.now().toString());
        properties.put("title", scene.recipe() + " of " + Texts.line(scene.name()));
        projection(properties, facts);
        properties.put(
                "processing:lineage",
                "Recipe " + scene.recipe() + " on " + Texts.line(scene.name()) + ", in "
                        + scene.plan().tileCount() + " tiles"
                        + rectified.map(how -> ", put onto a map " + how).orElse(""));
        rectified.ifPresent(how -> properties.set("swath:rectified", Rectified.facts(plan, json)));
        properties.put("processing:facility", "Swath");
        ObjectNode software = properties.putObject("processing:software");
        facts.software().forEach(software::put);
        software.put("swath", version); // after what the job says
        software.put("recipe " + scene.recipe(), scene.recipeHash());
        properties.put("swath:scene", scene.id());
        properties.put("swath:recipe", scene.recipe());
        bands(properties, plan);
        properties.put("swath:tiles", scene.plan().tileCount());
        properties.put("swath:empty_tiles", facts.emptyTiles());
        facts.outsideRange()
                .filter(part -> part > FEW)
                .ifPresent(part -> properties.put("swath:outside_range_percent", Math.round(part * 10_000) / 100.0));
        return properties;
    }

    /**
     * The scene's bands as the recipe's scripts saw them, and those of whole numbers that nothing gives a scale. All parts of
     * a mosaic have the same bands: they are listed once.
     */
    private static void bands(ObjectNode properties, JsonNode plan) {
        ArrayNode bands = properties.putArray("swath:bands");
        Set<Integer> unscaled = new TreeSet<>();
        JsonNode planned = plan.path("bands");
        int parts = Math.max(1, plan.path("acquisition").path(PARTS).size());
        int each = planned.size() / parts;
        for (int index = 0; index < each * parts; index++) {
            JsonNode band = planned.get(index);
            if (index < each) {
                bands.add(Texts.line(band.path("name").asText()));
            }
            boolean scaled =
                    band.path("scale").asDouble(1) != 1 || band.path("offset").asDouble(0) != 0;
            if (!scaled && WHOLE_NUMBERS.matcher(band.path("type").asText()).matches()) {
                unscaled.add(index % each);
            }
        }
        if (!unscaled.isEmpty()) {
            ArrayNode names = properties.putArray("swath:unscaled_bands");
            unscaled.forEach(index -> names.add(bands.get(index)));
        }
    }

    /**
     * When and how the scene was taken. STAC requires a time, so a scene without one has that of its file, or else that of
     * its acceptance; {@code swath:datetime_source} marks both.
     */
    private void time(ObjectNode properties, Scene scene) throws IOException {
        JsonNode plan = json.readTree(scene.plan().json());
        String planned = plan.path("datetime").asText("");
        String from = plan.path("datetimeFrom").asText("");
        if (planned.isEmpty()) {
            properties.put("datetime", scene.arrival().acceptedAt().toString());
            properties.put(SOURCE, "acceptance");
        } else if (from.equals("INTERVAL")) {
            properties.putNull("datetime");
        } else {
            properties.put("datetime", planned);
            if (from.equals("FILE")) {
                properties.put(SOURCE, "file");
            }
        }
        plan.path("acquisition").properties().forEach(fact -> properties.set(fact.getKey(), fact.getValue()));
    }

    private static void projection(ObjectNode properties, ProductFacts facts) {
        if (facts.epsg().isPresent()) {
            properties.put("proj:code", "EPSG:" + facts.epsg().get());
        } else {
            properties.putNull("proj:code");
            facts.wkt2().ifPresent(wkt2 -> properties.put("proj:wkt2", wkt2));
        }
        if (!facts.shape().isEmpty()) {
            ArrayNode shape = properties.putArray("proj:shape");
            facts.shape().forEach(shape::add);
        }
        if (!facts.transform().isEmpty()) {
            ArrayNode transform = properties.putArray("proj:transform");
            facts.transform().forEach(transform::add);
        }
    }

    private void link(ObjectNode item, Scene scene) throws IOException {
        JsonNode plan = json.readTree(scene.plan().json());
        String raster = plan.path("raster").asText();
        ArrayNode links = item.putArray("links");
        links.addObject()
                .put("rel", raster.toLowerCase(Locale.ROOT).endsWith(".json") ? "derived_from" : "via")
                .put("href", reference(raster))
                .put("title", Texts.line(scene.name()));
        for (JsonNode part : plan.path("acquisition").path(PARTS)) { // of a mosaic
            links.addObject()
                    .put("rel", "derived_from")
                    .put("href", reference(part.path("path").asText()))
                    .put("title", Texts.line(part.path("id").asText()));
        }
    }

    /** A path below the storage root, seen from the Item: percent-encoded (RFC 3986), because names are the sender's. */
    private static String reference(String path) {
        return "../../../"
                + Stream.of(path.split("/"))
                        .map(name ->
                                URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
                        .collect(Collectors.joining("/"));
    }

    private ObjectNode assets(Scene scene, ProductFacts facts, Path folder, String sha256) throws IOException {
        ObjectNode assets = json.createObjectNode();
        ObjectNode data = asset(assets, "data", folder.resolve(ProductFiles.cog(scene)), sha256, "data");
        data.put("type", "image/tiff; application=geotiff; profile=cloud-optimized");
        data.put("title", scene.recipe());
        ArrayNode bands = data.putArray("bands");
        facts.bands().forEach(band -> describe(bands.addObject(), band));
        if (Files.exists(folder.resolve(ProductFiles.PREVIEW))) {
            ObjectNode preview = asset(assets, "preview", folder.resolve(ProductFiles.PREVIEW), "overview");
            preview.put("type", "image/png");
        }
        if (Files.exists(folder.resolve(ProductFiles.POLYGONS))) {
            ObjectNode polygons = asset(assets, "polygons", folder.resolve(ProductFiles.POLYGONS), "data");
            polygons.put("type", "application/geopackage+sqlite3");
            polygons.put("title", "The areas of equal value, as polygons");
        }
        ObjectNode runs = asset(assets, "runs", folder.resolve(ProductFiles.RUNS), "metadata");
        runs.put("type", "text/csv");
        runs.put("title", "The accounting records of all runs");
        return assets;
    }

    private static void describe(ObjectNode described, ProductFacts.Band band) {
        described.put("name", band.name());
        described.put("data_type", dataType(band.dataType()));
        band.nodata().ifPresent(nodata -> described.set("nodata", nodata));
        band.scale().ifPresent(scale -> described.put("raster:scale", scale));
        band.offset().ifPresent(offset -> described.put("raster:offset", offset));
        if (!band.classes().isEmpty()) {
            ArrayNode classes = described.putArray("classification:classes");
            band.classes().forEach(known -> describe(classes.addObject(), known));
        }
        if (!band.statistics().isEmpty()) {
            ObjectNode statistics = described.putObject("statistics");
            band.statistics().forEach(statistics::put);
        }
    }

    private static void describe(ObjectNode described, ProductFacts.MapClass known) {
        boolean plain = CLASS_NAME.matcher(known.name()).matches();
        described.put("value", known.value());
        described.put("name", plain ? known.name() : "class-" + known.value());
        described.put("description", known.name());
        if (!known.color().isEmpty()) {
            described.put("color_hint", known.color());
        }
    }

    /** STAC's name of a GDAL type. */
    private static String dataType(String type) {
        return type.equals("Byte") ? "uint8" : type.toLowerCase(Locale.ROOT);
    }

    private static ObjectNode asset(ObjectNode assets, String name, Path file, String role) throws IOException {
        return asset(assets, name, file, RegularFiles.sha256(file.getParent(), file), role);
    }

    private static ObjectNode asset(ObjectNode assets, String name, Path file, String sha256, String role)
            throws IOException {
        ObjectNode asset = assets.putObject(name);
        asset.put("href", "./" + file.getFileName());
        asset.put("file:size", Files.size(file));
        asset.put("file:checksum", MULTIHASH_SHA_256 + sha256);
        asset.putArray("roles").add(role);
        return asset;
    }
}
