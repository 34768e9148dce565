package io.swath.submission.sizing;

/**
 * One run that has ended, and what it says about a quantity.
 *
 * @param x what explains the need: the megabytes that the run reads (window x bands x bytes); 0: not known
 * @param used what the run used, in the quantity's unit; ignored for a run that was killed, for that is a lower bound
 * @param limit what the run had asked for
 * @param ending how it ended. Only runs of these three kinds teach: one that failed for another reason, made an empty
 *     tile or was suspended does not
 * @param tile which work it was: the same text for every attempt at one tile and step of one version of a scene, and for no
 *     other, such as {@code "S-e7215cc6/1/ndvi/12"}
 * @param scene the scene's id: tiles of one scene resemble each other
 * @param node where it ran; empty: not known
 * @param kind which nodes are like that one: the same text for all that offer the same; empty: not known
 */
public record Observation(
        double x, double used, double limit, Ending ending, String tile, String scene, String node, String kind) {
    /** How a run ended, as far as one quantity goes. */
    public enum Ending {
        /** It succeeded with an output. */
        FINISHED,
        /** It was killed at its limit (OUT_OF_MEMORY, TIMEOUT, GPU out of memory), and the tile is retried. */
        KILLED,
        /** It was killed at its limit, and the tile is not retried: it has failed for good. */
        LOST
    }

    /** A run on a node of which nobody knows its kind. */
    public Observation(double x, double used, double limit, Ending ending, String tile, String scene, String node) {
        this(x, used, limit, ending, tile, scene, node, "");
    }

    /** Throws {@link IllegalArgumentException} for amounts that no run can have. */
    public Observation {
        if (!(x >= 0
                && Double.isFinite(x)
                && used >= 0
                && Double.isFinite(used)
                && limit >= 0
                && Double.isFinite(limit))) {
            throw new IllegalArgumentException("a run cannot have x=" + x + ", used=" + used + ", limit=" + limit);
        }
        if (ending != Ending.FINISHED && limit == 0) {
            throw new IllegalArgumentException("a run that was killed at its limit must have had one");
        }
    }
}
