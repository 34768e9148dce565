package io.swath.untrusted.raster;

import io.swath.model.Window;
import java.util.BitSet;
import java.util.function.Predicate;

/**
 * The blocks of a raster that were never written, in any band. Tests whether a window is empty. Uses one bit of memory
 * per block.
 *
 * <p>Immutable.
 */
public final class EmptyBlocks implements Predicate<Window> {
    private final int blockWidth;
    private final int blockHeight;
    private final int across;
    private final BitSet empty;

    EmptyBlocks(int blockWidth, int blockHeight, int across, BitSet empty) {
        this.blockWidth = blockWidth;
        this.blockHeight = blockHeight;
        this.across = across;
        this.empty = empty;
    }

    /** True when every block that the window touches is empty. */
    @Override
    public boolean test(Window window) {
        int left = window.x() / blockWidth;
        int right = (window.x() + window.width() - 1) / blockWidth;
        int top = window.y() / blockHeight;
        int bottom = (window.y() + window.height() - 1) / blockHeight;
        for (int row = top; row <= bottom; row++) {
            int first = row * across + left;
            if (empty.nextClearBit(first) <= row * across + right) {
                return false;
            }
        }
        return true;
    }

    /** How many blocks are empty. */
    public int count() {
        return empty.cardinality();
    }
}
