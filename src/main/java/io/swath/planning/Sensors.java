package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.stac.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** By what a scene was taken, as far as its metadata tells: the platform and its instruments. */
final class Sensors {
    private Sensors() {}

    /** Names as they are written; nothing where none is. GDAL puts what it knows into the domain IMAGERY. */
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

    /** What a STAC Item says, in its common metadata; for lack of it what the file says. */
    static List<String> of(Item item, GdalInfo info) {
        JsonNode properties = item.json().path("properties");
        List<String> names = new ArrayList<>();
        for (String field : List.of("constellation", "platform")) {
            names.add(properties.path(field).asText(""));
        }
        properties.path("instruments").forEach(instrument -> names.add(instrument.asText("")));
        names.removeIf(String::isBlank);
        return names.isEmpty() ? of(info) : List.copyOf(names);
    }
}
