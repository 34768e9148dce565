package io.swath.submission.sizing;

/**
 * How the needs of runs are spread around what was expected of them: a histogram of need / expectation. Buckets are 2 % wide,
 * from 1/35 to 35; the ends take what lies beyond. Half of the weight is left after 200 runs. Mutable, not thread-safe.
 */
final class Shape {
    private static final double STEP = Math.log(1.02);
    private static final int REACH = (int) Math.ceil(Math.log(35) / STEP);
    private static final Decay DECAY = new Decay(200);
    /** So little is left of a run after 1,300 more: it is forgotten. */
    private static final float FORGOTTEN = 0.01f;

    private final float[] weights = new float[2 * REACH + 1];

    void add(double ratio, double weight) {
        float kept = (float) DECAY.after(weight);
        for (int bucket = 0; bucket < weights.length; bucket++) {
            weights[bucket] *= kept;
            if (weights[bucket] < FORGOTTEN) {
                weights[bucket] = 0;
            }
        }
        weights[bucket(ratio)] += (float) weight;
    }

    /** The weight of all runs that are remembered: their number, or less. */
    double weight() {
        return weightFrom(0);
    }

    /** The weight of the runs whose ratio lies above this. */
    double above(double ratio) {
        return weightFrom(bucket(ratio) + 1);
    }

    private double weightFrom(int first) {
        double sum = 0;
        for (int bucket = first; bucket < weights.length; bucket++) {
            sum += weights[bucket];
        }
        return sum;
    }

    /**
     * The ratio that at most this share of the next runs exceeds, as far as so many runs can tell: the conformal quantile
     * (Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005), by which at most {@code share * (W + 1) - 1} of the weight
     * W may lie above. Until there are 1/share runs, that is the greatest ratio seen.
     */
    double quantile(double share) {
        double allowed = Math.max(0, share * (weight() + 1) - 1 + 1e-9);
        double above = 0;
        int bucket = weights.length - 1;
        while (bucket > 0 && above + weights[bucket] <= allowed) {
            above += weights[bucket];
            bucket--;
        }
        return edge(bucket);
    }

    /** Whether there are too few runs for the quantile, so that it is the greatest ratio seen. */
    boolean isGreatest(double share) {
        return share * (weight() + 1) < 1;
    }

    /**
     * How far ratios lie above their median, as the mean of ln(ratio / median) over the upper half; as if 4 runs at 0.1 were
     * known beforehand.
     */
    double spread() {
        double half = weight() / 2;
        double below = 0;
        int median = 0;
        while (median < weights.length - 1 && below + weights[median] < half) {
            below += weights[median];
            median++;
        }
        double sum = 0.4;
        for (int bucket = median + 1; bucket < weights.length; bucket++) {
            sum += weights[bucket] * (bucket - median) * STEP;
        }
        return sum / (4 + half);
    }

    /** The standard deviation of ln(ratio). */
    double deviation() {
        double sum = 0;
        double squares = 0;
        for (int bucket = 0; bucket < weights.length; bucket++) {
            double log = (bucket - REACH) * STEP;
            sum += weights[bucket] * log;
            squares += weights[bucket] * log * log;
        }
        double weight = weight();
        return Math.sqrt(Math.max(0, squares / weight - sum / weight * (sum / weight)));
    }

    private static int bucket(double ratio) {
        double steps = Math.ceil(Math.log(ratio) / STEP - 1e-9);
        return (int) Math.min(2 * REACH, Math.max(0, steps + REACH));
    }

    /** The greatest ratio that falls into a bucket. */
    private static double edge(int bucket) {
        return Math.exp((bucket - REACH) * STEP);
    }

    /** The buckets that are not empty: the number of empty ones before it, a colon, the weight. */
    String text() {
        StringBuilder text = new StringBuilder();
        int empty = 0;
        for (float weight : weights) {
            if (weight == 0) {
                empty++;
            } else {
                text.append(empty == 0 ? "" : empty + ":").append(weight).append(' ');
                empty = 0;
            }
        }
        return text.toString().strip();
    }

    static Shape parse(Words words) {
        Shape read = new Shape();
        int bucket = 0;
        while (words.more()) {
            String word = words.word();
            int colon = word.indexOf(':');
            double empty = colon < 0 ? 0 : words.count(word.substring(0, colon));
            if (bucket + empty >= read.weights.length) {
                throw words.damaged("has more buckets than the " + read.weights.length + " there are");
            }
            bucket += (int) empty;
            read.weights[bucket] = (float) words.amount(word.substring(colon + 1));
            bucket++;
        }
        return read;
    }
}
