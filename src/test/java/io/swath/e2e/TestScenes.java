package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes scenes, and checks products with src/test/scripts/scene.py, which computes the whole scene at once. */
final class TestScenes {
    private TestScenes() {}

    /** Makes a scene of four bands (blue, green, red, nir) with random pixels, which depend on the seed. */
    static Path make(Path file, int width, int height, int seed) {
        script("make", file, width, height, seed);
        return file;
    }

    /** Makes a scene of four bands (blue, green, red, nir) with patches of six kinds of ground. */
    static Path ground(Path file, int width, int height) {
        script("ground", file, width, height);
        return file;
    }

    /** Makes a scene of one band in which no pixels are stored. */
    static Path blank(Path file, int width, int height) {
        script("blank", file, width, height);
        return file;
    }

    /** Writes the scene as one file for each band, with an {@code item.json} that names them. Returns the folder. */
    static Path split(Path scene, Path folder) throws IOException {
        script("split", scene, Files.createDirectories(folder));
        return folder;
    }

    /** Fails unless every pixel of the product is what the recipe {@code formula} computes from the scene. */
    static void check(String formula, Path scene, Path product) {
        script(formula, scene, product);
    }

    /** Like {@link #make}, but makes many scenes at once: {@code 1.tif}, {@code 2.tif} and so on. */
    static void many(Path folder, int width, int height, int count) {
        script("many", folder, width, height, count);
    }

    /** Like {@link #check} for many scenes: the formula, and then for each scene its file and its product. */
    static void checkAll(List<String> formulaAndFiles) {
        script(formulaAndFiles.toArray());
    }

    private static void script(Object... arguments) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "src/test/scripts/scene.py"));
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        Subprocess.run(Duration.ofMinutes(3), command).orFail();
    }
}
