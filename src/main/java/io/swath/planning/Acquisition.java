package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.stac.Item;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a scene was taken, by the names of STAC: what a product's Item takes over from its scene. A value of the wrong type, or
 * beyond its range, is left out: the product's Item would not be valid with it.
 *
 * <p>The names and ranges: <a href="https://github.com/radiantearth/stac-spec/blob/master/commons/common-metadata.md">common
 * metadata</a>, and the extensions <a href="https://github.com/stac-extensions/eo">eo</a> and <a
 * href="https://github.com/stac-extensions/view">view</a>.
 */
final class Acquisition {
    private static final int LONGEST = 200;
    private static final int MOST_INSTRUMENTS = 20;
    private static final String INSTRUMENTS = "instruments";
    private static final List<String> TEXTS = List.of("platform", "constellation", "mission");
    private static final List<String> TIMES = List.of("start_datetime", "end_datetime");

    private record Range(double least, double most) {}

    private static final Map<String, Range> NUMBERS = new LinkedHashMap<>();
    /** Names of STAC before 0.9 for the same. */
    private static final Map<String, String> OLDER = Map.of(
            "platform",
            "eo:platform",
            "constellation",
            "eo:constellation",
            "gsd",
            "eo:gsd",
            "view:off_nadir",
            "eo:off_nadir",
            "view:azimuth",
            "eo:azimuth",
            "view:sun_azimuth",
            "eo:sun_azimuth",
            "view:sun_elevation",
            "eo:sun_elevation",
            INSTRUMENTS,
            "eo:instrument");

    static {
        NUMBERS.put("gsd", new Range(Double.MIN_VALUE, 1e7));
        NUMBERS.put("eo:cloud_cover", new Range(0, 100));
        NUMBERS.put("eo:snow_cover", new Range(0, 100));
        NUMBERS.put("view:off_nadir", new Range(0, 90));
        NUMBERS.put("view:incidence_angle", new Range(0, 90));
        NUMBERS.put("view:azimuth", new Range(0, 360));
        NUMBERS.put("view:sun_azimuth", new Range(0, 360));
        NUMBERS.put("view:sun_elevation", new Range(-90, 90));
    }

    private Acquisition() {}

    static Map<String, Object> of(Item item) {
        JsonNode properties = item.json().path("properties");
        Map<String, Object> known = new LinkedHashMap<>();
        for (String name : TEXTS) {
            putText(known, name, value(properties, name).asText(""));
        }
        for (String name : TIMES) {
            AcquisitionTime.of(properties.path(name).asText("")).ifPresent(time -> known.put(name, time));
        }
        if (TIMES.stream().anyMatch(name -> !known.containsKey(name))) {
            known.keySet().removeAll(TIMES); // STAC allows both or none
        }
        NUMBERS.forEach((name, range) -> {
            JsonNode value = value(properties, name);
            double number = value.asDouble();
            if (value.isNumber() && number >= range.least() && number <= range.most()) {
                known.put(name, number);
            }
        });
        putInstruments(known, value(properties, INSTRUMENTS));
        return known;
    }

    /** What GDAL recognises in a file's metadata. */
    static Map<String, Object> of(GdalInfo info) {
        Map<String, Object> known = new LinkedHashMap<>();
        for (String item : List.of("platform", "PLATFORM", "SPACECRAFT_ID", "SPACECRAFT_NAME")) {
            putText(known, "platform", info.item("", item));
        }
        putText(known, "platform", info.item("IMAGERY", "SATELLITEID"));
        return known;
    }

    private static JsonNode value(JsonNode properties, String name) {
        return properties.has(name) ? properties.path(name) : properties.path(OLDER.getOrDefault(name, name));
    }

    private static void putText(Map<String, Object> known, String name, String text) {
        String line = text.strip();
        if (!line.isEmpty() && line.length() <= LONGEST && line.chars().noneMatch(Character::isISOControl)) {
            known.putIfAbsent(name, line);
        }
    }

    private static void putInstruments(Map<String, Object> known, JsonNode value) {
        List<String> names = new ArrayList<>();
        for (JsonNode name : value.isTextual() ? List.of(value) : value) {
            String text = name.asText("").strip();
            if (!text.isEmpty() && text.length() <= LONGEST && names.size() < MOST_INSTRUMENTS) {
                names.add(text);
            }
        }
        if (!names.isEmpty()) {
            known.put(INSTRUMENTS, List.copyOf(names));
        }
    }
}
