package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Writes a TIFF of two 16 x 16 tiles a row, uncompressed, 8 bits; every tag can be made to lie. */
final class TinyTiff {
    static final int SHORT = 3;
    static final int LONG = 4;
    static final int LONG8 = 16;

    private final boolean big;
    private final ByteOrder order;
    private final Map<Integer, long[]> tags = new TreeMap<>();
    private final Map<Integer, Integer> types = new TreeMap<>();
    private long next;
    private int cut;

    TinyTiff(boolean big, ByteOrder order) {
        this.big = big;
        this.order = order;
        tag(256, LONG, 32);
        tag(257, LONG, 32);
        tag(258, SHORT, 8);
        tag(259, SHORT, 1);
        tag(262, SHORT, 1);
        tag(277, SHORT, 1);
        tag(322, SHORT, 16);
        tag(323, SHORT, 16);
        long data = dataAt();
        tag(324, big ? LONG8 : LONG, data, data + 256, data + 512, data + 768);
        tag(325, LONG, 256, 256, 256, 256);
    }

    static TinyTiff plain() {
        return new TinyTiff(false, ByteOrder.LITTLE_ENDIAN);
    }

    TinyTiff tag(int tag, int type, long... values) {
        tags.put(tag, values);
        types.put(tag, type);
        return this;
    }

    TinyTiff without(int tag) {
        tags.remove(tag);
        return this;
    }

    TinyTiff next(long ifd) {
        next = ifd;
        return this;
    }

    TinyTiff cut(int bytes) {
        cut = bytes;
        return this;
    }

    int dataAt() {
        return 8192;
    }

    Path write(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(dataAt() + 1024).order(order);
        bytes.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M')).put(bytes.get(0));
        int ifd = 16;
        if (big) {
            bytes.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(ifd);
            bytes.position(ifd);
            bytes.putLong(tags.size());
        } else {
            bytes.putShort((short) 42).putInt(ifd);
            bytes.position(ifd);
            bytes.putShort((short) tags.size());
        }
        int values = 1024;
        for (Map.Entry<Integer, long[]> tag : tags.entrySet()) {
            values = entry(bytes, tag.getKey(), types.get(tag.getKey()), tag.getValue(), values);
        }
        if (big) {
            bytes.putLong(next);
        } else {
            bytes.putInt((int) next);
        }
        byte[] all = bytes.array();
        Files.write(file, java.util.Arrays.copyOf(all, all.length - cut));
        return file;
    }

    private int entry(ByteBuffer bytes, int tag, int type, long[] numbers, int values) {
        int size = type == SHORT ? 2 : type == LONG ? 4 : type == 2 ? 1 : 8;
        bytes.putShort((short) tag).putShort((short) type);
        if (big) {
            bytes.putLong(numbers.length);
        } else {
            bytes.putInt(numbers.length);
        }
        int room = big ? 8 : 4;
        int here = bytes.position();
        boolean inline = numbers.length * size <= room;
        bytes.position(inline ? here : values);
        for (long number : numbers) {
            switch (size) {
                case 1 -> bytes.put((byte) number);
                case 2 -> bytes.putShort((short) number);
                case 4 -> bytes.putInt((int) number);
                default -> bytes.putLong(number);
            }
        }
        bytes.position(here);
        if (!inline && big) {
            bytes.putLong(values);
        } else if (!inline) {
            bytes.putInt(values);
        }
        bytes.position(here + room);
        return inline ? values : values + numbers.length * size;
    }
}
