package io.swath.submission.sizing;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * The tiles that were killed at a limit, and have not succeeded yet: a kill is believed before a measurement. Mutable, not
 * thread-safe.
 */
final class Kills {
    private static final int REMEMBERED = 32;
    /** A tile of which nothing was heard in so many runs was cancelled, or has failed for another reason. */
    private static final long PATIENCE = 400;

    /**
     * A tile that was killed.
     *
     * @param x megabytes that it reads
     * @param limit the greatest limit at which it was killed
     * @param node where
     */
    record Kill(double x, double limit, String node) {}

    private record Entry(String tile, Kill kill, long at) {}

    private final List<Entry> open = new ArrayList<>();

    void add(String tile, Kill kill, long runs) {
        Optional<Kill> earlier = remove(tile);
        Kill greatest = earlier.filter(known -> known.limit() > kill.limit()).orElse(kill);
        open.add(new Entry(key(tile), greatest, runs));
        if (open.size() > REMEMBERED) {
            open.remove(0);
        }
    }

    /** Forgets a tile's kill, and returns it. */
    Optional<Kill> remove(String tile) {
        Iterator<Entry> entries = open.iterator();
        while (entries.hasNext()) {
            Entry entry = entries.next();
            if (entry.tile().equals(key(tile))) {
                entries.remove();
                return Optional.of(entry.kill());
            }
        }
        return Optional.empty();
    }

    void forgetOlderThan(long runs) {
        open.removeIf(entry -> runs - entry.at() > PATIENCE);
    }

    /** The kills on nodes of which this is true. */
    List<Kill> on(Predicate<String> node) {
        return open.stream()
                .map(Entry::kill)
                .filter(kill -> node.test(kill.node()))
                .toList();
    }

    private static String key(String tile) {
        return Integer.toHexString(tile.hashCode());
    }

    String text() {
        StringJoiner text = new StringJoiner(" ");
        open.forEach(
                entry -> text.add(entry.tile() + ";" + Words.of(entry.kill().x()) + ";"
                        + Words.of(entry.kill().limit()) + ";" + entry.kill().node() + ";" + entry.at()));
        return text.toString();
    }

    static Kills parse(Words words) {
        Kills read = new Kills();
        while (words.more()) {
            String[] parts = words.parts(";", 5, 5);
            Kill kill = new Kill(words.amount(parts[1]), words.amount(parts[2]), parts[3]);
            read.open.add(new Entry(parts[0], kill, words.count(parts[4])));
        }
        if (read.open.size() > REMEMBERED) {
            throw words.damaged("has more than " + REMEMBERED + " kills");
        }
        return read;
    }
}
