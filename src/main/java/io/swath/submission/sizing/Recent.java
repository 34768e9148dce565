package io.swath.submission.sizing;

/** The share of the last 200 runs, about, that were killed at their limit. Mutable, not thread-safe. */
final class Recent {
    private static final double KEPT = 1 - 1.0 / 200;

    private double runs;
    private double killed;

    void add(boolean wasKilled) {
        runs = runs * KEPT + 1;
        killed = killed * KEPT + (wasKilled ? 1 : 0);
    }

    double share() {
        return runs == 0 ? 0 : killed / runs;
    }

    String text() {
        return Words.of(runs, killed);
    }

    static Recent parse(Words words) {
        Recent read = new Recent();
        read.runs = words.amount();
        read.killed = words.amount();
        return read;
    }
}
