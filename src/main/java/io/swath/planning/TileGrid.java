package io.swath.planning;

import io.swath.model.ProductBlocks;
import io.swath.model.Tile;
import io.swath.model.Window;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * How a scene is cut into tiles: a pure function of its size, its blocks, the tile size and the overlap. The same scene
 * always has the same tiles.
 *
 * <p>Cores partition the scene exactly. Their sizes are as equal as possible. No core is smaller than a quarter of its
 * neighbours: a smaller rest is added to the last tile. A core's side is at most 1.375 times the tile size.
 *
 * <p>For tile sizes of 512 and more, borders are multiples of 512 * 2^K pixels, whatever the scene's blocks are. K is the
 * largest number for which tiles are between 75 % and 110 % of the tile size (2 for 2048, 3 for 4096, 0 for 1500), otherwise 0.
 * The assembly copies the blocks of such tiles, and those of their first K overviews, which are 512 x 512 pixels. Blocks of
 * 64, 128, 256 or 512 pixels, and of 1024 for tiles of 2048, still belong to one tile each, apart from the overlap. A block of
 * another size that lies on a border is decoded for both tiles: with square blocks of B pixels and tiles of T, up to
 * (1 + B / T)^2 times as many pixels are decoded as the scene has.
 *
 * <p>For smaller tiles, borders are those of the scene's blocks, and the assembly decodes and encodes all pixels.
 *
 * <p>Immutable. A tile is computed when it is asked for, so that a scene of a million tiles uses no memory.
 */
public final class TileGrid {
    /** The step, in pixels, where blocks cannot give a step: for example, strips have the width of the whole scene. */
    private static final int STEP = 256;
    /** Tiles between borders that suit the product's overviews may be this small, in percent of the tile size. */
    private static final int SMALLEST_PERCENT = 75;

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

        private static int step(int length, int block, int tileSize) {
            return tileSize < ProductBlocks.SIDE ? sceneStep(length, block, tileSize) : productStep(tileSize);
        }

        private static int productStep(int tileSize) {
            int step = ProductBlocks.SIDE;
            for (int larger = step;
                    (long) larger * 100 <= (long) tileSize * ProductBlocks.LARGEST_TILE_PERCENT;
                    larger *= 2) {
                if ((long) nominal(larger, tileSize) * 100 >= (long) tileSize * SMALLEST_PERCENT) {
                    step = larger;
                }
            }
            return step;
        }

        /** A block, or an integer fraction of a block that is larger than a tile. */
        private static int sceneStep(int length, int block, int tileSize) {
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
            boolean near = (long) most * step * 100 <= (long) tileSize * ProductBlocks.LARGEST_TILE_PERCENT;
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
