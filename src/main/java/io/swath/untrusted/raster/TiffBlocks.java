package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * Checks a TIFF's table of blocks. The table is read in pieces, so a table of millions of blocks needs one bit of
 * memory per block.
 *
 * <p>A block of length 0 was never written (GDAL's SPARSE_OK); it reads as nodata, or as 0.
 */
final class TiffBlocks {
    private static final int STRIP_OFFSETS = 273;
    private static final int STRIP_LENGTHS = 279;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_LENGTHS = 325;
    private static final int MOST_BLOCKS = 16_000_000;
    private static final int ENTRIES_AT_ONCE = 8192;

    private final Path file;
    private final TiffDirectory tags;
    private final long fileSize;

    TiffBlocks(Path file, TiffDirectory tags, long fileSize) {
        this.file = file;
        this.tags = tags;
        this.fileSize = fileSize;
    }

    /** @param planes how often the grid of blocks is repeated: once per band when bands are separate, else once */
    record Layout(int width, int height, int blockWidth, int blockHeight, int planes, boolean tiled) {
        int across() {
            return (width + blockWidth - 1) / blockWidth;
        }

        int down() {
            return (height + blockHeight - 1) / blockHeight;
        }

        /** Stored rows of a block. The last strip ends with the image; a tile always has full height. */
        int rows(long block) {
            int row = (int) (block % ((long) across() * down()) / across());
            return tiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
        }
    }

    /**
     * Checks that every block is within the file.
     *
     * @param rowBytes bytes of a row of a block if pixels are not compressed, else 0
     * @return the blocks that were written in no plane
     */
    EmptyBlocks check(Layout layout, long rowBytes) throws IOException {
        long plane = (long) layout.across() * layout.down();
        long blocks = plane * layout.planes();
        if (blocks > MOST_BLOCKS) {
            throw new BadSceneException(
                    file,
                    "blocks-are-few",
                    "it is cut into " + blocks + " blocks",
                    "Swath takes up to " + MOST_BLOCKS + ": write it with larger blocks, such as 512 x 512.");
        }
        int offsetTag = layout.tiled() && tags.has(TILE_OFFSETS) ? TILE_OFFSETS : STRIP_OFFSETS;
        int lengthTag = layout.tiled() && tags.has(TILE_LENGTHS) ? TILE_LENGTHS : STRIP_LENGTHS;
        if (!tags.has(offsetTag) || !tags.has(lengthTag)) {
            throw TiffDirectory.damaged(file, "its header does not say where its pixels are");
        }
        BitSet written = new BitSet((int) plane);
        for (long from = 0; from < blocks; from += ENTRIES_AT_ONCE) {
            int length = (int) Math.min(ENTRIES_AT_ONCE, blocks - from);
            long[] offsets = tags.numbers(offsetTag, from, length);
            long[] lengths = tags.numbers(lengthTag, from, length);
            for (int index = 0; index < length; index++) {
                if (lengths[index] != 0) {
                    long block = from + index;
                    long needed = rowBytes == 0 ? lengths[index] : rowBytes * layout.rows(block);
                    checkBlock(block, blocks, offsets[index], needed);
                    written.set((int) (block % plane));
                }
            }
        }
        written.flip(0, (int) plane);
        return new EmptyBlocks(layout.blockWidth(), layout.blockHeight(), layout.across(), written);
    }

    private void checkBlock(long block, long blocks, long offset, long length) {
        if (offset >= 0 && offset < 8) {
            throw TiffDirectory.damaged(file, "block " + block + " of its pixels overlaps its header");
        }
        if (offset < 0 || length < 0 || length > fileSize || offset > fileSize - length) {
            throw new BadSceneException(
                    file,
                    "file-is-complete",
                    "block " + block + " of " + blocks + " ends at byte " + Long.toUnsignedString(offset + length)
                            + ", and the file has " + fileSize,
                    "It was cut off or damaged during the transfer: send it again.");
        }
    }
}
