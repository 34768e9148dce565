package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/** Reads a TIFF's first directory, with bounds on every number and on the memory used. */
public final class TiffHeaderReader {
    static final int MOST_IMAGES = 64;
    static final int LONGEST_SIDE = 1_000_000;
    static final int MOST_BANDS = 4096;
    static final long LARGEST_BLOCK = 256L << 20;

    /** The largest float64, with its digits written out, has 310 characters. */
    private static final int LONGEST_NODATA = 1024;

    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS_PER_SAMPLE = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int SAMPLES_PER_PIXEL = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int PLANAR = 284;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int SAMPLE_FORMAT = 339;
    private static final int GDAL_NODATA = 42113;
    private static final int OLD_JPEG = 6;
    private static final int NOT_COMPRESSED = 1;
    /** GeoTIFF 1.1, clause 7 (<a href="https://docs.ogc.org/is/19-008r4/19-008r4.html">OGC 19-008r4</a>). */
    private static final int MODEL_PIXEL_SCALE = 33550;

    private static final int MODEL_TIE_POINTS = 33922;
    private static final int MODEL_TRANSFORMATION = 34264;
    private static final int GEO_KEYS = 34735;
    /** <a href="http://geotiff.maptools.org/rpc_prop.html">RPCs in GeoTIFF</a>. */
    private static final int RPC_COEFFICIENTS = 50844;

    private final Path file;

    private TiffHeaderReader(Path file) {
        this.file = file;
    }

    /**
     * Reads the header, never a pixel. This takes about 0.1 ms, and memory of a few kilobytes and one bit per block,
     * whatever sizes the header says.
     *
     * @throws BadSceneException when the file is no TIFF, is incomplete, or claims sizes beyond Swath's limits
     * @throws SceneUnavailableException when the file cannot be read now
     */
    public static TiffHeader read(Path file) {
        return new TiffHeaderReader(file).read();
    }

    /** As {@link #read(Path)}, from a channel that the caller has opened and closes. */
    public static TiffHeader read(Path file, SeekableByteChannel channel) throws IOException {
        return new TiffHeaderReader(file).read(new TiffBytes(file, channel));
    }

