package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** One image file directory of a TIFF. The values of its tags are read when they are asked for. Not thread-safe. */
final class TiffDirectory {
    /** Real files have fewer than a hundred tags. */
    private static final int MOST_TAGS = 4096;

    private final Path file;
    private final TiffBytes bytes;
    private final boolean big;
    private final Map<Integer, Entry> entries = new HashMap<>();
    private final long next;

    /** @param position of the values in the file: in the directory itself or elsewhere */
    record Entry(int type, long count, long position) {}

    TiffDirectory(Path file, TiffBytes bytes, boolean big, long at) throws IOException {
        this.file = file;
        this.bytes = bytes;
        this.big = big;
        long tags = tagCount(file, bytes, big, at);
        int entrySize = big ? 20 : 12;
        long first = at + (big ? 8 : 2);
        ByteBuffer table = bytes.at(first, Math.toIntExact(tags * entrySize));
        for (int index = 0; index < tags; index++) {
            read(table, index * entrySize, first);
        }
        long after = first + tags * entrySize;
        this.next = after > bytes.size() - (big ? 8 : 4)
                ? 0
                : big
                        ? bytes.at(after, 8).getLong()
                        : Integer.toUnsignedLong(bytes.at(after, 4).getInt());
    }

    /**
     * How many tags the directory at {@code at} has.
     *
     * @throws BadSceneException when the number is 0 or too large
     */
    static long tagCount(Path file, TiffBytes bytes, boolean big, long at) throws IOException {
        long tags = big
                ? bytes.at(at, 8).getLong()
                : Short.toUnsignedLong(bytes.at(at, 2).getShort());
        if (tags < 1 || tags > MOST_TAGS) {
            throw damaged(file, "its header lists " + Long.toUnsignedString(tags) + " tags");
        }
        return tags;
    }

    private void read(ByteBuffer table, int at, long first) {
        int tag = Short.toUnsignedInt(table.getShort(at));
        int type = Short.toUnsignedInt(table.getShort(at + 2));
        long count = big ? table.getLong(at + 4) : Integer.toUnsignedLong(table.getInt(at + 4));
        int valueAt = at + (big ? 12 : 8);
        int inline = big ? 8 : 4;
        boolean fits = size(type) > 0 && count >= 0 && count <= inline / size(type);
        long pointer = big ? table.getLong(valueAt) : Integer.toUnsignedLong(table.getInt(valueAt));
        // As in libtiff, the first of two entries for one tag is used.
        entries.putIfAbsent(tag, new Entry(type, count, fits ? first + valueAt : pointer));
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    long next() {
        return next;
    }

    Optional<Entry> entry(int tag) {
        return Optional.ofNullable(entries.get(tag));
    }

    /** The first value of a tag. */
    long number(int tag, long fallback) throws IOException {
        return has(tag) ? numbers(tag, 0, 1)[0] : fallback;
    }

    /** Whole numbers of a tag: {@code length} values, beginning with value {@code from}. */
    long[] numbers(int tag, long from, int length) throws IOException {
        Entry entry = entries.get(tag);
        int size = size(entry.type());
        if (size == 0) {
            throw damaged(file, "tag " + tag + " of its header is no whole number (type " + entry.type() + ")");
        }
        if (entry.count() < 0 || entry.count() - from < length) {
            throw damaged(
                    file,
                    "tag " + tag + " of its header has " + Long.toUnsignedString(entry.count()) + " values where "
                            + (from + length) + " are needed");
        }
        ByteBuffer values = bytes.at(entry.position() + from * size, length * size);
        long[] numbers = new long[length];
        for (int index = 0; index < length; index++) {
            numbers[index] = switch (size) {
                case 1 -> Byte.toUnsignedLong(values.get());
                case 2 -> Short.toUnsignedLong(values.getShort());
                case 4 -> Integer.toUnsignedLong(values.getInt());
                default -> values.getLong();
            };
        }
        return numbers;
    }

    /** A short text, without the zero byte that ends it. */
    Optional<String> text(int tag, int longest) throws IOException {
        Entry entry = entries.get(tag);
        if (entry == null || entry.type() != 2 || entry.count() < 1 || entry.count() > longest) {
            return Optional.empty();
        }
        int length = (int) entry.count();
        String text = new String(bytes.at(entry.position(), length).array(), StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        return Optional.of((end < 0 ? text : text.substring(0, end)).strip());
    }

    /** Bytes of one value, for types of whole numbers and text; 0 for other types. */
    private static int size(int type) {
        return switch (type) {
            case 1, 2 -> 1;
            case 3 -> 2;
            case 4, 13 -> 4;
            case 16, 18 -> 8;
            default -> 0;
        };
    }

    static BadSceneException damaged(Path file, String what) {
        return new BadSceneException(
                file, "header-makes-sense", what, "The file is damaged: make it again, or send it again.");
    }
}
