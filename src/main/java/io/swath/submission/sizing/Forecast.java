package io.swath.submission.sizing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.StringJoiner;

/**
 * What the next run will need, so that only an accepted share of runs needs more: what is expected, times a factor by the
 * spread of the runs before it, times a margin because they are few. Mutable, not thread-safe.
 */
final class Forecast {
    /** So many first runs are kept, and all is computed again from them; later, they are the last ones. */
    private static final int KEPT = 32;
    /** A line is used only where it asks for less than this share of what the mean asks for. */
    private static final double WORTH_A_LINE = 0.97;
    /** Whether a line is used must not follow from who asks. */
    private static final double USUAL_SHARE = 0.02;

    private final Deque<Point> last = new ArrayDeque<>();
    private long runs;
    private Expectation expectation = new Expectation();
    private Shape byMean = new Shape();
    private Shape byLine = new Shape();
    private Scenes scenes = new Scenes();

    /**
     * An upper bound for the next run.
     *
     * @param expected what it needs on average
     * @param factor the quantile of need / expectation
     * @param margin more, because there are few runs
     * @param need the bound: their product, or less where no run has needed so much
     * @param greatest whether there are too few runs for the quantile, so that the factor is the greatest one seen
     */
    record Estimate(double expected, double factor, double margin, double need, boolean greatest) {}

    void learn(double x, double y, String scene) {
        Point run = new Point(x, y, scenes.weightOf(scene));
        double expected = runs == 0 ? y : expected(x);
        scenes.add(scene, Math.log(y / expected), run.weight());
        last.addLast(run);
        runs++;
        if (runs <= KEPT) {
            rebuild();
        } else {
            last.removeFirst();
            addRatios(run);
            expectation.learn(run, expected(x));
        }
    }

    private void rebuild() {
        Expectation rough = new Expectation();
        for (Point run : last) {
            rough.learn(run, rough.isEmpty() ? run.y() : rough.at(run.x()));
        }
        expectation = new Expectation(); // of the same runs, whose weights and outliers are better known now
        last.forEach(run -> expectation.learn(run, rough.at(run.x())));
        byMean = new Shape();
        byLine = new Shape();
        last.forEach(this::addRatios);
    }

    private void addRatios(Point run) {
        byMean.add(run.y() / expectation.mean(run.x()), run.weight());
        byLine.add(run.y() / expected(run.x()), run.weight());
    }

    /** Where there is a line, what it expects; else the mean. */
    double expected(double x) {
        return expectation.at(x);
    }

    /** As {@link Expectation#inProportion}. */
    double inProportion(double x) {
        return expectation.inProportion(x);
    }

    Estimate estimate(double x, double share) {
        boolean line = lineAsksForLess();
        Shape shape = line ? byLine : byMean;
        double expected = line ? expectation.line(x) : expectation.mean(x);
        double factor = shape.quantile(share);
        double margin = margin(shape, share);
        double need = expected * factor * margin;
        if (expectation.seen(x)) {
            need = Math.min(need, expectation.most() * margin);
        }
        return new Estimate(expected, factor, margin, need, shape.isGreatest(share));
    }

    private boolean lineAsksForLess() {
        if (!expectation.hasLine()) {
            return false;
        }
        double line = 0;
        double mean = 0;
        for (Point run : last) {
            line += expectation.line(run.x());
            mean += expectation.mean(run.x());
        }
        return line * byLine.quantile(USUAL_SHARE) * margin(byLine, USUAL_SHARE)
                < WORTH_A_LINE * mean * byMean.quantile(USUAL_SHARE) * margin(byMean, USUAL_SHARE);
    }

    private double margin(Shape shape, double share) {
        return Margin.of(shape, scenes.independent(shape.weight()), share);
    }

    /** The weight of the runs that need more than this, as far as they are remembered. */
    double weightAbove(double x, double amount) {
        return shape().above(amount / expected(x));
    }

    /** The standard deviation of ln(need / expectation). */
    double deviation() {
        return shape().deviation();
    }

    private Shape shape() {
        return expectation.hasLine() ? byLine : byMean;
    }

    long runs() {
        return runs;
    }

    long scenes() {
        return scenes.count();
    }

    List<String> text() {
        StringJoiner points = new StringJoiner(" ");
        last.forEach(run -> points.add(Words.of(run.x()) + ";" + Words.of(run.y()) + ";" + Words.of(run.weight())));
        return List.of(
                "last " + runs + " " + points,
                "expectation " + expectation.text(),
                "by-mean " + byMean.text(),
                "by-line " + byLine.text(),
                "scenes " + scenes.text());
    }

    static Forecast parse(Lines lines) {
        Forecast read = new Forecast();
        Words words = lines.next("last");
        read.runs = words.count();
        while (words.more()) {
            String[] parts = words.parts(";", 3, 3);
            Point run = new Point(words.amount(parts[0]), words.amount(parts[1]), words.amount(parts[2]));
            if (run.y() < 1 || run.weight() <= 0 || run.weight() > 1) {
                throw words.damaged("has an impossible run");
            }
            read.last.addLast(run);
        }
        if (read.last.size() != Math.min(KEPT, read.runs)) {
            throw words.damaged("has " + read.last.size() + " of " + read.runs + " runs");
        }
        read.expectation = Expectation.parse(lines.next("expectation"));
        read.byMean = Shape.parse(lines.next("by-mean"));
        read.byLine = Shape.parse(lines.next("by-line"));
        read.scenes = Scenes.parse(lines.next("scenes"));
        return read;
    }
}
