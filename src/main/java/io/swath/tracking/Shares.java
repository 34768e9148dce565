package io.swath.tracking;

import io.swath.model.ResourceUse;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Divides a whole number among the runs of a task in proportion to weights. The parts are whole numbers, and their sum is the
 * number itself, because the borders between the parts are rounded and not the parts. Immutable.
 */
final class Shares {
    /** For each run, the sum of the weights up to it. */
    private final SortedMap<Integer, Long> until = new TreeMap<>();

    private long sum;

    private Shares() {}

    /**
     * @param uses what the runs used, by their index, in their order
     * @param amount what of it is the weight
     * @param at the run that may have used more: what is missing from {@code all}; -1: none
     */
    static Shares of(SortedMap<Integer, ResourceUse> uses, ToLongFunction<ResourceUse> amount, int at, long all) {
        long known = uses.values().stream().mapToLong(amount).sum();
        Shares shares = new Shares();
        for (Map.Entry<Integer, ResourceUse> use : uses.entrySet()) {
            long missing = use.getKey() == at ? Math.max(0, all - known) : 0;
            shares.sum += amount.applyAsLong(use.getValue()) + missing;
            shares.until.put(use.getKey(), shares.sum);
        }
        return shares;
    }

    /** The sum of all weights. */
    long sum() {
        return sum;
    }

    /** What of a number is the part of this run and of those before it. Without weights, all of it is the first run's. */
    long until(int index, long number) {
        return sum == 0 ? number : Math.round(number * (until.get(index) / (double) sum));
    }

    /** What of a number is the part of the runs before this run. */
    long before(int index, long number) {
        SortedMap<Integer, Long> earlier = until.headMap(index);
        return earlier.isEmpty() ? 0 : until(earlier.lastKey(), number);
    }
}
