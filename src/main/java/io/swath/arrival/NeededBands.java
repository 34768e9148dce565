package io.swath.arrival;

import io.swath.formats.Product;
import io.swath.model.Recipe;
import io.swath.model.Recipe.BandChoices;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBands;
import io.swath.untrusted.stac.ItemException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bands of a scene that its recipes read, which decide what must be there. Planning chooses the bands by the same code
 * ({@link ItemBands}). Immutable.
 *
 * @param recipes what each recipe can read; empty for all bands
 */
public record NeededBands(Optional<List<BandChoices>> recipes) {
    private static final Logger log = LoggerFactory.getLogger(NeededBands.class);

    /** Every band. */
    public static final NeededBands ALL = new NeededBands(Optional.empty());
    /** No band: for an accepted scene, of which only what was taken is there. */
    public static final NeededBands NONE = new NeededBands(Optional.of(List.of()));

    public NeededBands {
        recipes = recipes.map(List::copyOf);
    }

    public static NeededBands of(Recipe recipe) {
        return of(List.of(recipe));
    }

    /** What any of these recipes needs. */
    public static NeededBands of(Collection<Recipe> recipes) {
        return new NeededBands(
                Optional.of(recipes.stream().map(Recipe::bandChoices).toList()));
    }

    /** The bands to look for in a product: of each recipe the first list that the product has, or else its preferred one. */
    List<BandSelector> of(Product product) {
        return recipes.orElse(List.of()).stream()
                .map(choices ->
                        choices.firstOf(product::has).orElse(choices.lists().get(0)))
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    /**
     * The assets whose files must be there. All of them when the bands cannot be found yet: because the bands of a file that
     * is not there must be counted, or because the Item does not have them, which planning says better.
     *
     * @param count the number of bands in an asset's file; 0 when the file cannot be read yet
     */
    List<Asset> assets(Item item, ToIntFunction<Asset> count) {
        if (recipes.isEmpty()) {
            return item.rasters();
        }
        boolean[] unknown = {false};
        ToIntFunction<Asset> counted = asset -> {
            int found = count.applyAsInt(asset);
            unknown[0] |= found == 0;
            return found;
        };
        ItemBands bands = new ItemBands(item, counted);
        Set<Asset> needed = new LinkedHashSet<>();
        int fitting = 0;
        for (BandChoices choices : recipes.get()) {
            try {
                bands.choose(bands.firstOf(choices)).forEach(choice -> needed.add(choice.asset()));
                fitting++;
            } catch (ItemException notThere) {
                log.debug("a recipe finds not all its bands in an Item; planning rejects the scene", notThere);
            }
        }
        boolean known = !unknown[0] && (fitting > 0 || recipes.get().isEmpty());
        return known ? List.copyOf(needed) : item.rasters();
    }
}
