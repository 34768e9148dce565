package io.swath.planning;

import io.swath.model.Coverage;
import io.swath.model.Window;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a look into a scene found.
 *
 * @param info to be kept
 * @param empty tells of a window whether the header alone shows that no band has a pixel in it; false when in doubt
 * @param sensors names of the platform and its instruments, as they are written; none where nobody knows
 */
public record Inspection(SceneInfo info, Predicate<Window> empty, List<String> sensors) {
    public Inspection {
        sensors = List.copyOf(sensors);
    }

    /** What a selection may ask of the scene. */
    Coverage coverage() {
        return Coverage.of(info.datetime(), sensors, info.georeference().footprint());
    }
}
