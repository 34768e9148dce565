package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.formats.Product;
import io.swath.model.Recipe;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.stac.Item;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Compares a scene with what a recipe accepts, beside its bands: the kind, the sensor and the cloud cover. */
final class AcceptedScenes {
    private AcceptedScenes() {}

    /** @throws BadSceneException when the recipe does not accept the scene */
    static void check(Path file, Recipe recipe, Item item, List<String> sensors) {
        JsonNode properties = item.json().path("properties");
        JsonNode cloud = properties.path("eo:cloud_cover");
        check(
                file,
                recipe,
                properties.path(Product.KIND).asText("stac"),
                sensors,
                cloud.isNumber() ? OptionalDouble.of(cloud.doubleValue()) : OptionalDouble.empty());
    }

    /** As above, for a GeoTIFF alone, which does not say its cloud cover. */
    static void check(Path file, Recipe recipe, List<String> sensors) {
        check(file, recipe, "geotiff", sensors, OptionalDouble.empty());
    }

    /** As above, for a mosaic: only a recipe that names the kind reads the bands of several parts. */
    static void checkMosaic(Path file, Recipe recipe) {
        if (!recipe.accepts().kinds().contains(Recipe.MOSAIC)) {
            throw rejected(file, recipe, "it is a mosaic, and the recipe reads one scene");
        }
    }

    private static void check(Path file, Recipe recipe, String kind, List<String> sensors, OptionalDouble cloud) {
        Recipe.Accepts accepts = recipe.accepts();
        if (!accepts.kinds().isEmpty() && !accepts.kinds().contains(kind)) {
            throw rejected(
                    file,
                    recipe,
                    "it is of the kind " + Texts.shown(kind) + ", and the recipe accepts "
                            + String.join(", ", accepts.kinds()));
        }
        boolean anySensor = accepts.sensors().isEmpty()
                || sensors.stream().map(name -> name.toLowerCase(Locale.ROOT)).anyMatch(accepts.sensors()::contains);
        if (!anySensor) {
            throw rejected(
                    file,
                    recipe,
                    (sensors.isEmpty() ? "it names no sensor" : "it is of " + Texts.shown(String.join(", ", sensors)))
                            + ", and the recipe accepts " + String.join(", ", accepts.sensors()));
        }
        if (cloud.isPresent()
                && accepts.mostCloud().isPresent()
                && cloud.getAsDouble() > accepts.mostCloud().getAsDouble()) {
            throw rejected(
                    file,
                    recipe,
                    "it has " + cloud.getAsDouble() + " % of clouds, and the recipe accepts "
                            + accepts.mostCloud().getAsDouble() + " %");
        }
    }

    private static BadSceneException rejected(Path file, Recipe recipe, String what) {
        return new BadSceneException(
                file,
                "recipe-accepts-the-scene",
                what,
                "Send it to another recipe, or change accepts in the recipe.yaml of " + recipe.name() + ".");
    }
}
