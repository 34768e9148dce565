package io.swath.planning;

import io.swath.model.Coverage;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Window;
import java.util.List;
import java.util.function.Predicate;

/**
 * The result of inspecting a scene for a recipe.
 *
 * @param info the scene as the recipe reads it, to be stored as the plan
 * @param bands the recipe's own words for the bands of {@code info}, in the same order
 * @param empty whether the headers show that a window has no valid pixel in any band; false when in doubt
 * @param sensors the names of the platform and its instruments as the metadata has them; may be empty
 */
public record Inspection(SceneInfo info, List<BandSelector> bands, Predicate<Window> empty, List<String> sensors) {
    public Inspection {
        bands = List.copyOf(bands);
        sensors = List.copyOf(sensors);
    }

    /** Time, sensors and ground, by which scenes are selected for nightly reprocessing. */
    Coverage coverage() {
        return Coverage.of(info.datetime(), sensors, info.georeference().footprint());
    }
}
