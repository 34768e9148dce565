package io.swath.submission.sizing;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * What the runs of one class have taught about one quantity. A class is a recipe, a step, a device and a kind of node; the
 * caller keeps one of these for each class and quantity, as {@link #text()} in the ledger.
 *
 * <p>Mutable, not thread-safe. Its size is bounded (a few kB as text), and the work for a run does not grow with the number
 * of runs.
 */
public final class Learned {
    private final Quantity quantity;
    private final double guess;

    private Learned(Quantity quantity, double guess) {
        this.quantity = quantity;
        this.guess = guess;
    }

    /**
     * Of a class without a run.
     *
     * @param guess the recipe's request
     * @throws IllegalArgumentException when the guess is not above 0 and finite
     */
    public static Learned of(Quantity quantity, double guess) {
        return new Learned(quantity, guess);
    }

    /**
     * Reads what {@link #text()} wrote.
     *
     * @throws IllegalArgumentException when the text is damaged; the message names the line and what is wrong. The caller may
     *     begin with {@link #of} and learn again from the ledger's runs
     */
    public static Learned parse(String text) {
        throw new IllegalArgumentException("not yet: " + text);
    }

    /** All of this as text: ASCII, several lines, at most 8 kB. {@link #parse} gives an equal object. */
    public String text() {
        return quantity + " " + guess;
    }

    /**
     * For a recipe of which another version is used from now on: nothing of the old runs is kept, for a new version may need
     * anything.
     *
     * @param oldRequest what the old version would have asked for, {@code ask(...).amount()}; where the new recipe's own
     *     figure was changed with it, and is greater, that
     */
    public Learned beginAgain(double oldRequest) {
        return new Learned(quantity, oldRequest);
    }

    /** Learns from a run that has ended. Each attempt at a tile is one run; each is learned once, in the order of the ends. */
    public void learn(Observation run) {
        throw new IllegalStateException("not yet: " + run);
    }

    /** How many runs it has learned from: those that finished, and those that were lost for good. */
    public long runs() {
        return 0;
    }

    /**
     * What the first attempt at a tile asks for. Also for one that is asked for again because nothing but the amount is out
     * of date: each call answers by what is known now.
     *
     * @param x as in {@link Observation}
     * @param kills the share of runs that may be killed at their limit, such as 0.02; above 0, below 1. {@link Quantity#TIME}
     *     uses 0.005 at most. For k tiles that one task does in turn: that share divided by k
     */
    public Asked ask(double x, Limits limits, double kills) {
        return new Asked(guess, guess + ": the recipe's guess, no run yet", guess);
    }

    /**
     * What the next attempt at a tile asks for whose last attempt was killed at its limit.
     *
     * @param failedAt the greatest limit at which an attempt at this tile was killed
     * @param failedOn the node of that attempt; empty: not known. If that node is to blame, the same amount is asked for
     *     again, and the caller must leave that node out
     * @param last whether this is the tile's last attempt: it is given all that a run can have
     * @return an amount above {@code failedAt}, or all that a run can have, or {@code failedAt} as said above
     */
    public Asked askAgain(double x, double failedAt, String failedOn, boolean last, Limits limits, double kills) {
        return new Asked(failedAt * 2, "", failedAt);
    }

    /** What such a run uses on average; empty before the first run. For choosing a device, and the length of a task. */
    public OptionalDouble expected(double x) {
        return OptionalDouble.empty();
    }

    /** The standard deviation of what such a run uses; empty before the third run. */
    public OptionalDouble deviation(double x) {
        return OptionalDouble.empty();
    }

    /**
     * The nodes on which runs of this class use more than elsewhere, or are killed although they need no more elsewhere; each
     * with the reason, a sentence for the operator. Of the tasks of this class, 19 in 20 should exclude them: the others
     * find out when a node is well again. At most half of the nodes.
     */
    public Map<String, String> nodesLeftOut() {
        return Map.of();
    }

    /** Of the last runs (about 200), the share that was killed at its limit; 0 before the first run. */
    public double recentKills() {
        return 0;
    }
}
