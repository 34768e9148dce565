package io.swath.submission.sizing;

/** What is added to a quantile because few runs say little about rare ones. */
final class Margin {
    private static final double LEAST = 1.03;

    private Margin() {}

    /**
     * A factor, at least 1.03. With fewer than 1/share runs, the quantile is the greatest of them, and a run that is as rare
     * as {@code share} needs more: by a power law whose exponent follows from the spread, which holds for tails up to the heaviest
     * that are met.
     *
     * @param shape the runs
     * @param independent of how many independent runs they are worth
     * @param share of the runs that may need more
     */
    static double of(Shape shape, double independent, double share) {
        double exponent = Math.min(0.25, 0.6 * shape.spread());
        double known = Math.min(1, share * (independent + 1));
        return Math.max(LEAST, Math.pow(known, -exponent));
    }
}
