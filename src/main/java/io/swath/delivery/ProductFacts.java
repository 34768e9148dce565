package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.storage.RegularFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the assembly measured about its product: {@code product.json}, which {@code assemble.py} writes. Any job of the
 * scene may write that file too, so {@link FactReader} checks and bounds each fact. A fact that the file lacks is empty.
 * Immutable.
 *
 * @param epsg the code of the coordinate reference system
 * @param wkt2 the coordinate reference system as WKT 2
 * @param transform nine numbers, the rows of a 3 x 3 matrix from pixels to coordinates; empty without a transform
 * @param shape height and width in pixels
 * @param bbox west, south, east, north in degrees (WGS 84); empty when the place is not known
 * @param geometry the outline as GeoJSON, a Polygon or a MultiPolygon
 * @param outsideRange which part of the valid pixels has left the range of the recipe's index, from 0 to 1; empty when the
 *     recipe does not count them
 * @param emptyTiles tiles without a valid pixel
 * @param software versions by name
 */
record ProductFacts(
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
     * @param classes what the values mean, if the band is a map of classes
     * @param statistics by STAC's names, such as {@code minimum}
     */
    record Band(
            String name,
            String dataType,
            Optional<JsonNode> nodata,
            Optional<Double> scale,
            Optional<Double> offset,
            List<MapClass> classes,
            Map<String, Double> statistics) {}

    /**
     * A class of a map of classes.
     *
     * @param color six hexadecimal digits; empty if the class has none
     */
    record MapClass(int value, String name, String color) {}

    private static final List<String> STATISTICS = List.of("minimum", "maximum", "mean", "stddev", "valid_percent");
    private static final int MOST_BYTES = 2 << 20;
    private static final int MOST_BANDS = 5000;
    private static final int MOST_PROGRAMS = 20;
    private static final int MOST_CLASSES = 256;
    private static final Pattern COLOR = Pattern.compile("[0-9a-f]{6}");

    /**
     * Reads the facts.
     *
     * @param root the storage's root
     * @throws BadProductException when a fact is not what it must be
     * @throws com.fasterxml.jackson.core.JsonProcessingException when the file is not JSON, or has too many parts
     * @throws io.swath.storage.NotRegularException when the file is not a regular file, or is too large
     * @throws java.nio.file.NoSuchFileException when there is no such file
     */
    static ProductFacts read(Path root, Path file) throws IOException, BadProductException {
        return of(FactReader.parse(RegularFiles.read(root, file, MOST_BYTES)));
    }

    /** The facts in the content of {@code product.json}. */
    static ProductFacts of(JsonNode content) throws BadProductException {
        FactReader facts = FactReader.of("product.json", content);
        List<Band> bands = new ArrayList<>();
        for (FactReader band : facts.objects("bands", MOST_BANDS)) {
            bands.add(band(band));
        }
        return new ProductFacts(
                facts.integer("epsg", 1, 999_999),
                facts.lines("wkt2"),
                facts.numbers("transform", 9),
                facts.sizes("shape", 2),
                facts.bbox("bbox"),
                facts.outline("geometry"),
                outsideRange(facts.object("outside_range")),
                facts.integer("empty", 0, Integer.MAX_VALUE).orElse(0),
                bands,
                facts.object("software").texts(MOST_PROGRAMS));
    }

    private static Optional<Double> outsideRange(FactReader counted) throws BadProductException {
        Optional<Double> valid = counted.number("valid").filter(pixels -> pixels > 0);
        Optional<Double> outside = counted.number("pixels").filter(pixels -> pixels >= 0);
        return valid.flatMap(all -> outside.map(some -> Math.min(1, some / all)));
    }

    private static Band band(FactReader band) throws BadProductException {
        FactReader measured = band.object("statistics");
        Map<String, Double> statistics = new LinkedHashMap<>();
        for (String name : STATISTICS) {
            measured.number(name).ifPresent(value -> statistics.put(name, value));
        }
        return new Band(
                band.line("name"),
                band.dataType("data_type"),
                band.nodata("nodata"),
                band.number("scale"),
                band.number("offset"),
                classes(band),
                statistics);
    }

    private static List<MapClass> classes(FactReader band) throws BadProductException {
        List<MapClass> classes = new ArrayList<>();
        for (FactReader known : band.objects("classes", MOST_CLASSES)) {
            String color = known.line("color");
            classes.add(new MapClass(
                    known.integer("value", 0, MOST_CLASSES - 1)
                            .orElseThrow(() -> new BadProductException(
                                    "its assembly left no usable product: product.json: bands: a class has no value")),
                    known.line("name"),
                    COLOR.matcher(color).matches() ? color : ""));
        }
        return classes;
    }
}
