package io.swath.submission.sizing;

/** What is learned and asked for. Every amount of a quantity is in its one unit. Immutable. */
public enum Quantity {
    /** Memory of the node for one task, in MiB. */
    MEMORY,
    /** How long one task runs, in seconds; asked for in whole minutes, which is what Slurm counts (sbatch, --time). */
    TIME,
    /** Memory of one GPU for one task, in MiB. */
    GPU_MEMORY,
    /** How much of the time one task uses its GPU, in percent. */
    GPU_USE;

    private static final double MOST_KILLED_BY_TIME = 0.005;
    private static final double SECONDS_OF_GRACE = 20;
    private static final double SHARE_OF_GRACE = 1.25;

    /** The share of runs that may be killed at their limit: a run that is killed for its time has lost all its work. */
    double accepted(double kills) {
        return this == TIME ? Math.min(MOST_KILLED_BY_TIME, kills) : kills;
    }

    /** What is asked for where so much is needed: a node that is busy makes every run slower, but none larger. */
    double withGrace(double need) {
        return this == TIME ? need * SHARE_OF_GRACE + SECONDS_OF_GRACE : need;
    }

    String grace() {
        return this == TIME ? ", × 1.25 + 20 s" : "";
    }

    /** An amount for people: {@code 421 MiB}, {@code 2 min}, {@code 34 s}. */
    String text(double amount) {
        if (Double.isInfinite(amount)) {
            return "no limit";
        }
        if (this != TIME) {
            return Math.round(amount) + (this == GPU_USE ? " %" : " MiB");
        }
        return amount >= 60 && amount % 60 == 0 ? Math.round(amount / 60) + " min" : Math.round(amount) + " s";
    }
}
