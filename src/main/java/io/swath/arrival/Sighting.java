package io.swath.arrival;

import io.swath.wire.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What some files looked like at one look.
 *
 * @param text another when any of them was changed, replaced or is still growing
 */
record Sighting(String text) {
    static Sighting of(List<Path> files) throws IOException {
        StringBuilder looks = new StringBuilder();
        for (Path file : files) {
            looks.append(file).append('\0').append(EntryCheck.look(file)).append('\0');
        }
        return new Sighting(Texts.digest(looks.toString()));
    }
}
