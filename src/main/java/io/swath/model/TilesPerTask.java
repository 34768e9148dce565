package io.swath.model;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How many tiles one array task makes, one after the other. Immutable.
 *
 * @param number a fixed number, at least 1; empty: Swath chooses it, so that a task is worth its launch
 */
public record TilesPerTask(OptionalInt number) {
    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,3}");

    /** The largest fixed number: a task with more would last for hours, and lose the order in which urgent scenes come first. */
    public static final int MOST = 1_000;

    /** Each tile is a task. */
    public static final TilesPerTask ONE = of(1);

    /** As many as Swath finds best. */
    public static final TilesPerTask AUTO = new TilesPerTask(OptionalInt.empty());

    public TilesPerTask {
        if (number.isPresent() && (number.getAsInt() < 1 || number.getAsInt() > MOST)) {
            throw new IllegalArgumentException("a task makes 1 to " + MOST + " tiles, not " + number.getAsInt());
        }
    }

    public static TilesPerTask of(int number) {
        return new TilesPerTask(OptionalInt.of(number));
    }

    /**
     * A number, or {@code auto}.
     *
     * @throws IllegalArgumentException that says what to write
     */
    public static TilesPerTask parse(String text) {
        if (text.equals("auto")) {
            return AUTO;
        }
        if (!NUMBER.matcher(text).matches() || Integer.parseInt(text) > MOST) {
            throw new IllegalArgumentException("give auto, or a whole number from 1 to " + MOST);
        }
        return of(Integer.parseInt(text));
    }
}
