package io.swath.delivery;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads the facts of one JSON object that a job wrote. A fact of another type, or out of its range, ends the delivery. A
 * fact that is missing or {@code null} is empty. Texts come back on one line and cut, fit for a log and a terminal.
 * Immutable.
 */
final class FactReader {
    /** A band's description and statistics are about 30 tokens, and a point of an outline is 4. */
    private static final int MOST_TOKENS = 250_000;

    private static final int LONGEST_WKT = 100_000;
    private static final int LONGEST_LINE = 200;
    private static final int MOST_POINTS = 10_000;
    /** A closed ring, by RFC 7946. */
    private static final int LEAST_POINTS = 4;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(MOST_TOKENS)
                            .maxNestingDepth(100) // PROJJSON nests deeper than all facts
                            .maxStringLength(LONGEST_WKT)
                            .maxNameLength(LONGEST_LINE)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Pattern DATA_TYPE = Pattern.compile("Byte|C?U?Int(8|16|32|64)|C?Float(16|32|64)");
    private static final Set<String> NOT_FINITE = Set.of("nan", "inf", "-inf");

    private final String at;
    private final JsonNode node;

    private FactReader(String at, JsonNode node) {
        this.at = at;
        this.node = node;
    }

    /**
     * Parses a document, within bounds that keep it small in memory.
     *
     * @throws JsonProcessingException when it is not JSON, or exceeds a bound
     */
    static JsonNode parse(byte[] content) throws IOException {
        return JSON.readTree(content);
    }

    /** The facts of an object; {@code at} is its name in errors. */
    static FactReader of(String at, JsonNode node) throws BadProductException {
        if (!node.isObject()) {
            throw wrong(at, "an object", node);
        }
        return new FactReader(at, node);
    }

    private static BadProductException wrong(String at, String rule, JsonNode value) {
        return new BadProductException("its assembly left no usable product: " + at + " must be " + rule + ", and is "
                + (value.isMissingNode() ? "missing" : Texts.shown(value.toString())));
    }

