package io.swath.submission.sizing;

/**
 * Between which amounts a request must lie.
 *
 * @param least what every run is given, above 0: 64 MiB of memory, 60 s of time
 * @param most all that a run can have: the memory of the largest node that it may use, the partition's MaxTime, or a limit of its
 *     account or QOS. Infinite: there is no limit
 * @param shared whether other jobs have a part of {@code most}, by a limit of the account, the user or the QOS. A job that asks for
 *     all of it waits until no other runs
 * @param node the memory of the partition's largest node: requests are rounded so that whole numbers of them fill it
 */
public record Limits(double least, double most, boolean shared, double node) {
    /** Throws {@link IllegalArgumentException} for limits between which nothing lies. */
    public Limits {
        if (!(least > 0 && Double.isFinite(least) && least <= most)) {
            throw new IllegalArgumentException("the least request " + least + " must be above 0 and at most " + most);
        }
    }

    /** Where a run can have all of a node. */
    public Limits(double least, double most) {
        this(least, most, false, most);
    }

    /**
     * The same for a run that can have no more than this, above 0; it still fills parts of the same node.
     *
     * @param withOthers whether other jobs have a part of it
     */
    public Limits under(double other, boolean withOthers) {
        double lower = Math.min(most, other);
        return new Limits(Math.min(least, lower), lower, other <= most ? withOthers : shared, node);
    }

    double within(double amount) {
        return Math.min(most, Math.max(least, amount));
    }
}
