package io.swath.submission.sizing;

import java.util.function.DoubleUnaryOperator;

/** By how much a tile's next attempt asks for more than the one that was killed. */
final class Retry {
    private static final double LEAST = 1.2;
    private static final double ACCEPTED = 0.1;
    private static final double FINER = 1.02;

    private Retry() {}

    /**
     * The least factor with which at most one retry in ten is killed again. Of the runs that were above the limit, so many
     * are above the factor times the limit too; and as if two runs more were known, of which a share of 1/factor³ is: without
     * any run, that makes 2.15.
     *
     * @param above the weight of the runs that need more than this factor times the limit
     */
    static double step(DoubleUnaryOperator above) {
        double atLimit = above.applyAsDouble(1) + 2;
        double factor = LEAST;
        while ((above.applyAsDouble(factor) + 2 * Math.pow(factor, -3)) / atLimit > ACCEPTED) {
            factor *= FINER;
        }
        return factor;
    }
}
