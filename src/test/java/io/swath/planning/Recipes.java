package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Recipe.Accepts;
import io.swath.model.Recipe.Assemble;
import io.swath.model.Recipe.BandSelector;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** Recipes that differ in nothing but what planning looks at. */
final class Recipes {
    private Recipes() {}

    static Recipe named(String... bands) {
        return with(Stream.of(bands).map(band -> new BandSelector(band, 0)).toList(), 32);
    }

    static Recipe numbered(Integer... bands) {
        return with(Stream.of(bands).map(band -> new BandSelector("", band)).toList(), 32);
    }

    static Recipe with(List<BandSelector> bands, int tileSize) {
        return with(bands, tileSize, false);
    }

    /** A recipe that needs scenes on a map. */
    static Recipe onMap(String... bands) {
        return with(Stream.of(bands).map(band -> new BandSelector(band, 0)).toList(), 32, true);
    }

    private static Recipe with(List<BandSelector> bands, int tileSize, boolean needsMap) {
        return new Recipe(
                "test",
                Path.of("/nowhere"),
                "00",
                "",
                bands,
                tileSize,
                0,
                true,
                List.of(),
                Optional.empty(),
                new Assemble(true, "DEFLATE", "AVERAGE"),
                3,
                new Accepts(List.of(), List.of(), OptionalDouble.empty(), needsMap),
                Optional.empty());
    }
}
