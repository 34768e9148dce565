package io.swath.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The groups of a Landsat product's MTL file, which comes as text (ODL), XML or JSON with the same groups
 * (<a href="https://www.usgs.gov/landsat-missions/landsat-collection-2-level-2-science-products">Collection 2</a>). A
 * Level-2 file repeats names in its Level-1 groups, so a value is always read from named groups. Immutable.
 *
 * @param file the MTL file
 * @param groups values by name, by group
 */
record LandsatMetadata(Path file, Map<String, Map<String, String>> groups) {
    /** Root names of Collection 2, and of Collection 1 and before. */
    private static final List<String> ROOTS = List.of("LANDSAT_METADATA_FILE", "L1_METADATA_FILE");

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).build())
            .build());

    /**
     * The MTL of each product in the folder, in the first of its forms: a product may have it in all three. No more than two
     * products are looked for.
     */
    static List<LandsatMetadata> find(ProductFolder folder) throws IOException {
        List<LandsatMetadata> found = new ArrayList<>();
        for (Path file : folder.xml(ROOTS)) {
            add(found, new LandsatMetadata(file, ofXml(folder.readXml(file))));
        }
        for (String root : ROOTS) {
            for (Path file : folder.beginningWith("GROUP = " + root)) {
                add(found, new LandsatMetadata(file, ofText(folder.readText(file))));
            }
        }
        for (Path file : folder.beginningWith("{")) {
            ofJson(folder, file).ifPresent(groups -> add(found, new LandsatMetadata(file, groups)));
        }
        return found;
    }

    private static void add(List<LandsatMetadata> found, LandsatMetadata metadata) {
        if (found.size() < 2 && found.stream().noneMatch(other -> other.name().equals(metadata.name()))) {
            found.add(metadata);
        }
    }

    private static Map<String, Map<String, String>> ofXml(XmlElement root) {
        Map<String, Map<String, String>> groups = new LinkedHashMap<>();
        for (XmlElement group : root.children()) {
            Map<String, String> values = groups.computeIfAbsent(group.name(), name -> new LinkedHashMap<>());
            group.children().forEach(value -> values.putIfAbsent(value.name(), value.text()));
        }
        return groups;
    }

    private static Map<String, Map<String, String>> ofText(String text) {
        Map<String, Map<String, String>> groups = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>();
        for (String line : (Iterable<String>) text.lines()::iterator) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                continue;
            }
            String name = line.substring(0, equals).strip();
            String value = unquoted(line.substring(equals + 1).strip());
            switch (name) {
                case "GROUP" -> open.push(value);
                case "END_GROUP" -> open.poll();
                default -> {
                    if (!open.isEmpty()) {
                        groups.computeIfAbsent(open.peek(), group -> new LinkedHashMap<>())
                                .putIfAbsent(name, value);
                    }
                }
            }
        }
        return groups;
    }

    private static String unquoted(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    private static Optional<Map<String, Map<String, String>>> ofJson(ProductFolder folder, Path file)
            throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(folder.readText(file));
        } catch (JsonProcessingException otherKindOfFile) {
            return Optional.empty();
        }
        for (String name : ROOTS) {
            if (root.path(name).isObject()) {
                Map<String, Map<String, String>> groups = new LinkedHashMap<>();
                root.path(name).properties().forEach(group -> {
                    Map<String, String> values = groups.computeIfAbsent(group.getKey(), key -> new LinkedHashMap<>());
                    group.getValue()
                            .properties()
                            .forEach(value ->
                                    values.put(value.getKey(), value.getValue().asText()));
                });
                return Optional.of(groups);
            }
        }
        return Optional.empty();
    }

    /** The value of the first of these groups that has the name; empty when none has it. */
    String value(String name, String... inGroups) {
        for (String group : inGroups) {
            String value = groups.getOrDefault(group, Map.of()).get(name);
            if (value != null) {
                return value;
            }
        }
        return "";
    }

    /** The group that lists the files of the product: of Collection 2, or of Collection 1 and before. */
    Map<String, String> contents() {
        return groups.getOrDefault("PRODUCT_CONTENTS", groups.getOrDefault("PRODUCT_METADATA", Map.of()));
    }

    /** A value that describes the image as a whole. */
    String attribute(String name) {
        return value(
                name,
                "IMAGE_ATTRIBUTES",
                "PRODUCT_METADATA",
                "PRODUCT_CONTENTS",
                "PROJECTION_ATTRIBUTES",
                "PROJECTION_PARAMETERS",
                "METADATA_FILE_INFO");
    }

    /** {@code L1TP}, {@code L2SP} and the like. */
    String level() {
        String level = value("PROCESSING_LEVEL", "PRODUCT_CONTENTS");
        return (level.isEmpty() ? attribute("DATA_TYPE") : level).toUpperCase(Locale.ROOT);
    }

    /** The product's own name; files of before Collection 1 have only a scene's. */
    String name() {
        String product = attribute("LANDSAT_PRODUCT_ID");
        return product.isEmpty() ? attribute("LANDSAT_SCENE_ID") : product;
    }
}
