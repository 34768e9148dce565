package io.swath.arrival;

import io.swath.model.Recipe;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBands;
import io.swath.untrusted.stac.ItemException;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * The bands of a scene that a recipe reads, which decide what of a STAC Item must be there. Planning chooses the bands by the
 * same code ({@link ItemBands}). Immutable.
 *
 * @param bands empty for all bands
 */
public record NeededBands(Optional<List<BandSelector>> bands) {
    /** Every band. */
    public static final NeededBands ALL = new NeededBands(Optional.empty());
    /** No band: for an accepted scene, of which only what was taken is there. */
    public static final NeededBands NONE = new NeededBands(Optional.of(List.of()));

    public NeededBands {
        bands = bands.map(List::copyOf);
    }

    public static NeededBands of(Recipe recipe) {
        return new NeededBands(Optional.of(recipe.bands()));
    }

    /**
     * The assets whose files must be there. All of them when the bands cannot be found yet: because the bands of a file that
     * is not there must be counted, or because the Item does not have them, which planning says better.
     *
     * @param count the number of bands in an asset's file; 0 when the file cannot be read yet
     */
    List<Asset> assets(Item item, ToIntFunction<Asset> count) {
        if (bands.isEmpty()) {
            return item.rasters();
        }
        boolean[] unknown = {false};
        ToIntFunction<Asset> counted = asset -> {
            int found = count.applyAsInt(asset);
            unknown[0] |= found == 0;
            return found;
        };
        try {
            List<Asset> needed = new ItemBands(item, counted)
                    .choose(bands.get()).stream()
                            .map(ItemBands.Choice::asset)
                            .distinct()
                            .toList();
            return unknown[0] ? item.rasters() : needed;
        } catch (ItemException notThere) {
            return item.rasters();
        }
    }
}
