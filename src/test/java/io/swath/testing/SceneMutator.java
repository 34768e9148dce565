package io.swath.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Damages valid TIFFs, for each number in another way. The same seed and number always make the same bytes. Immutable.
 */
public final class SceneMutator {
    private static final long[] EXTREMES = {
        0,
        1,
        2,
        3,
        7,
        8,
        0x7f,
        0xff,
        0x100,
        0x7fff,
        0x8000,
        0xffff,
        0x10000,
        0x1000000,
        0x7fffffffL,
        0x80000000L,
        0xfffffffeL,
        0xffffffffL,
        0x100000000L,
        Long.MAX_VALUE,
        -1L
    };
    /** Tags that control how the pixels are read, and some that do not belong into such a file. */
    private static final int[] TAGS = {
        254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 330, 338, 339, 347,
        530, 33550, 33922, 34264, 34735, 42112, 42113, 65000
    };

    private final List<Base> bases;
    private final long seed;

    private record Base(String name, String content, Layout layout) {
        byte[] bytes() {
            return content.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** A damaged scene. */
    public record Mutant(int number, String base, String how, String content) {
        public byte[] bytes() {
            return content.getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return "mutant " + number + " (" + base + ", " + how + ")";
        }
    }

    /** The position of the directory's entries, of 12 or 20 bytes each. */
    private record Layout(ByteOrder order, boolean big, int first, int count, int next) {
        int size() {
            return big ? 20 : 12;
        }

        static Layout of(byte[] bytes) {
            ByteOrder order = bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
            boolean big = buffer.getShort(2) == 43;
            int at = (int) (big ? buffer.getLong(8) : buffer.getInt(4));
            int count = (int) (big ? buffer.getLong(at) : buffer.getShort(at));
            int first = at + (big ? 8 : 2);
            return new Layout(order, big, first, count, first + count * (big ? 20 : 12));
        }
    }

    private interface Way {
        byte[] spoil(Base base, byte[] bytes, Random random);
    }

    private record Named(String name, Way way) {}

    private final List<Named> ways = List.of(
            new Named("bits flipped", (base, bytes, random) -> flip(bytes, random, 0, bytes.length)),
            new Named("bits of the header flipped", (base, bytes, random) -> {
                int from = random.nextInt(4) == 0 ? 0 : base.layout().first() - 2;
                return flip(
                        bytes,
                        random,
                        from,
                        Math.min(bytes.length, base.layout().next() + 64));
            }),
            new Named("a run of random bytes", (base, bytes, random) -> {
                byte[] run = new byte[1 + random.nextInt(200)];
                random.nextBytes(run);
                return put(bytes, random.nextInt(bytes.length), run);
            }),
            new Named("a run of one byte", (base, bytes, random) -> {
                byte[] run = new byte[1 + random.nextInt(random.nextBoolean() ? 16 : 8000)];
                Arrays.fill(run, random.nextBoolean() ? (byte) 0 : (byte) 0xff);
                return put(bytes, random.nextInt(bytes.length), run);
            }),
            new Named("cut off", (base, bytes, random) -> Arrays.copyOf(bytes, cut(base, bytes, random))),
            new Named("entries swapped", (base, bytes, random) -> {
                int one = entry(base, random);
                int other = entry(base, random);
                byte[] kept = Arrays.copyOfRange(bytes, one, one + base.layout().size());
                System.arraycopy(bytes, other, bytes, one, kept.length);
                return put(bytes, other, kept);
            }),
            new Named("an entry doubled", (base, bytes, random) -> {
                int one = entry(base, random);
                return put(
                        bytes,
                        entry(base, random),
                        Arrays.copyOfRange(bytes, one, one + base.layout().size()));
            }),
            new Named("an entry removed", (base, bytes, random) -> {
                Layout layout = base.layout();
                int one = entry(base, random);
                int rest = layout.next() - one - layout.size();
                System.arraycopy(bytes, one + layout.size(), bytes, one, rest);
                ByteBuffer.wrap(bytes)
                        .order(layout.order())
                        .putShort(
                                layout.big()
                                        ? layout.first() - (layout.order() == ByteOrder.BIG_ENDIAN ? 2 : 8)
                                        : layout.first() - 2,
                                (short) (layout.count() - 1));
                return bytes;
            }),
            new Named("an entry's count", (base, bytes, random) -> {
                int at = entry(base, random) + 4;
                return number(base, bytes, at, extreme(bytes, random));
            }),
            new Named("an entry's value", (base, bytes, random) -> {
                int at = entry(base, random) + (base.layout().big() ? 12 : 8);
                return number(base, bytes, at, extreme(bytes, random));
            }),
            new Named("an entry's type", (base, bytes, random) -> {
                ByteBuffer.wrap(bytes).order(base.layout().order()).putShort(entry(base, random) + 2, (short)
                        random.nextInt(20));
                return bytes;
            }),
            new Named("an entry's tag", (base, bytes, random) -> {
                ByteBuffer.wrap(bytes).order(base.layout().order()).putShort(entry(base, random), (short)
                        TAGS[random.nextInt(TAGS.length)]);
                return bytes;
            }),
            new Named("a small value in an entry", (base, bytes, random) -> {
                int at = entry(base, random) + (base.layout().big() ? 12 : 8);
                ByteBuffer.wrap(bytes).order(base.layout().order()).putShort(at, (short) random.nextInt(40));
                return bytes;
            }),
            new Named("a loop of directories", (base, bytes, random) -> {
                long[] places = {
                    base.layout().first() - (base.layout().big() ? 8 : 2), 0, 8, 16, random.nextInt(bytes.length)
                };
                return number(base, bytes, base.layout().next(), places[random.nextInt(places.length)]);
            }),
            new Named("a region of zeros", (base, bytes, random) -> {
                int from = random.nextInt(bytes.length);
                Arrays.fill(bytes, from, from + random.nextInt(bytes.length - from) / 2, (byte) 0);
                return bytes;
            }),
            new Named("a block's place or length", (base, bytes, random) -> {
                Layout layout = base.layout();
                ByteBuffer buffer = ByteBuffer.wrap(bytes).order(layout.order());
                List<int[]> arrays = new ArrayList<>(); // position, count, width in bytes
                for (int at = layout.first(); at < layout.next(); at += layout.size()) {
                    int tag = Short.toUnsignedInt(buffer.getShort(at));
                    int width = switch (buffer.getShort(at + 2)) {
                        case 3 -> 2;
                        case 4 -> 4;
                        default -> 8;
                    };
                    long count = layout.big() ? buffer.getLong(at + 4) : buffer.getInt(at + 4);
                    if (List.of(273, 279, 324, 325).contains(tag) && count * width > (layout.big() ? 8 : 4)) {
                        long place = layout.big() ? buffer.getLong(at + 12) : buffer.getInt(at + 8);
                        // Another mutation may have changed the offset, so it may point outside the file.
                        if (place >= 0 && count <= bytes.length && place + count * width <= bytes.length) {
                            arrays.add(new int[] {(int) place, (int) count, width});
                        }
                    }
                }
                for (int times = random.nextInt(4); times >= 0 && !arrays.isEmpty(); times--) {
                    int[] array = arrays.get(random.nextInt(arrays.size()));
                    int at = array[0] + array[2] * random.nextInt(array[1]);
                    long value = random.nextBoolean()
                            ? 0
                            : random.nextBoolean() ? random.nextInt(bytes.length) : extreme(bytes, random);
                    switch (array[2]) {
                        case 2 -> buffer.putShort(at, (short) value);
                        case 4 -> buffer.putInt(at, (int) value);
                        default -> buffer.putLong(at, value);
                    }
                }
                return bytes;
            }),
            new Named("bytes of the pixels", (base, bytes, random) -> {
                for (int times = random.nextInt(30); times >= 0; times--) {
                    bytes[bytes.length / 4 + random.nextInt(bytes.length * 3 / 4)] = (byte) random.nextInt();
                }
                return bytes;
            }),
            new Named("words of the metadata", (base, bytes, random) -> {
                String text = new String(bytes, StandardCharsets.ISO_8859_1);
                int from = Math.max(0, text.indexOf("<GDALMetadata"));
                int end = Math.max(from + 100, text.indexOf("</GDALMetadata>") + 15);
                String[] words = {
                    "&",
                    "<",
                    "</Item>",
                    "\0",
                    "&#0;",
                    "]]>",
                    "\"",
                    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                    "nan",
                    "1e999",
                    "\u00ff"
                };
                for (int times = random.nextInt(3); times >= 0; times--) {
                    byte[] word = words[random.nextInt(words.length)].getBytes(StandardCharsets.ISO_8859_1);
                    put(bytes, from + random.nextInt(Math.min(end, bytes.length) - from), word);
                }
                return bytes;
            }),
            new Named("bytes lost or doubled", (base, bytes, random) -> {
                int at = random.nextInt(bytes.length);
                int length = 1 + random.nextInt(Math.min(300, bytes.length - at));
                byte[] head = Arrays.copyOf(bytes, at);
                byte[] tail = Arrays.copyOfRange(
                        bytes, random.nextBoolean() ? at + length : Math.max(0, at - length), bytes.length);
                return join(head, tail);
            }));

    /** Reads the valid scenes in a folder. */
    public SceneMutator(Path folder, long seed) throws IOException {
        this.seed = seed;
        this.bases = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                bases.add(new Base(file.getFileName().toString(), text(bytes), Layout.of(bytes)));
            }
        }
    }

