package io.swath.model;

/**
 * The blocks of a product, and the sizes of tiles that suit them. The scripts on the nodes have the side, too
 * ({@code swath_tiff.py}).
 */
public final class ProductBlocks {
    /** The side of a block in pixels. */
    public static final int SIDE = 512;
    /** A tile of whole blocks may be this large, in percent of the recipe's tile size. */
    public static final int LARGEST_TILE_PERCENT = 110;

    private ProductBlocks() {}
}
