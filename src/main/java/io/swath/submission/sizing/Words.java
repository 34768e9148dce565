package io.swath.submission.sizing;

import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;

/** The words of one line of {@link Learned#text()}, read one after the other. Mutable, not thread-safe. */
final class Words {
    private final String line;
    private final String[] words;
    private int next;

    Words(String line) {
        this.line = line;
        this.words = line.split(" ");
    }

    /** Numbers as text, so that they are read as exactly the same numbers. */
    static String of(double... numbers) {
        StringJoiner text = new StringJoiner(" ");
        for (double number : numbers) {
            text.add(of(number));
        }
        return text.toString();
    }

    static String of(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString((long) number)
                : (float) number == number ? Float.toString((float) number) : Double.toString(number);
    }

    boolean more() {
        return next < words.length;
    }

    String word() {
        if (!more()) {
            throw damaged("ends too early");
        }
        return words[next++];
    }

    /** The parts of the next word, of which the last ones may be missing. */
    String[] parts(String separator, int least, int most) {
        String word = word();
        String[] parts = word.split(separator, -1);
        if (parts.length < least || parts.length > most) {
            throw damaged("has " + word + " where " + least + " values must be");
        }
        return parts;
    }

    /**
     * Reads all words that are left into a map: each has a name and values, separated by semicolons.
     *
     * @param least how many parts a word has at least, with its name
     * @param most how many parts it has at most
     * @param words how many words there may be
     * @param what they are, for people
     */
    <V> void named(Map<String, V> into, int least, int most, int words, String what, Function<String[], V> value) {
        while (more()) {
            String[] parts = parts(";", least, most);
            into.put(parts[0], value.apply(parts));
        }
        if (into.size() > words) {
            throw damaged("has more than " + words + " " + what);
        }
    }

    /** The next word, which must be the name of one of these. */
    <E extends Enum<E>> E one(E[] values) {
        String name = word();
        for (E value : values) {
            if (value.name().equals(name)) {
                return value;
            }
        }
        throw damaged("has \"" + name + "\", which is not known");
    }

    long count() {
        return count(word());
    }

    double amount() {
        return amount(word());
    }

    long count(String word) {
        double number = amount(word);
        if (number != Math.rint(number) || number > 1e15) {
            throw damaged("has " + word + " where a whole number must be");
        }
        return (long) number;
    }

    /** A number that is not negative. */
    double amount(String word) {
        double number = signed(word);
        if (number < 0) {
            throw damaged("has " + word + ", which must not be negative");
        }
        return number;
    }

    double signed(String word) {
        double number;
        try {
            number = Double.parseDouble(word);
        } catch (NumberFormatException e) {
            throw damaged("has \"" + word + "\" where a number must be");
        }
        if (!Double.isFinite(number)) {
            throw damaged("has " + word + ", which is not a finite number");
        }
        return number;
    }

    IllegalArgumentException damaged(String how) {
        String start = line.length() > 60 ? line.substring(0, 60) + "..." : line;
        return new IllegalArgumentException(
                "what was learned about a class of runs is damaged: the line \"" + start + "\" " + how);
    }
}