    private Optional<JsonNode> fact(String name, String rule, Predicate<JsonNode> valid) throws BadProductException {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!valid.test(value)) {
            throw wrong(at + ": " + name, rule, value);
        }
        return Optional.of(value);
    }

    private static boolean finite(JsonNode value) {
        return value.isNumber() && Double.isFinite(value.doubleValue());
    }

    private static boolean whole(JsonNode value, int least, int most) {
        return value.isIntegralNumber()
                && value.canConvertToInt()
                && value.intValue() >= least
                && value.intValue() <= most;
    }

    private static boolean all(JsonNode list, Predicate<JsonNode> valid) {
        for (JsonNode entry : list) {
            if (!valid.test(entry)) {
                return false;
            }
        }
        return true;
    }

    Optional<Integer> integer(String name, int least, int most) throws BadProductException {
        return fact(name, "a whole number from " + least + " to " + most, value -> whole(value, least, most))
                .map(JsonNode::intValue);
    }

    Optional<Double> number(String name) throws BadProductException {
        return fact(name, "a number", FactReader::finite).map(JsonNode::doubleValue);
    }

    /** This many numbers; an empty list without the fact. */
    List<Double> numbers(String name, int size) throws BadProductException {
        List<Double> numbers = new ArrayList<>();
        fact(
                        name,
                        "a list of " + size + " numbers",
                        value -> value.isArray() && value.size() == size && all(value, FactReader::finite))
                .ifPresent(list -> list.forEach(number -> numbers.add(number.doubleValue())));
        return List.copyOf(numbers);
    }

    /** This many sizes in pixels; an empty list without the fact. */
    List<Integer> sizes(String name, int size) throws BadProductException {
        List<Integer> sizes = new ArrayList<>();
        fact(
                        name,
                        "a list of " + size + " whole numbers above 0",
                        value -> value.isArray()
                                && value.size() == size
                                && all(value, entry -> whole(entry, 1, Integer.MAX_VALUE)))
                .ifPresent(list -> list.forEach(number -> sizes.add(number.intValue())));
        return List.copyOf(sizes);
    }

    /** West, south, east and north; an empty list without the fact. */
    List<Double> bbox(String name) throws BadProductException {
        List<Double> bbox = numbers(name, 4);
        if (!bbox.isEmpty()
                && !(place(bbox.get(0), bbox.get(1))
                        && place(bbox.get(2), bbox.get(3))
                        && bbox.get(1) <= bbox.get(3))) {
            throw wrong(at + ": " + name, "west, south, east and north in degrees", node.path(name));
        }
        return bbox;
    }

    /** Grids of the whole Earth may begin at 0 or end half a pixel beyond 180; a pole is not met exactly. */
    private static boolean place(double longitude, double latitude) {
        return Math.abs(longitude) <= 361 && Math.abs(latitude) <= 90.001;
    }

    /** A Polygon or MultiPolygon, without anything else that the object has. */
    Optional<JsonNode> outline(String name) throws BadProductException {
        return fact(name, "a Polygon or a MultiPolygon of at most " + MOST_POINTS + " points in degrees", value -> {
                    JsonNode polygons = value.path("coordinates");
                    return switch (value.path("type").asText()) {
                        case "Polygon" -> polygon(polygons) && points(polygons) <= MOST_POINTS;
                        case "MultiPolygon" ->
                            polygons.isArray()
                                    && !polygons.isEmpty()
                                    && all(polygons, FactReader::polygon)
                                    && points(polygons) <= MOST_POINTS;
                        default -> false;
                    };
                })
                .map(value -> {
                    ObjectNode outline = JsonNodeFactory.instance.objectNode();
                    outline.set("type", value.get("type"));
                    outline.set("coordinates", value.get("coordinates"));
                    return outline;
                });
    }

    private static boolean polygon(JsonNode rings) {
        return rings.isArray() && !rings.isEmpty() && all(rings, FactReader::ring);
    }

    private static boolean ring(JsonNode points) {
        return points.isArray() && points.size() >= LEAST_POINTS && all(points, FactReader::point);
    }

    private static boolean point(JsonNode point) {
        return point.isArray()
                && point.size() == 2
                && all(point, FactReader::finite)
                && place(point.get(0).doubleValue(), point.get(1).doubleValue());
    }

    /** The points of checked rings or polygons. */
    private static int points(JsonNode list) {
        int points = 0;
        for (JsonNode entry : list) {
            points += entry.isArray() ? points(entry) : 0;
        }
        return list.path(0).isNumber() ? 1 : points;
    }

    /** A text with its line feeds. */
    Optional<String> lines(String name) throws BadProductException {
        return fact(name, "a text", JsonNode::isTextual).map(JsonNode::asText).map(Texts::lines);
    }

    /** A text that must be there. */
    String line(String name) throws BadProductException {
        return fact(name, "a text", JsonNode::isTextual)
                .map(value -> Texts.shown(value.asText(), LONGEST_LINE))
                .orElseThrow(() -> wrong(at + ": " + name, "a text", MissingNode.getInstance()));
    }

    /** GDAL's name of a type of pixels, which must be there. */
    String dataType(String name) throws BadProductException {
        String rule = "GDAL's name of a type";
        return fact(name, rule, value -> DATA_TYPE.matcher(value.asText()).matches())
                .map(JsonNode::asText)
                .orElseThrow(() -> wrong(at + ": " + name, rule, MissingNode.getInstance()));
    }

    /** A number; or a text, because JSON has no number for it. */
    Optional<JsonNode> nodata(String name) throws BadProductException {
        return fact(
                name,
                "a number, nan, inf or -inf",
                value -> finite(value) || (value.isTextual() && NOT_FINITE.contains(value.asText())));
    }

    /** The facts in an object; none without the fact. */
    FactReader object(String name) throws BadProductException {
        Optional<JsonNode> object = fact(name, "an object", JsonNode::isObject);
        return new FactReader(at + ": " + name, object.orElse(MissingNode.getInstance()));
    }

    /** The objects in a list; an empty list without the fact. */
    List<FactReader> objects(String name, int most) throws BadProductException {
        List<FactReader> objects = new ArrayList<>();
        Optional<JsonNode> list = fact(
                name,
                "a list of at most " + most + " objects",
                value -> value.isArray() && value.size() <= most && all(value, JsonNode::isObject));
        list.ifPresent(entries -> entries.forEach(
                entry -> objects.add(new FactReader(at + ": " + name + "[" + objects.size() + "]", entry))));
        return objects;
    }

    /** All facts of this object, which must be texts. */
    Map<String, String> texts(int most) throws BadProductException {
        if (node.size() > most || !all(node, JsonNode::isTextual)) {
            throw wrong(at, "at most " + most + " texts", node);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> texts.put(
                        Texts.shown(entry.getKey(), LONGEST_LINE),
                        Texts.shown(entry.getValue().asText(), LONGEST_LINE)));
        return texts;
    }
}
