package io.swath.submission.sizing;

import io.swath.submission.sizing.Forecast.Estimate;
import io.swath.submission.sizing.Granule.Rounded;
import io.swath.submission.sizing.Kills.Kill;
import io.swath.submission.sizing.Observation.Ending;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the runs of one class have taught about one quantity, and so what its next run asks for. A class is a recipe, a step, a
 * device and a kind of node; the caller keeps one of these for each class and quantity, as {@link #text()} in the ledger.
 *
 * <p>The rule is the one of {@code docs/sizing.md}: {@link Forecast} says what a run needs, unless a kill says otherwise ({@link
 * Kills}); runs on a bad node teach nothing ({@link Nodes}); {@link Granule} rounds.
 *
 * <p>Mutable, not thread-safe. Its size is bounded (a few kB as text), and the work for a run does not grow with the number
 * of runs.
 */
public final class Learned {
    /** A limit at which a run was killed is asked for no more: at least this times it is. */
    private static final double ABOVE_A_KILL = 1.2;
    /** What a run needed at least that was killed, and then succeeded with a higher limit. */
    private static final double NEEDED_AFTER_A_KILL = 1.05;
    /** A last attempt that hangs must not block a node for the partition's MaxTime, which may be weeks. */
    private static final double LAST_ATTEMPT = 10;

    /** Of a sum's standard deviations, so many above its mean is what 1 in 200 sums exceeds. */
    private static final double SPREAD = 2.6;

    private final Quantity quantity;
    private final double guess;
    private final boolean again;
    private Forecast forecast = new Forecast();
    private Kills kills = new Kills();
    private Nodes nodes = new Nodes();
    private Recent recent = new Recent();

    private Learned(Quantity quantity, double guess, boolean again) {
        if (!(guess > 0 && Double.isFinite(guess))) {
            throw new IllegalArgumentException("a first request must be above 0, not " + guess);
        }
        this.quantity = quantity;
        this.guess = guess;
        this.again = again;
    }

    /**
     * Of a class without a run.
     *
     * @param guess the recipe's request
     * @throws IllegalArgumentException when the guess is not above 0 and finite
     */
    public static Learned of(Quantity quantity, double guess) {
        return new Learned(quantity, guess, false);
    }

    /**
     * For a recipe of which another version is used from now on: nothing of the old runs is kept, for a new version may need
     * anything.
     *
     * @param oldRequest what the old version would have asked for, {@code ask(...).amount()}; where the new recipe's own
     *     figure was changed with it, and is greater, that
     */
    public Learned beginAgain(double oldRequest) {
        return new Learned(quantity, oldRequest, true);
    }

    /** Learns from a run that has ended. Each attempt at a tile is one run; each is learned once, in the order of the ends. */
    public void learn(Observation run) {
        recent.add(run.ending() != Ending.FINISHED);
        if (quantity != Quantity.MEMORY) { // the memory that a run needs is the same on nodes of all kinds
            nodes.ofKind(run.node(), run.kind());
        }
        if (run.ending() == Ending.KILLED) {
            kills.add(run.tile(), new Kill(run.x(), run.limit(), run.node()), forecast.runs());
            return;
        }
        Optional<Kill> killed = kills.remove(run.tile());
        kills.forgetOlderThan(forecast.runs());
        if (run.ending() == Ending.LOST) {
            forecast.learn(run.x(), Math.max(1, ABOVE_A_KILL * run.limit()), run.scene());
            return;
        }
        double used = Math.max(1, run.used());
        killed.filter(kill -> nodes.blames(kill.node(), kill.limit(), run.node(), used))
                .ifPresent(kill -> nodes.blame(kill.node()));
        double needed = killed.filter(kill -> !leftOut().containsKey(kill.node()))
                .map(kill -> Math.max(used, NEEDED_AFTER_A_KILL * kill.limit()))
                .orElse(used);
        nodes.add(run.node(), forecast.runs() == 0 ? 0 : Math.log(used / forecast.expected(run.x())));
        if (!leftOut().containsKey(run.node())) {
            forecast.learn(run.x(), needed, run.scene());
        }
    }

    private Map<String, String> leftOut() {
        return forecast.runs() == 0 ? Map.of() : nodes.leftOut(forecast.deviation());
    }

    /** How many runs it has learned from: those that finished on a sound node, and those that were lost for good. */
    public long runs() {
        return forecast.runs();
    }

    /**
     * What the first attempt at a tile asks for. Also for a tile that waits with a request that may be out of date: each call
     * answers by what is known now.
     *
     * @param x as in {@link Observation}
     * @param share of the runs that may be killed at their limit, such as 0.02; above 0, below 1. {@link Quantity#TIME} uses
     *     0.005 at most. For k tiles that one task does in turn: that share divided by k
     */
    public Asked ask(double x, Limits limits, double share) {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException(
                    "the share of runs that may be killed must lie between 0 and 1, not " + share);
        }
        Wanted wanted = forecast.runs() == 0 ? first() : learned(x, quantity.accepted(share));
        Map<String, String> leftOut = leftOut();
        for (Kill kill : kills.on(node -> !leftOut.containsKey(node))) {
            double amount = ABOVE_A_KILL * kill.limit() * expectedOr(x, 1) / expectedOr(kill.x(), 1);
            if (amount > wanted.amount()) {
                wanted = new Wanted(amount, Sentence.ofKill(quantity, kill));
            }
        }
        return answer(x, wanted, limits);
    }

    /**
     * What a task asks for that does so many tiles of this size one after the other. Memory: as for one, of which that share
     * divided by their number may be killed, because each of them may end the task. Time: the sum of what they use on average,
     * and 2.6 standard deviations of that sum, which 1 in 200 sums exceeds; their greatest times do not come together. At least
     * as much as {@link #ask} for one tile.
     */
    public Asked askInTurn(double x, int tiles, Limits limits, double share) {
        Asked one = ask(x, limits, tiles > 1 ? share / tiles : share);
        if (tiles <= 1 || quantity != Quantity.TIME) {
            return one;
        }
        double expected = expectedOr(x, guess);
        double spread = SPREAD * deviation(x).orElse(expected) * Math.sqrt(tiles);
        Wanted wanted = new Wanted(quantity.withGrace(tiles * expected + spread), Sentence.inTurn(tiles, expected));
        return wanted.amount() > one.amount() ? answer(x, wanted, limits) : one;
    }

    /** An amount before it is rounded; an exact one is not rounded to a part of a node either. */
    private record Wanted(double amount, boolean exact, String why) {
        private Wanted(double amount, String why) {
            this(amount, false, why);
        }
    }

    private Wanted first() {
        return new Wanted(
                guess,
                true,
                again ? "what the recipe's version before asked for, no run yet" : "the recipe's guess, no run yet");
    }

    private Wanted learned(double x, double share) {
        Estimate estimate = forecast.estimate(x, share);
        return new Wanted(quantity.withGrace(estimate.need()), Sentence.of(quantity, forecast, estimate, share));
    }

    /**
     * What the next attempt at a tile asks for whose last attempt was killed at its limit.
     *
     * @param failedAt the greatest limit at which an attempt at this tile was killed
     * @param failedOn the node of that attempt; empty: not known. If that node is to blame, the same amount is asked for
     *     again, and the caller must leave that node out
     * @param last whether this is the tile's last attempt: it is given all that a run can have, or ten times the time. Of memory
     *     that jobs share, ten times too, and no more than half of it, unless an attempt that is not the last asks for more
     * @return an amount above {@code failedAt}, or all that a run can have, or {@code failedAt} as said above
     */
    public Asked askAgain(double x, double failedAt, String failedOn, boolean last, Limits limits, double share) {
        String failed = " the " + quantity.text(failedAt) + " at which this tile was killed";
        if (last) {
            return answer(x, last(x, failedAt, limits, share), limits);
        }
        if (leftOut().containsKey(failedOn)) {
            return answer(x, new Wanted(failedAt, true, "as before, on another node than " + failedOn), limits);
        }
        double step = step(x, failedAt);
        Asked asked = ask(x, limits, share);
        return asked.amount() >= step * failedAt
                ? asked
                : answer(x, new Wanted(step * failedAt, Sentence.factor(step) + " ×" + failed), limits);
    }

    private Wanted last(double x, double failedAt, Limits limits, double share) {
        double asked = ask(x, limits, share).amount();
        if (limits.shared()) { // a job that asks for all of it would wait until no other job runs
            double ample = Math.min(limits.most() / 2, LAST_ATTEMPT * failedAt);
            double amount = Math.max(ample, Math.max(asked, step(x, failedAt) * failedAt));
            if (amount < limits.most()) {
                return new Wanted(amount, true, "a part of what jobs have together, for the last attempt");
            }
        }
        boolean bounded = quantity != Quantity.TIME && Double.isFinite(limits.most());
        // Of several tiles in a task, one may have failed with little time that was left.
        double ample = Math.max(asked, LAST_ATTEMPT * failedAt);
        double most = bounded ? limits.most() : Math.min(limits.most(), ample);
        return new Wanted(most, true, "all that a run can have, for the last attempt");
    }

    private double step(double x, double failedAt) {
        return Retry.step(ratio -> forecast.runs() == 0 ? 0 : forecast.weightAbove(x, failedAt * ratio));
    }

    private Asked answer(double x, Wanted wanted, Limits limits) {
        Rounded rounded = wanted.exact()
                ? Granule.exact(quantity, wanted.amount(), limits)
                : Granule.up(quantity, wanted.amount(), limits);
        String why = quantity.text(rounded.amount()) + ": " + wanted.why() + rounded.why();
        return new Asked(rounded.amount(), why, expectedOr(x, guess));
    }

    private double expectedOr(double x, double unknown) {
        return forecast.runs() == 0 ? unknown : forecast.expected(x);
    }

    /** What such a run uses on average; empty before the first run. For choosing a device, and the length of a task. */
    public OptionalDouble expected(double x) {
        return forecast.runs() == 0 ? OptionalDouble.empty() : OptionalDouble.of(forecast.expected(x));
    }

    /**
     * What a run uses on average that may read much less, or much more, than any before: along the line through the runs, or
     * in proportion to what is read. Empty before the first run. For choosing the size of tiles.
     */
    public OptionalDouble inProportion(double x) {
        return forecast.runs() == 0 ? OptionalDouble.empty() : OptionalDouble.of(forecast.inProportion(x));
    }

    /** The standard deviation of what such a run uses; empty before the third run. */
    public OptionalDouble deviation(double x) {
        return forecast.runs() < 3
                ? OptionalDouble.empty()
                : OptionalDouble.of(forecast.expected(x) * forecast.deviation());
    }

    /**
     * The nodes on which runs of this class use more than elsewhere, or are killed although they need no more elsewhere; each
     * with the reason, for the operator. Of the tasks of this class, 19 in 20 should exclude them: the others find out when a
     * node is well again. At most half of the nodes.
     */
    public Map<String, String> nodesLeftOut() {
        return leftOut();
    }

    /** Of the last runs (about 200), the share that was killed at its limit; 0 before the first run. */
    public double recentKills() {
        return recent.share();
    }

    /** All of this as text: ASCII, several lines, at most 10 kB. {@link #parse} gives one that answers the same. */
    public String text() {
        String first = "sizing 1 " + quantity + " " + Words.of(guess) + " " + (again ? 1 : 0);
        return Stream.concat(
                        Stream.concat(Stream.of(first), forecast.text().stream()),
                        Stream.of("kills " + kills.text(), "nodes " + nodes.text(), "recent " + recent.text()))
                .collect(Collectors.joining("\n"));
    }

    /**
     * Reads what {@link #text()} wrote.
     *
     * @throws IllegalArgumentException when the text is damaged; the message names the line and what is wrong. The caller may
     *     begin with {@link #of}, and learn from the ledger's runs again
     */
    public static Learned parse(String text) {
        Lines lines = new Lines(text);
        Words words = lines.next("sizing");
        if (words.count() != 1) {
            throw words.damaged("is of another version of Swath");
        }
        Learned read = new Learned(words.one(Quantity.values()), words.amount(), words.count() == 1);
        read.forecast = Forecast.parse(lines);
        read.kills = Kills.parse(lines.next("kills"));
        read.nodes = Nodes.parse(lines.next("nodes"));
        read.recent = Recent.parse(lines.next("recent"));
        return read;
    }
}
