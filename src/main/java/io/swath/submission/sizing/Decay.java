package io.swath.submission.sizing;

/** How much of what was learned is left after some runs: half of it after the half-life. */
final class Decay {
    private final double halfLife;

    Decay(double halfLife) {
        this.halfLife = halfLife;
    }

    /** What is left after runs of this weight. */
    double after(double weight) {
        return Math.pow(0.5, weight / halfLife);
    }
}
