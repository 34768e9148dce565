package io.swath.job;

import io.swath.model.ProductBlocks;
import io.swath.model.Recipe;

/**
 * What the product needs of the last step's tiles, so that the assembly can copy their blocks: {@code SWATH_PROFILE} of the
 * tile's job, which {@code swath_tile.py} reads. Stateless.
 */
final class ProductProfile {
    private ProductProfile() {}

    /**
     * Compression, resampling and the most overviews that a tile has inside, and the nodata of an output that has none, if the
     * recipe says one. A tile of the size {@code 512 * 2^n} has {@code n} overviews of whole blocks.
     */
    static String of(Recipe recipe) {
        long largest = (long) recipe.tiling().size().most() * ProductBlocks.LARGEST_TILE_PERCENT / 100;
        int levels = 0;
        while ((long) ProductBlocks.SIDE << (levels + 1) <= largest) {
            levels++;
        }
        String nodata = recipe.output().map(output -> " " + output.nodata()).orElse("");
        return recipe.assemble().compress() + " " + recipe.assemble().resampling() + " " + levels + nodata;
    }
}
