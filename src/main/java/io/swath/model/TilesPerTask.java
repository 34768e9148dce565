package io.swath.model;

import java.util.OptionalInt;

/**
 * How many tiles one array task makes, one after the other. Immutable.
 *
 * @param number a fixed number, at least 1; empty: Swath chooses it, so that a task is worth its launch
 */
public record TilesPerTask(OptionalInt number) {
    /** Each tile is a task. */
    public static final TilesPerTask ONE = of(1);

    /** As many as Swath finds best. */
    public static final TilesPerTask AUTO = new TilesPerTask(OptionalInt.empty());

    public TilesPerTask {
        if (number.isPresent() && number.getAsInt() < 1) {
            throw new IllegalArgumentException("a task makes at least 1 tile, not " + number.getAsInt());
        }
    }

    public static TilesPerTask of(int number) {
        return new TilesPerTask(OptionalInt.of(number));
    }
}
