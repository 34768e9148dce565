package io.swath.planning;

import io.swath.model.Tile;
import io.swath.model.Window;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * How a scene is cut into tiles: a pure function of its size, its blocks, the tile size and the overlap. The same scene
 * always has the same tiles.
 *
 * <p>Cores partition the scene exactly. Their borders are borders of blocks: apart from the overlap, no block is decoded
 * for two tiles. Their sizes are as equal as possible. No core is smaller than a quarter of its neighbours: a smaller rest
 * is added to the last tile. A core's side is at most 1.375 times the tile size.
 *
 * <p>Immutable. A tile is computed when it is asked for, so that a scene of a million tiles uses no memory.
 */
public final class TileGrid {
    /** A tile of whole blocks may be this large, in percent of the tile size. */
    private static final int LARGEST_PERCENT = 110;
    /** The step, in pixels, where blocks cannot give a step: for example, strips have the width of the whole scene. */
    private static final int STEP = 256;

    private final int width;
    private final int height;
    private final int overlap;
    private final Axis across;
    private final Axis down;

    private TileGrid(int width, int height, int overlap, Axis across, Axis down) {
        this.width = width;
        this.height = height;
        this.overlap = overlap;
        this.across = across;
        this.down = down;
    }

    /**
     * Makes a grid; all sizes are in pixels.
     *
     * @throws IllegalArgumentException for a size below 1, a negative overlap, or more tiles than an int counts
     */
    public static TileGrid of(int width, int height, int blockWidth, int blockHeight, int tileSize, int overlap) {
        if (width < 1 || height < 1 || blockWidth < 1 || blockHeight < 1 || tileSize < 1 || overlap < 0) {
            throw new IllegalArgumentException("no grid: " + width + "x" + height + " in blocks of " + blockWidth + "x"
                    + blockHeight + ", tiles of " + tileSize + ", overlap " + overlap);
        }
        Axis across = Axis.of(width, blockWidth, tileSize);
        Axis down = Axis.of(height, blockHeight, tileSize);
        if ((long) across.tiles() * down.tiles() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("too many tiles of " + tileSize + " in " + width + "x" + height);
        }
        return new TileGrid(width, height, overlap, across, down);
    }

    public int columns() {
        return across.tiles();
    }

    public int rows() {
        return down.tiles();
    }

    public int size() {
        return columns() * rows();
    }

    /** The tile with that index. Indexes begin with 0 and go row by row from the upper left. */
    public Tile tile(int index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("no tile " + index + " of " + size());
        }
        int column = index % columns();
        int row = index / columns();
        int x = across.edge(column);
        int y = down.edge(row);
        Window core = new Window(x, y, across.edge(column + 1) - x, down.edge(row + 1) - y);
        return new Tile(index, core, core.grownWithin(overlap, width, height));
    }

    /** All tiles in order. Each is computed when it is asked for. */
    public List<Tile> tiles() {
        return new Tiles();
    }

    private final class Tiles extends AbstractList<Tile> implements RandomAccess {
        @Override
        public Tile get(int index) {
            return tile(index);
        }

        @Override
        public int size() {
            return TileGrid.this.size();
        }
    }

    /** One axis: {@code steps} whole steps are shared among {@code tiles}, larger shares first; the last gets the rest. */
    private record Axis(int length, int step, int steps, int tiles) {
        static Axis of(int length, int block, int tileSize) {
            int step = step(length, block, tileSize);
            int nominal = nominal(step, tileSize);
            int whole = length / nominal;
            int rest = length % nominal;
            boolean sliver = (long) rest * 4 < nominal;
            int tiles = Math.max(1, whole > 0 && sliver ? whole : whole + 1);
            // The last, partial step counts as a step only if it is large enough for a tile.
            boolean partial = (long) (length % step) * 4 >= nominal;
            return new Axis(length, step, Math.max(1, length / step + (partial ? 1 : 0)), tiles);
        }

        /** A block, or an integer fraction of a block that is larger than a tile. */
        private static int step(int length, int block, int tileSize) {
            if (block <= tileSize && block < length) {
                return block;
            }
            int plain = tileSize >= STEP ? STEP : tileSize;
            if (block >= length) {
                return plain;
            }
            for (int parts = 2; block / parts >= Math.max(1, tileSize / 4); parts++) {
                if (block % parts == 0 && block / parts <= tileSize) {
                    return block / parts;
                }
            }
            return plain;
        }

        private static int nominal(int step, int tileSize) {
            int most = (tileSize + step - 1) / step;
            boolean near = (long) most * step * 100 <= (long) tileSize * LARGEST_PERCENT;
            return (near ? most : Math.max(1, tileSize / step)) * step;
        }

        int edge(int tile) {
            if (tile == tiles) {
                return length;
            }
            int larger = steps % tiles;
            return (tile * (steps / tiles) + Math.min(tile, larger)) * step;
        }
    }
}
