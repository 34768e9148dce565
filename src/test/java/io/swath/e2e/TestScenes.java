package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes scenes, and checks products against the whole scene computed at once by src/test/scripts/scene.py. */
final class TestScenes {
    private TestScenes() {}

    /** Four bands (blue, green, red, nir) of noise; another seed makes another scene. */
    static Path make(Path file, int width, int height, int seed) {
        script("make", file, width, height, seed);
        return file;
    }

    /** One band without any pixels stored. */
    static Path blank(Path file, int width, int height) {
        script("blank", file, width, height);
        return file;
    }

    /** The same scene as a file a band, and an {@code item.json} that names them; returns the folder. */
    static Path split(Path scene, Path folder) throws IOException {
        script("split", scene, Files.createDirectories(folder));
        return folder;
    }

    /** Fails unless every pixel is what the recipe {@code formula} makes of the scene. */
    static void check(String formula, Path scene, Path product) {
        script(formula, scene, product);
    }

    /** As {@link #make}, many at once: {@code 1.tif}, {@code 2.tif} and so on. */
    static void many(Path folder, int width, int height, int count) {
        script("many", folder, width, height, count);
    }

    /** As {@link #check}: the formula, and then scene and product in turns. */
    static void checkAll(List<String> formulaAndFiles) {
        script(formulaAndFiles.toArray());
    }

    private static void script(Object... arguments) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "src/test/scripts/scene.py"));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        Subprocess.run(Duration.ofMinutes(3), command).orFail();
    }
}
