package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.stac.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the names of the platform and its instruments from a scene's metadata. */
final class Sensors {
    private Sensors() {}

    /** Names as the file has them; may be empty. GDAL writes the names that it recognises into the domain IMAGERY. */
    static List<String> of(GdalInfo info) {
        return Stream.of(
                        info.item("IMAGERY", "SATELLITEID"),
                        info.item("IMAGERY", "SENSORID"),
                        info.item("", "platform"),
                        info.item("", "PLATFORM"),
                        info.item("", "SPACECRAFT_ID"),
                        info.item("", "SPACECRAFT_NAME"),
                        info.item("", "instruments"),
                        info.item("", "SENSOR_ID"),
                        info.item("", "SENSOR"))
                .filter(name -> !name.isBlank())
                .distinct()
                .toList();
    }

    /** Names from the Item's common metadata, or from the file if the Item has none. */
    static List<String> of(Item item, GdalInfo info) {
        List<String> names = of(item);
        return names.isEmpty() ? of(info) : names;
    }

    /** Names from the Item's common metadata; may be empty. */
    static List<String> of(Item item) {
        JsonNode properties = item.json().path("properties");
        List<String> names = new ArrayList<>();
        for (String field : List.of("constellation", "platform")) {
            names.add(properties.path(field).asText(""));
        }
        properties.path("instruments").forEach(instrument -> names.add(instrument.asText("")));
        names.removeIf(String::isBlank);
        return List.copyOf(names);
    }
}
