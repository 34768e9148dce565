package io.swath.submission.sizing;

/**
 * What a run is expected to need, by the megabytes that it reads: the mean of the runs before it, and a line through them.
 *
 * <p>Both are weighted least squares with the weight 1/need², so that errors count relative to the need: else the few large
 * runs would decide alone. Old runs fade with a half-life of 64 runs. A run counts as at most 3 times, and at least a third of,
 * what was expected of it, so that one outlier changes little. Mutable, not thread-safe.
 */
final class Expectation {
    private static final Decay DECAY = new Decay(64);
    private static final int RUNS_FOR_A_LINE = 8;
    private static final double LEAST_SPREAD = 0.1;
    private static final double OUTLIER = 3;
    /** Beyond this times the largest x, nothing is known. */
    private static final double SEEN = 1.05;

    private long runs;
    private double w;
    private double wx;
    private double wy;
    private double wxx;
    private double wxy;
    private double least = Double.MAX_VALUE;
    private double most;
    private double widest;

    /** Learns from a run of which this was expected; of the first run, what it needed. */
    void learn(Point run, double expected) {
        double y = Math.min(OUTLIER * expected, Math.max(expected / OUTLIER, run.y()));
        double size = runs == 0 ? expected : Math.max(expected, 0.2 * wy / w);
        double weight = run.weight() / (size * size);
        double kept = DECAY.after(run.weight());
        w = w * kept + weight;
        wx = wx * kept + weight * run.x();
        wy = wy * kept + weight * y;
        wxx = wxx * kept + weight * run.x() * run.x();
        wxy = wxy * kept + weight * run.x() * y;
        least = Math.min(least, run.y());
        most = Math.max(most, run.y());
        widest = Math.max(widest, run.x());
        runs++;
    }

    boolean isEmpty() {
        return runs == 0;
    }

    /** Where there is a line, what it expects; else the mean. Only after the first run. */
    double at(double x) {
        return hasLine() ? line(x) : mean(x);
    }

    /** Whether runs with more megabytes need more, as far as is known. */
    boolean hasLine() {
        double mean = wx / w;
        double variance = wxx / w - mean * mean;
        return runs >= RUNS_FOR_A_LINE && variance >= square(LEAST_SPREAD * mean) && variance > 0 && slope() > 0;
    }

    private double slope() {
        return (w * wxy - wx * wy) / (w * wxx - wx * wx);
    }

    /** What the line expects; only where {@link #hasLine()}. */
    double line(double x) {
        double slope = slope();
        double expected = Math.max(least, wy / w + slope * (x - wx / w));
        return seen(x) ? expected : Math.max(mean(x), expected);
    }

    /** What the mean expects: the same for every run, but in proportion to x for one that reads more than any before. */
    double mean(double x) {
        return seen(x) || widest == 0 ? wy / w : wy / w * x / widest;
    }

    /**
     * What a run takes that may read less, or more, than any before: as the line goes on, else in proportion to the
     * megabytes. Not for requests, because nobody has seen such a run.
     */
    double inProportion(double x) {
        double mean = wx / w;
        double proportion = mean > 0 ? wy / w * x / mean : wy / w;
        return hasLine() ? Math.max(0, wy / w + slope() * (x - mean)) : proportion;
    }

    /** Whether a run has read as much as this before. */
    boolean seen(double x) {
        return x <= SEEN * widest;
    }

    /** The most that a run needed. */
    double most() {
        return most;
    }

    String text() {
        return Words.of((double) runs, w, wx, wy, wxx, wxy, least, most, widest);
    }

    static Expectation parse(Words words) {
        Expectation read = new Expectation();
        read.runs = words.count();
        read.w = words.amount();
        read.wx = words.amount();
        read.wy = words.amount();
        read.wxx = words.amount();
        read.wxy = words.amount();
        read.least = words.amount();
        read.most = words.amount();
        read.widest = words.amount();
        return read;
    }

    private static double square(double value) {
        return value * value;
    }
}
