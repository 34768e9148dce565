package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import java.util.List;
import java.util.Optional;

/** Chooses how large the tiles of a scene are, by what earlier runs have taught. */
@FunctionalInterface
public interface TileSizes {
    /** Chooses by nothing that was learned. */
    TileSizes NOTHING_LEARNED = (recipe, possible) -> Optional.empty();

    /**
     * Chooses one of the sizes that the recipe allows.
     *
     * @param possible the largest side first, at least one
     * @return empty if nothing is known by which a size could be chosen
     */
    Optional<TileChoice> choose(Recipe recipe, List<TileCut> possible);
}
