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
        rejectMissingEntries(offsetTag, lengthTag, blocks);
        BitSet written = new BitSet((int) plane);
        long end = 0;
        long beyond = 0;
        for (long from = 0; from < blocks; from += ENTRIES_AT_ONCE) {
            int length = (int) Math.min(ENTRIES_AT_ONCE, blocks - from);
            long[] offsets = tags.numbers(offsetTag, from, length);
            long[] lengths = tags.numbers(lengthTag, from, length);
            for (int index = 0; index < length; index++) {
                if (lengths[index] != 0) {
                    long block = from + index;
                    long needed = rowBytes == 0 ? lengths[index] : rowBytes * layout.rows(block);
                    long last = end(block, offsets[index], needed);
                    beyond += Long.compareUnsigned(last, fileSize) > 0 ? 1 : 0;
                    end = Long.compareUnsigned(last, end) > 0 ? last : end;
                    written.set((int) (block % plane));
                }
            }
        }
        if (beyond > 0) {
            throw new BadSceneException(
                    file,
                    BadSceneException.INCOMPLETE,
                    "its header says that it has " + Long.toUnsignedString(end) + " bytes, and it has " + fileSize
                            + ": " + beyond + " of the " + blocks + " blocks of its pixels are missing",
                    "It was cut off or damaged during the transfer: send it again.");
        }
        written.flip(0, (int) plane);
        return new EmptyBlocks(layout.blockWidth(), layout.blockHeight(), layout.across(), written);
    }

    private void rejectMissingEntries(int offsetTag, int lengthTag, long blocks) {
        long listed = Math.min(
                tags.entry(offsetTag).orElseThrow().count(),
                tags.entry(lengthTag).orElseThrow().count());
        if (listed >= 0 && listed < blocks) {
            throw new BadSceneException(
                    file,
                    "header-makes-sense",
                    "its pixels are in " + blocks + " blocks, and its header says of only " + listed
                            + " where they are: the others are missing",
                    "The program that wrote the file stopped early, or the file is damaged: make it again, or send it"
                            + " again.");
        }
    }

    /** The byte at which a block ends, as an unsigned number: it may be any number where the header is damaged. */
    private long end(long block, long offset, long length) {
        if (offset >= 0 && offset < 8) {
            throw TiffDirectory.damaged(file, "block " + block + " of its pixels overlaps its header");
        }
        boolean impossible = offset < 0 || length < 0 || length > Long.MAX_VALUE - offset;
        return impossible ? -1 : offset + length;
    }
}
