package io.swath.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.storage.RegularFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the assembly measured about its product: {@code product.json}, which {@code assemble.py} writes. A fact that the
 * file lacks, or holds in another type, is empty. Immutable.
 *
 * @param epsg the code of the coordinate reference system
 * @param wkt2 the coordinate reference system as WKT 2
 * @param transform nine numbers, the rows of a 3 x 3 matrix from pixels to coordinates; empty without a transform
 * @param shape height and width in pixels
 * @param bbox west, south, east, north in degrees (WGS 84); empty when the place is not known
 * @param geometry the outline as GeoJSON
 * @param outsideRange which part of the valid pixels has left the range of the recipe's index, from 0 to 1; empty when the
 *     recipe does not count them
 * @param emptyTiles tiles without a valid pixel
 * @param software versions by name
 */
public record ProductFacts(
        Optional<Integer> epsg,
        Optional<String> wkt2,
        List<Double> transform,
        List<Integer> shape,
        List<Double> bbox,
        Optional<JsonNode> geometry,
        Optional<Double> outsideRange,
        int emptyTiles,
        List<Band> bands,
        Map<String, String> software) {
    /**
     * One band of the product.
     *
     * @param dataType GDAL's name of the type, such as {@code UInt16}
     * @param nodata a number; or the text nan, inf or -inf, because these are not numbers in JSON
     * @param statistics by STAC's names, such as {@code minimum}
     */
    public record Band(
            String name,
            String dataType,
            Optional<JsonNode> nodata,
            Optional<Double> scale,
            Optional<Double> offset,
            Map<String, Double> statistics) {}

    private static final List<String> STATISTICS = List.of("minimum", "maximum", "mean", "stddev", "valid_percent");

    /** @throws IOException when the file is missing, or is not JSON */
    public static ProductFacts read(Path root, Path file, ObjectMapper json) throws IOException {
        return of(json.readTree(RegularFiles.read(root, file, MOST_BYTES)));
    }

    private static final int MOST_BYTES = 4 << 20;

    /** The facts in the content of {@code product.json}. */
    public static ProductFacts of(JsonNode facts) {
        List<Band> bands = new ArrayList<>();
        facts.path("bands").forEach(band -> bands.add(band(band)));
        Map<String, String> software = new LinkedHashMap<>();
        facts.path("software")
                .properties()
                .forEach(entry -> software.put(entry.getKey(), entry.getValue().asText()));
        return new ProductFacts(
                number(facts, "epsg").map(JsonNode::asInt),
                text(facts, "wkt2"),
                doubles(facts, "transform"),
                integers(facts, "shape"),
                doubles(facts, "bbox"),
                present(facts, "geometry"),
                outsideRange(facts.path("outside_range")),
                facts.path("empty").asInt(),
                bands,
                software);
    }

    private static Optional<Double> outsideRange(JsonNode counted) {
        double valid = counted.path("valid").asDouble();
        return valid > 0 ? Optional.of(counted.path("pixels").asDouble() / valid) : Optional.empty();
    }

    private static Band band(JsonNode band) {
        Map<String, Double> statistics = new LinkedHashMap<>();
        for (String name : STATISTICS) {
            number(band.path("statistics"), name).ifPresent(value -> statistics.put(name, value.asDouble()));
        }
        return new Band(
                band.path("name").asText(),
                band.path("data_type").asText(),
                present(band, "nodata"),
                number(band, "scale").map(JsonNode::asDouble),
                number(band, "offset").map(JsonNode::asDouble),
                statistics);
    }

    private static Optional<JsonNode> present(JsonNode node, String field) {
        return Optional.ofNullable(node.get(field)).filter(value -> !value.isNull());
    }

    private static Optional<JsonNode> number(JsonNode node, String field) {
        return present(node, field).filter(JsonNode::isNumber);
    }

    private static Optional<String> text(JsonNode node, String field) {
        return present(node, field).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    private static List<Double> doubles(JsonNode node, String field) {
        List<Double> numbers = new ArrayList<>();
        node.path(field).forEach(number -> numbers.add(number.asDouble()));
        return List.copyOf(numbers);
    }

    private static List<Integer> integers(JsonNode node, String field) {
        List<Integer> numbers = new ArrayList<>();
        node.path(field).forEach(number -> numbers.add(number.asInt()));
        return List.copyOf(numbers);
    }
}
