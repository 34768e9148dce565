package io.swath.recipes;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Accepts;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads what {@code accepts} of a recipe says of scenes, beside their bands. It throws as {@link StrictFields} does. */
final class AcceptsReader {
    private AcceptsReader() {}

    /** {@code otherBands} are those that the scripts can read instead of the recipe's bands. */
    static Accepts read(StrictFields accepts, List<List<BandSelector>> otherBands) {
        List<String> kinds = names(accepts, "kinds", "Use one or more of " + String.join(", ", Recipe.KINDS) + ".");
        for (String kind : kinds) {
            if (!Recipe.KINDS.contains(kind)) {
                throw accepts.wrong(
                        "kind-is-known",
                        "kinds",
                        Texts.shown(kind) + " is no kind of scene",
                        "Use one or more of " + String.join(", ", Recipe.KINDS) + ".");
            }
        }
        List<String> sensors =
                names(accepts, "sensors", "Name constellations, platforms or instruments, as in [landsat-8, msi].");
        Optional<Double> cloud = accepts.number("max-cloud");
        if (cloud.isPresent() && !(cloud.get() >= 0 && cloud.get() <= 100)) {
            throw accepts.wrong(
                    "cloud-is-percent",
                    "max-cloud",
                    "it is " + cloud.get(),
                    "Give a number from 0 to 100, in percent.");
        }
        return new Accepts(
                kinds,
                sensors,
                cloud.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
                accepts.flag("map").orElse(false),
                otherBands);
    }

    private static List<String> names(StrictFields accepts, String key, String remedy) {
        if (!accepts.has(key)) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (JsonNode name : accepts.list(key, 100, remedy)) {
            if (!name.isTextual() || name.textValue().isBlank()) {
                throw accepts.wrong("names-are-texts", key, Texts.shown(name.toString()) + " is no name", remedy);
            }
            names.add(name.textValue().strip().toLowerCase(Locale.ROOT));
        }
        return names;
    }
}
