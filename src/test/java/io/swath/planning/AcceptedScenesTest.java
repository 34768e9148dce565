package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Recipe;
import io.swath.model.Recipe.Accepts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class AcceptedScenesTest {
    private static final Path FILE = Path.of("item.json");

    private static Recipe recipe(List<String> kinds, List<String> sensors, OptionalDouble cloud) {
        Recipe all = Recipes.named("red");
        return new Recipe(
                all.name(),
                all.folder(),
                all.hash(),
                all.description(),
                all.bands(),
                all.tiling(),
                all.steps(),
                all.output(),
                all.assemble(),
                all.retries(),
                new Accepts(kinds, sensors, cloud, false),
                Optional.empty(),
                all.ortho(),
                Optional.empty());
    }

    private static Item item(String properties) {
        return ItemReader.read(("{\"type\": \"Feature\", \"stac_version\": \"1.1.0\", \"id\": \"a\", \"properties\": {"
                        + properties + "}, \"assets\": {\"red\": {\"href\": \"red.tif\"}}}")
                .getBytes(StandardCharsets.UTF_8));
    }

    private static final Item SENTINEL = item("\"swath:kind\": \"sentinel-2\", \"platform\": \"sentinel-2a\","
            + " \"instruments\": [\"msi\"], \"eo:cloud_cover\": 12.5");

    private static void check(Recipe recipe, Item item) {
        AcceptedScenes.check(FILE, recipe, item, Sensors.of(item));
    }

    private static void assertRejected(Recipe recipe, Item item, String what) {
        assertThatThrownBy(() -> check(recipe, item))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining(what)
                .hasMessageContaining("another recipe");
    }

    @Test
    void a_scene_of_another_kind_is_rejected() {
        Recipe landsat = recipe(List.of("landsat", "geotiff"), List.of(), OptionalDouble.empty());
        assertRejected(landsat, SENTINEL, "it is of the kind sentinel-2, and the recipe accepts landsat, geotiff");
        assertRejected(landsat, item(""), "it is of the kind stac");
        assertThatCode(() -> AcceptedScenes.check(FILE, landsat, List.of())).doesNotThrowAnyException();
    }

    @Test
    void a_scene_of_another_sensor_is_rejected() {
        assertThatCode(() -> check(recipe(List.of(), List.of("msi"), OptionalDouble.empty()), SENTINEL))
                .doesNotThrowAnyException();
        assertRejected(
                recipe(List.of(), List.of("landsat-8"), OptionalDouble.empty()), SENTINEL, "it is of sentinel-2a, msi");
        assertRejected(recipe(List.of(), List.of("landsat-8"), OptionalDouble.empty()), item(""), "it names no sensor");
    }

    @Test
    void a_scene_with_more_clouds_is_rejected_and_one_that_does_not_say_is_not() {
        assertRejected(recipe(List.of(), List.of(), OptionalDouble.of(10)), SENTINEL, "it has 12.5 % of clouds");
        assertThatCode(() -> check(recipe(List.of(), List.of(), OptionalDouble.of(12.5)), SENTINEL))
                .doesNotThrowAnyException();
        assertThatCode(() -> check(recipe(List.of(), List.of(), OptionalDouble.of(10)), item("")))
                .doesNotThrowAnyException();
    }
}
