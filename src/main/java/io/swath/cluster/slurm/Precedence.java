package io.swath.cluster.slurm;

/** Which commands go first when there are more than Slurm should get. */
enum Precedence {
    /** Asks something. */
    QUESTION,
    /** Changes something, such as a submission. */
    CHANGE,
    /** A person waits for it. */
    NOW;

    private static final double KEPT_FOR_CHANGES = 0.25;

    /**
     * With how many tokens so many commands may be taken together from a bucket. More than it holds go when it is full.
     *
     * @param capacity how many tokens the bucket holds
     */
    double tokensNeeded(int commands, double capacity) {
        return switch (this) {
            case NOW -> Double.NEGATIVE_INFINITY;
            case CHANGE -> Math.min(commands, capacity);
            case QUESTION -> Math.min(commands + KEPT_FOR_CHANGES * capacity, capacity);
        };
    }
}