    private TiffHeader read() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(new TiffBytes(file, channel));
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    private TiffHeader read(TiffBytes bytes) throws IOException {
        TiffSignature.check(file, bytes);
        ByteBuffer start = bytes.at(0, 8);
        bytes.order(start.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        boolean big = bytes.at(2, 2).getShort() == 43;
        long first = big
                ? bytes.at(8, 8).getLong()
                : Integer.toUnsignedLong(bytes.at(4, 4).getInt());
        if (first == 0) {
            throw new BadSceneException(
                    file,
                    BadSceneException.INCOMPLETE,
                    "its header does not yet say where the description of its pixels is",
                    "The program that writes it has not ended, or has failed: make it again, or send it again.");
        }
        TiffDirectory tags = new TiffDirectory(file, bytes, big, first);
        int width = between("width", tags.number(WIDTH, 0), 1, LONGEST_SIDE);
        int height = between("height", tags.number(HEIGHT, 0), 1, LONGEST_SIDE);
        long samples = tags.number(SAMPLES_PER_PIXEL, 1);
        rejectImpossibleBands(samples, width, height, bytes.size());
        int bands = between("number of bands", samples, 1, MOST_BANDS);
        int bits = sameForAllBands(tags, BITS_PER_SAMPLE, bands, 1);
        sameForAllBands(tags, SAMPLE_FORMAT, bands, 1);
        between("number of bits a sample", bits, 1, 128);
        int compression = (int) tags.number(COMPRESSION, 1);
        if (compression == OLD_JPEG) {
            throw new BadSceneException(
                    file,
                    "compression-is-known",
                    "it is compressed with old-style JPEG, which current programs cannot read",
                    "Convert it with a current GDAL: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE in.tif out.tif");
        }
        boolean separate = bands > 1 && tags.number(PLANAR, 1) == 2;
        boolean tiled = tags.has(TILE_WIDTH);
        int blockWidth = tiled ? between("width of a block", tags.number(TILE_WIDTH, 0), 1, LONGEST_SIDE) : width;
        int blockHeight = tiled
                ? between("height of a block", tags.number(TILE_HEIGHT, 0), 1, LONGEST_SIDE)
                : between("height of a strip", Math.min(tags.number(ROWS_PER_STRIP, height), height), 1, height);
        long rowBytes = ((long) blockWidth * bits * (separate ? 1 : bands) + 7) / 8;
        if (tiled || compression != NOT_COMPRESSED) { // other strips GDAL reads in rows: see GeoTiff
            rejectLargeBlocks(file, blockWidth, blockHeight, rowBytes * blockHeight);
        }
        TiffBlocks blocks = new TiffBlocks(file, tags, bytes.size());
        boolean plain = compression == NOT_COMPRESSED && tags.number(PHOTOMETRIC, 1) != 6;
        EmptyBlocks empty = blocks.check(
                new TiffBlocks.Layout(width, height, blockWidth, blockHeight, separate ? bands : 1, tiled),
                plain ? rowBytes : 0);
        return new TiffHeader(
                width,
                height,
                bands,
                bits,
                blockWidth,
                blockHeight,
                tiled,
                compression != NOT_COMPRESSED,
                isPlaced(tags),
                tags.has(GEO_KEYS) || tags.has(RPC_COEFFICIENTS),
                tags.text(GDAL_NODATA, LONGEST_NODATA),
                countFurtherImages(bytes, big, first, tags.next()),
                empty);
    }

    private int between(String name, long value, int least, int most) {
        if (value < least || value > most) {
            throw new BadSceneException(
                    file,
                    "size-is-sane",
                    "its header gives it a " + name + " of " + Long.toUnsignedString(value),
                    "Swath takes " + least + " to " + most + ": cut the scene up, or make the file again.");
        }
        return (int) value;
    }

    /** The tag's value, which must be the same for every band: a raster has one type of pixel. */
    private int sameForAllBands(TiffDirectory tags, int tag, int bands, int fallback) throws IOException {
        if (!tags.has(tag)) {
            return fallback;
        }
        int count = (int) Math.min(bands, tags.entry(tag).orElseThrow().count());
        long[] values = tags.numbers(tag, 0, Math.max(1, count));
        for (long value : values) {
            if (value != values[0]) {
                throw new BadSceneException(
                        file,
                        "bands-are-of-one-type",
                        "its bands have different types of pixel (tag " + tag + " is " + values[0] + " and " + value
                                + ")",
                        "Write them all with the same type: gdal_translate -ot.");
            }
        }
        return (int) Math.min(Integer.MAX_VALUE, values[0]);
    }

    private static boolean isPlaced(TiffDirectory tags) {
        boolean tied = tags.has(MODEL_TIE_POINTS);
        boolean severalPoints =
                tied && tags.entry(MODEL_TIE_POINTS).orElseThrow().count() > 6;
        return tags.has(MODEL_TRANSFORMATION)
                || (tied && tags.has(MODEL_PIXEL_SCALE))
                || severalPoints
                || tags.has(RPC_COEFFICIENTS);
    }

    /** Each band of each pixel needs room in the file, unless blocks were left out; a real file has a byte for each band. */
    private void rejectImpossibleBands(long bands, int width, int height, long fileBytes) {
        if (Long.compareUnsigned(bands, MOST_BANDS) > 0 && Long.compareUnsigned(bands, fileBytes) > 0) {
            throw new BadSceneException(
                    file,
                    "size-is-sane",
                    "its header says that it has an image of " + width + " x " + height + " pixels with "
                            + Long.toUnsignedString(bands) + " bands, and the whole file has " + fileBytes + " bytes",
                    "The file is damaged, or it is no satellite image: make it again, or send it again.");
        }
    }

    /** @throws BadSceneException when a reader would need too much memory for one block */
    static void rejectLargeBlocks(Path file, int blockWidth, int blockHeight, long blockBytes) {
        if (blockBytes > LARGEST_BLOCK) {
            throw new BadSceneException(
                    file,
                    "blocks-are-small",
                    "one of its blocks of " + blockWidth + " x " + blockHeight + " pixels takes " + (blockBytes >> 20)
                            + " MiB of memory",
                    "Swath takes up to " + (LARGEST_BLOCK >> 20)
                            + " MiB: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE in.tif out.tif");
        }
    }

    private int countFurtherImages(TiffBytes bytes, boolean big, long first, long second) throws IOException {
        Set<Long> seen = new HashSet<>(Set.of(first));
        long at = second;
        while (at != 0 && seen.size() <= MOST_IMAGES && seen.add(at)) {
            try {
                at = new TiffDirectory(file, bytes, big, at).next();
            } catch (BadSceneException damaged) {
                // Only the first image is processed: damage in the others does no harm.
                return seen.size() - 2;
            }
        }
        return seen.size() - 1;
    }
}
