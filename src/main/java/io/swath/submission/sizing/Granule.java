package io.swath.submission.sizing;

/**
 * Rounds requests up, so that whole numbers of them fill a node, and so that there are few sizes: runs that ask for the same
 * share a job array.
 */
final class Granule {
    private static final double CLOSE = 1.05;
    private static final int SIZES_PER_DOUBLING = 16;

    private Granule() {}

    /**
     * A rounded amount.
     *
     * @param amount at least the exact amount, unless a run can have no more
     * @param why what it was rounded to, as the end of a sentence; empty where only fractions were dropped
     */
    record Rounded(double amount, String why) {}

    /** Only to the unit that is asked for. */
    static Rounded exact(Quantity quantity, double amount, Limits limits) {
        double unit = quantity == Quantity.TIME ? 60 : 1;
        double rounded = limits.within(unit * Math.ceil(amount / unit));
        return new Rounded(rounded, rounded < amount ? ", at most " + quantity.text(rounded) : "");
    }

    static Rounded up(Quantity quantity, double exact, Limits limits) {
        if (exact <= limits.least()) {
            return new Rounded(limits.least(), ", at least " + quantity.text(limits.least()));
        }
        if (exact >= limits.most()) {
            return new Rounded(limits.most(), ", at most " + quantity.text(limits.most()));
        }
        Rounded rounded = switch (quantity) {
            case TIME -> minutes(exact);
            case MEMORY -> part(exact, limits.node());
            case GPU_MEMORY, GPU_USE -> exact(quantity, exact, limits); // the parts of a GPU are coarse
        };
        return rounded.amount() <= limits.most()
                ? rounded
                : new Rounded(limits.most(), ", at most " + quantity.text(limits.most()));
    }

    /** Slurm counts whole minutes. From 16 minutes on, a size is up to 1/16 of a doubling. */
    private static Rounded minutes(double exact) {
        return new Rounded(60 * Math.ceil(Math.max(exact, exact > 960 ? size(exact) : 0) / 60), "");
    }

    private static Rounded part(double exact, double whole) {
        double mebibytes = Math.ceil(exact);
        double parts = Math.floor(whole / mebibytes);
        double part = Math.floor(whole / parts);
        if (part <= CLOSE * mebibytes) {
            return new Rounded(
                    part, parts > 1 ? ", up to 1/" + Math.round(parts) + " of a node" : ", up to a whole node");
        }
        return new Rounded(Math.ceil(size(mebibytes)), "");
    }

    private static double size(double amount) {
        double steps = Math.ceil(SIZES_PER_DOUBLING * Math.log(amount) / Math.log(2) - 1e-9);
        return Math.pow(2, steps / SIZES_PER_DOUBLING);
    }
}
