package io.swath.planning;

import io.swath.model.Scene;
import java.io.IOException;
import java.nio.file.Path;

/** Whether the files in a scene's folder have the content that was accepted. */
@FunctionalInterface
public interface ContentCheck {
    boolean matches(Path folder, Scene scene) throws IOException;
}
