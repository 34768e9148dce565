package io.swath.model;

/**
 * The side of a recipe's tiles in pixels, before it is rounded to whole blocks. Larger tiles cost less start-up time; smaller
 * ones let more nodes work on a scene at once. Immutable.
 *
 * @param least the smallest side that may be chosen for a scene
 * @param most the largest
 */
public record TileSize(int least, int most) {
    /** The same side for every scene. */
    public static TileSize of(int side) {
        return new TileSize(side, side);
    }
}
