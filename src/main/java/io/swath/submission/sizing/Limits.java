package io.swath.submission.sizing;

/**
 * Between which amounts a request must lie.
 *
 * @param least what every run is given, above 0: 64 MiB of memory, 60 s of time
 * @param most all that a run can have: the memory of the partition's largest node, or the partition's MaxTime. Requests are
 *     rounded so that whole numbers of them fill it. Infinite: there is no limit
 */
public record Limits(double least, double most) {
    /** Throws {@link IllegalArgumentException} for limits between which nothing lies. */
    public Limits {
        if (!(least > 0 && Double.isFinite(least) && least <= most)) {
            throw new IllegalArgumentException("the least request " + least + " must be above 0 and at most " + most);
        }
    }

    double within(double amount) {
        return Math.min(most, Math.max(least, amount));
    }
}
