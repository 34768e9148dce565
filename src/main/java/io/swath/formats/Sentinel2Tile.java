package io.swath.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.formats.ProductBuilder.AssetBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Sentinel-2 tile as the public buckets keep it: {@code tileInfo.json} and a JPEG 2000 file for each band, without the
 * product's metadata (<a href="https://roda.sentinel-hub.com/sentinel-s2-l1c/readme.html">the bucket's description</a>). The
 * processing baseline is in the product's name alone; since baseline 04.00 the offset is -1000.
 */
final class Sentinel2Tile implements SceneFormat {
    private static final Pattern CODE = Pattern.compile("urn:ogc:def:crs:EPSG:[0-9.]*:([0-9]{4,6})");
    private static final Pattern BASELINE = Pattern.compile("_N([0-9]{4})_");
    private static final int FIRST_WITH_OFFSET = 400;
    private static final double QUANTIFICATION = 10_000;
    private static final double OFFSET = -1000;
    private static final double METRES = 109_800;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).build())
            .build());

    @Override
    public String kind() {
        return "sentinel-2-tile";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        Path found = null;
        Optional<JsonNode> info = Optional.empty();
        for (Path file : folder.beginningWith("{")) {
            Optional<JsonNode> read = tileInfo(folder.readText(file));
            if (read.isPresent() && found != null) {
                throw FormatException.several(kind(), found.toString(), file.toString());
            }
            if (read.isPresent()) {
                found = file;
                info = read;
            }
        }
        return info.isEmpty() ? Optional.empty() : Optional.of(product(folder, found, info.get()));
    }

    private static Optional<JsonNode> tileInfo(String text) {
        try {
            return Optional.of(JSON.readTree(text))
                    .filter(info ->
                            info.path("gridSquare").isTextual() && info.has("tileGeometry") && info.has("utmZone"));
        } catch (JsonProcessingException otherKindOfFile) {
            return Optional.empty();
        }
    }

    private Product product(ProductFolder folder, Path file, JsonNode info) throws IOException {
        String name = info.path("productName").asText("");
        Matcher baseline = BASELINE.matcher(name);
        if (!baseline.find()) {
            throw FormatException.incomplete(file, "productName with a processing baseline, such as _N0205_");
        }
        Matcher code = CODE.matcher(info.findPath("crs").findPath("name").asText(""));
        ProductBuilder product = new ProductBuilder(kind(), folder);
        product.text("datetime", Times.item(info.path("timestamp").asText("")))
                .platform("sentinel-2", "sentinel-" + name.substring(1, 3).toLowerCase(Locale.ROOT), List.of("msi"))
                .cloud(info.path("cloudyPixelPercentage").asText(""))
                .text("processing:level", name.contains("MSIL2A") ? "L2A" : "L1C")
                .text("proj:code", code.matches() ? "EPSG:" + code.group(1) : "");
        double offset = Integer.parseInt(baseline.group(1)) >= FIRST_WITH_OFFSET ? OFFSET : 0;
        Map<String, Double> offsets = new HashMap<>();
        Sentinel2Radiometry.COMMON_NAMES.keySet().forEach(band -> offsets.put(band, offset));
        Sentinel2Radiometry radiometry = new Sentinel2Radiometry(QUANTIFICATION, offsets, 1000, 1000);
        for (String band : Sentinel2Radiometry.BY_ID) {
            Path image = image(folder, file, band);
            AssetBuilder asset = product.asset(band, image)
                    .bands(List.of(radiometry.band(band)))
                    .roles("data");
            if (folder.find(image).isPresent()) {
                place(asset, folder.head(folder.find(image).get()), info);
            }
            asset.add();
        }
        product.asset("tile-info", file).roles("metadata").always().add();
        return product.build(name);
    }

    /** The file of a band, in its finest resolution. */
    private static Path image(ProductFolder folder, Path info, String band) {
        Path beside = ListedPath.folderOf(info);
        return List.of("", "R10m/", "R20m/", "R60m/", "preview/").stream()
                .map(place -> beside.resolve(place + band + ".jp2"))
                .filter(path -> folder.find(path).isPresent())
                .findFirst()
                .orElse(beside.resolve(band + ".jp2"));
    }

    /** The size comes from the image, and the corner from the tile's geometry. */
    private static void place(AssetBuilder asset, byte[] head, JsonNode info) {
        JsonNode corner = info.path("tileOrigin").path("coordinates");
        Jpeg2000Size.of(head).filter(size -> corner.size() == 2).ifPresent(size -> {
            asset.field("proj:shape", List.of(size.height(), size.width()));
            asset.field(
                    "proj:transform",
                    List.of(
                            METRES / size.width(),
                            0.0,
                            corner.path(0).asDouble(),
                            0.0,
                            -METRES / size.height(),
                            corner.path(1).asDouble()));
        });
    }
}