    /** The mutant with this number. */
    public Mutant mutant(int number) {
        Random random = new Random(seed * 1_000_003 + number);
        random.nextLong();
        Base base = bases.get(number % bases.size());
        byte[] bytes = base.bytes();
        if (random.nextInt(20) == 0) {
            Base other = bases.get(random.nextInt(bases.size()));
            int at = random.nextInt(bytes.length);
            byte[] tail = Arrays.copyOfRange(other.bytes(), Math.min(at, other.bytes().length), other.bytes().length);
            return new Mutant(
                    number, base.name(), "spliced with " + other.name(), text(join(Arrays.copyOf(bytes, at), tail)));
        }
        List<String> how = new ArrayList<>();
        do {
            Named way = ways.get(random.nextInt(ways.size()));
            how.add(way.name());
            byte[] spoiled = way.way().spoil(base, bytes, random);
            if (spoiled.length != bytes.length) { // the base's layout no longer matches
                return new Mutant(number, base.name(), String.join(", ", how), text(spoiled));
            }
            bytes = spoiled;
        } while (random.nextInt(4) == 0);
        return new Mutant(number, base.name(), String.join(", ", how), text(bytes));
    }

    /** The bytes as text, one character for each byte. */
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] flip(byte[] bytes, Random random, int from, int to) {
        for (int times = random.nextInt(8); times >= 0; times--) {
            int at = from + random.nextInt(Math.max(1, to - from));
            bytes[at] = (byte) (bytes[at] ^ 1 << random.nextInt(8));
        }
        return bytes;
    }

    private static byte[] put(byte[] bytes, int at, byte[] run) {
        System.arraycopy(run, 0, bytes, at, Math.min(run.length, bytes.length - at));
        return bytes;
    }

    private static byte[] join(byte[] head, byte[] tail) {
        byte[] joined = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, joined, head.length, tail.length);
        return joined;
    }

    private static int cut(Base base, byte[] bytes, Random random) {
        Layout layout = base.layout();
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(20);
            case 1 -> bytes.length - 1 - random.nextInt(16);
            case 2 -> Math.min(bytes.length, entry(base, random) + random.nextInt(layout.size()));
            case 3 -> Math.min(bytes.length, layout.next() + random.nextInt(6));
            default -> random.nextInt(bytes.length);
        };
    }

    private static int entry(Base base, Random random) {
        return base.layout().first()
                + base.layout().size() * random.nextInt(base.layout().count());
    }

    private static long extreme(byte[] bytes, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> bytes.length - 1 + random.nextInt(3);
            case 1 -> random.nextInt(bytes.length);
            default -> EXTREMES[random.nextInt(EXTREMES.length)];
        };
    }

    private static byte[] number(Base base, byte[] bytes, int at, long value) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(base.layout().order());
        if (base.layout().big() && at + 8 <= bytes.length) {
            buffer.putLong(at, value);
        } else if (at + 4 <= bytes.length) {
            buffer.putInt(at, (int) value);
        }
        return bytes;
    }
}
