package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Recipe.Accepts;
import io.swath.model.Recipe.Assemble;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.TileSize;
import io.swath.model.Tiling;
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

    /** A recipe that joins several scenes. */
    static Recipe mosaic(String... bands) {
        return with(
                Stream.of(bands).map(band -> new BandSelector(band, 0)).toList(),
                32,
                new Accepts(List.of(Recipe.MOSAIC), List.of(), OptionalDouble.empty(), true));
    }

    /** A recipe that joins several scenes, and reads the first of these lists of bands that all of them have. */
    static Recipe mosaicChoosing(List<List<String>> lists) {
        return choosing(lists, List.of(Recipe.MOSAIC));
    }

    /** A recipe that reads the first of these lists of bands that a scene has. */
    static Recipe choosing(List<List<String>> lists) {
        return choosing(lists, List.of());
    }

    private static Recipe choosing(List<List<String>> lists, List<String> kinds) {
        List<List<BandSelector>> all = lists.stream()
                .map(list ->
                        list.stream().map(band -> new BandSelector(band, 0)).toList())
                .toList();
        return with(
                all.get(0),
                32,
                new Accepts(kinds, List.of(), OptionalDouble.empty(), false, all.subList(1, all.size())));
    }

    private static Recipe with(List<BandSelector> bands, int tileSize, boolean needsMap) {
        return with(bands, tileSize, new Accepts(List.of(), List.of(), OptionalDouble.empty(), needsMap));
    }

    /** Of the band red alone. */
    static Recipe ofSize(TileSize tileSize) {
        return with(
                List.of(new BandSelector("red", 0)),
                tileSize,
                new Accepts(List.of(), List.of(), OptionalDouble.empty(), false));
    }

    private static Recipe with(List<BandSelector> bands, int tileSize, Accepts accepts) {
        return with(bands, TileSize.of(tileSize), accepts);
    }

    private static Recipe with(List<BandSelector> bands, TileSize tileSize, Accepts accepts) {
        return new Recipe(
                "test",
                Path.of("/nowhere"),
                "00",
                "",
                bands,
                new Tiling(tileSize, 0, true),
                List.of(),
                Optional.empty(),
                new Assemble(true, "DEFLATE", "AVERAGE"),
                3,
                accepts,
                Optional.empty(),
                Recipe.Ortho.DEFAULT,
                Optional.empty());
    }
}
