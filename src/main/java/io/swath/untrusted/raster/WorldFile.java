package io.swath.untrusted.raster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A world file: six numbers on six lines, A, D, B, E, C and F, of which C and F are the centre of the upper left pixel (<a
 * href="https://en.wikipedia.org/wiki/World_file">description</a>).
 */
final class WorldFile {
    private static final int NUMBERS = 6;

    private WorldFile() {}

    /**
     * Reads the file.
     *
     * @return the six numbers of GDAL's geotransform, which begins at the corner of the upper left pixel
     * @throws BadSceneException when the file is no world file
     */
    static List<Double> read(Path file) {
        List<Double> numbers = new ArrayList<>();
        for (String word : CompanionText.read(file).strip().split("\\s+")) {
            numbers.add(CompanionText.number(file, word.replace(',', '.')));
            if (numbers.size() > NUMBERS) {
                break;
            }
        }
        if (numbers.size() != NUMBERS) {
            throw CompanionText.bad(file, "it does not hold six numbers", "Write the six numbers of a world file.");
        }
        double a = numbers.get(0);
        double d = numbers.get(1);
        double b = numbers.get(2);
        double e = numbers.get(3);
        return List.of(numbers.get(4) - (a + b) / 2, a, b, numbers.get(5) - (d + e) / 2, d, e);
    }
}
