package io.swath.model;

import java.util.Optional;

/**
 * How a recipe cuts a scene into tiles. Immutable.
 *
 * @param size side of a tile
 * @param overlap pixels that a tile reads beyond its core on each side
 * @param skipEmpty whether a tile is skipped if the scene's header shows that it holds no pixels
 * @param perTask how many tiles one array task makes, one after the other; empty: as many as the settings say
 */
public record Tiling(TileSize size, int overlap, boolean skipEmpty, Optional<TilesPerTask> perTask) {
    /** A recipe that does not say how many tiles a task makes. */
    public Tiling(TileSize size, int overlap, boolean skipEmpty) {
        this(size, overlap, skipEmpty, Optional.empty());
    }

    /** Tiles of one side, without overlap. */
    public static Tiling of(int side) {
        return new Tiling(TileSize.of(side), 0, true);
    }
}
