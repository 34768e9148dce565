package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * Reads the header of a JPEG 2000 file or codestream, and checks that all its tile-parts are within the file; with bounds on
 * every number. Formats: ISO/IEC 15444-1 (<a href="https://www.itu.int/rec/T-REC-T.800">ITU-T T.800</a>), annexes A and I.
 */
public final class Jp2HeaderReader {
    /** The driver that opens such files; others of GDAL may not be free, or not be there. */
    static final String DRIVER = "JP2OpenJPEG";

    private static final byte[] FILE = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    private static final byte[] CODESTREAM = {(byte) 0xFF, 0x4F, (byte) 0xFF, 0x51};
    private static final int START_OF_TILE_PART = 0xFF90;
    private static final int END = 0xFFD9;
    private static final int MOST_BOXES = 1000;
    private static final int MOST_SEGMENTS = 20_000;
    private static final int MOST_TILE_PARTS = 200_000;
    /** Whatever a tile's size, OpenJPEG decodes the part of it that is asked for. */
    private static final int LARGEST_BLOCK = 1024;

    private final Path file;
    private final TiffBytes bytes;

    private Jp2HeaderReader(Path file, TiffBytes bytes) {
        this.file = file;
        this.bytes = bytes;
        bytes.order(ByteOrder.BIG_ENDIAN);
    }

    /** Whether the file begins as JPEG 2000 does. */
    static boolean recognises(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            TiffBytes bytes = new TiffBytes(file, channel);
            return bytes.size() >= FILE.length
                    && isJpeg2000(bytes.at(0, FILE.length).array());
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    private static boolean isJpeg2000(byte[] start) {
        return Arrays.equals(start, FILE) || Arrays.equals(Arrays.copyOf(start, CODESTREAM.length), CODESTREAM);
    }

    /**
     * Reads the header, never a pixel. Its blocks are those that GDAL reads at once.
     *
     * @throws BadSceneException when the file is incomplete, or claims sizes beyond Swath's limits
     * @throws SceneUnavailableException when the file cannot be read now
     */
    static TiffHeader read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Jp2HeaderReader(file, new TiffBytes(file, channel)).read();
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    /** As {@link #read(Path)}, from a channel that the caller has opened and closes. */
    public static TiffHeader read(Path file, SeekableByteChannel channel) throws IOException {
        return new Jp2HeaderReader(file, new TiffBytes(file, channel)).read();
    }

    private TiffHeader read() throws IOException {
        long start = codestream();
        ByteBuffer size = bytes.at(start, 42);
        if (size.getInt() != ByteBuffer.wrap(CODESTREAM).getInt()) {
            throw damaged("its codestream does not begin with its size");
        }
        size.position(8);
        long right = unsigned(size);
        long bottom = unsigned(size);
        int width = between("width", right - unsigned(size), TiffHeaderReader.LONGEST_SIDE);
        int height = between("height", bottom - unsigned(size), TiffHeaderReader.LONGEST_SIDE);
        int tileWidth = (int) Math.min(Math.max(1, unsigned(size)), width);
        int tileHeight = (int) Math.min(Math.max(1, unsigned(size)), height);
        int bands = between("number of bands", Short.toUnsignedInt(size.getShort(40)), TiffHeaderReader.MOST_BANDS);
        int bits = bits(start + 42, bands);
        checkTileParts(start + 4);
        int blockWidth = Math.min(tileWidth, LARGEST_BLOCK);
        int blockHeight = Math.min(tileHeight, LARGEST_BLOCK);
        EmptyBlocks none =
                new EmptyBlocks(blockWidth, blockHeight, (width + blockWidth - 1) / blockWidth, new BitSet());
        return new TiffHeader(
                width,
                height,
                bands,
                bits,
                blockWidth,
                blockHeight,
                true,
                true,
                false,
                false,
                Optional.empty(),
                0,
                none);
    }

    /** Where the codestream begins: at once, or in the first box of its kind. */
    private long codestream() throws IOException {
        if (!Arrays.equals(bytes.at(0, FILE.length).array(), FILE)) {
            return 0;
        }
        long at = 0;
        for (int box = 0; box < MOST_BOXES; box++) {
            ByteBuffer head = bytes.at(at, 8);
            long length = unsigned(head);
            byte[] type = new byte[4];
            head.get(type);
            boolean large = length == 1;
            if (Arrays.equals(type, "jp2c".getBytes(StandardCharsets.US_ASCII))) {
                return at + (large ? 16 : 8);
            }
            length = large ? bytes.at(at + 8, 8).getLong() : length;
            if (length < 8) {
                throw damaged("a box in its header has " + length + " bytes, and no box with pixels follows");
            }
            at = Math.addExact(at, Math.min(length, Long.MAX_VALUE / 2));
        }
        throw damaged("its header has more than " + MOST_BOXES + " boxes");
    }

    private int bits(long at, int bands) throws IOException {
        ByteBuffer components = bytes.at(at, 3 * bands);
        for (int band = 0; band < bands; band++) {
            if (components.get(3 * band) != components.get(0)
                    || components.get(3 * band + 1) != 1
                    || components.get(3 * band + 2) != 1) {
                throw new BadSceneException(
                        file,
                        "bands-are-of-one-type",
                        "its bands differ in their type of pixel or in their size",
                        "Write them all with the same type and size: gdal_translate -ot.");
            }
        }
        return (components.get(0) & 0x7F) + 1;
    }

    /** Follows the main header to the first tile-part, then the tile-parts by their lengths to the end. */
    private void checkTileParts(long firstSegment) throws IOException {
        long at = firstSegment - 2;
        int segments = 0;
        for (at = firstSegment - 2; marker(at) != START_OF_TILE_PART; segments++) {
            int length = Short.toUnsignedInt(bytes.at(at + 2, 2).getShort());
            if (segments == MOST_SEGMENTS || length < 2) {
                throw damaged("its header has no end");
            }
            at += 2L + length;
        }
        for (int parts = 0; at < bytes.size() && marker(at) == START_OF_TILE_PART; parts++) {
            long length = unsigned(bytes.at(at + 6, 4));
            if (parts == MOST_TILE_PARTS) {
                throw damaged("it has more than " + MOST_TILE_PARTS + " tile-parts");
            }
            if (length == 0) {
                return; // the last tile-part reaches to the end of the codestream
            }
            if (length < 12) {
                throw damaged("tile-part " + parts + " has " + length + " bytes");
            }
            if (at + length > bytes.size()) {
                throw new BadSceneException(
                        file,
                        "file-is-complete",
                        "tile-part " + parts + " of its pixels ends at byte " + (at + length) + ", and the file has "
                                + bytes.size(),
                        "It was cut off during the transfer: send it again.");
            }
            at += length;
        }
        if (at < bytes.size() && marker(at) != END) {
            throw damaged("neither a further tile-part nor the end follows at byte " + at);
        }
    }

    private int marker(long at) throws IOException {
        return Short.toUnsignedInt(bytes.at(at, 2).getShort());
    }

    private static long unsigned(ByteBuffer at) {
        return Integer.toUnsignedLong(at.getInt());
    }

    private int between(String name, long value, int most) {
        if (value < 1 || value > most) {
            throw new BadSceneException(
                    file,
                    "size-is-sane",
                    "its header gives it a " + name + " of " + value,
                    "Swath takes 1 to " + most + ": cut the scene up, or make the file again.");
        }
        return (int) value;
    }

    private BadSceneException damaged(String what) {
        return TiffDirectory.damaged(file, what);
    }
}
