package io.swath.planning;

import io.swath.model.Window;
import java.util.function.Predicate;

/**
 * What a look into a scene found.
 *
 * @param info to be kept
 * @param empty tells of a window whether the header alone shows that no band has a pixel in it; false when in doubt
 */
public record Inspection(SceneInfo info, Predicate<Window> empty) {}
