package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import java.util.List;

/**
 * The tiles of a scene, and why they have this size. Immutable.
 *
 * @param side of a tile in pixels, before it is rounded to whole blocks
 * @param why for people: a sentence without its full stop
 */
public record SceneTiles(TileGrid grid, int side, String why) {
    /** With fewer, most cores of a small cluster would wait. */
    private static final int FEWEST_TILES = 4;

    /**
     * Cuts a scene as its recipe says: into tiles of one size, or of a size that is chosen for this scene.
     *
     * @param sizes chooses by what was learned; where nothing was learned, the tiles are as large as the recipe allows, unless
     *     these are too few to share out
     */
    public static SceneTiles of(SceneInfo scene, Recipe recipe, TileSizes sizes) {
        TileChoice choice = choice(scene, recipe, sizes);
        return new SceneTiles(scene.grid(recipe, choice.side()), choice.side(), choice.why());
    }

    private static TileChoice choice(SceneInfo scene, Recipe recipe, TileSizes sizes) {
        int least = recipe.tiling().size().least();
        int most = recipe.tiling().size().most();
        if (least == most) {
            return new TileChoice(most, "the recipe says so");
        }
        List<TileCut> possible = scene.cuts(recipe);
        return sizes.choose(recipe, possible).orElseGet(() -> {
            TileCut cut = possible.stream()
                    .filter(each -> each.tiles() >= FEWEST_TILES)
                    .findFirst()
                    .orElse(possible.get(possible.size() - 1));
            return new TileChoice(
                    cut.side(),
                    "of " + least + " to " + most + ", the largest with which the scene has " + FEWEST_TILES
                            + " tiles; no run has taught how long a tile takes");
        });
    }
}
