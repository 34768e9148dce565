package io.swath.submission.sizing;

import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Chooses the size of a scene's tiles: large enough that a task lasts, small enough that every free core has one, and within
 * the memory of a node. A pure function of its arguments.
 *
 * @param step the step whose tasks take longest
 * @param partition where they run
 * @param free how many of its tasks could start now
 * @param lasting how long a task should last
 */
public record TileRule(String step, String partition, int free, Duration lasting) {
    /** With fewer, one slow task is all that a scene waits for. */
    private static final int FEWEST_TILES = 4;

    /**
     * A size, and what is known about tasks of that size.
     *
     * @param seconds how long a task of the slowest step takes
     * @param fits whether a job can have the memory for it, at each step
     * @param fitsItsShare whether it needs no more of a node's memory than of the node's CPUs, at each step
     */
    public record Option(TileCut cut, double seconds, boolean fits, boolean fitsItsShare) {}

    /** @param options the largest first, at least one */
    public TileChoice choose(List<Option> options) {
        List<Option> possible = preferred(options, Option::fits, options.subList(options.size() - 1, options.size()));
        List<Option> fitting = preferred(possible, Option::fitsItsShare, possible);
        int index = 0;
        while (index < fitting.size() - 1 && fitting.get(index).cut().tiles() < Math.max(FEWEST_TILES, free)) {
            index++;
        }
        boolean forFree = index > 0;
        while (index < fitting.size() - 1 && fitting.get(index + 1).seconds() >= lasting.toMillis() / 1000.0) {
            index++;
            forFree = false;
        }
        Option chosen = fitting.get(index);
        String why = "a task of step " + step + " takes about " + Math.round(Math.max(1, chosen.seconds())) + " s, and "
                + chosen.cut().tiles() + " tiles are for " + free + " free places in partition " + partition;
        String reason = forFree
                ? "; larger ones would be too few"
                : index < fitting.size() - 1
                        ? "; smaller ones would take less than " + lasting.toSeconds() + " s"
                        : "; the recipe allows no smaller ones";
        boolean memory = !fitting.get(0).equals(options.get(0));
        return new TileChoice(chosen.cut().side(), why + reason + (memory ? "; larger ones need too much memory" : ""));
    }

    private static List<Option> preferred(List<Option> all, Predicate<Option> condition, List<Option> otherwise) {
        List<Option> good = all.stream().filter(condition).toList();
        return good.isEmpty() ? otherwise : good;
    }
}
