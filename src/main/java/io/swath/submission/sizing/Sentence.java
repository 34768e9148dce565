package io.swath.submission.sizing;

import io.swath.submission.sizing.Forecast.Estimate;
import io.swath.submission.sizing.Kills.Kill;
import java.util.Locale;

/** Says in words where a request comes from. */
final class Sentence {
    private Sentence() {}

    static String of(Quantity quantity, Forecast forecast, Estimate estimate, double share) {
        String runs = count(forecast.runs(), "run") + ", " + count(forecast.scenes(), "scene");
        String need = quantity.text(Math.ceil(estimate.need() / estimate.margin()));
        String said = estimate.greatest()
                ? "no run of this size has needed more than " + need
                : decimal(100 * (1 - share), 2) + " of 100 runs of this size need less than " + need;
        return said + " (" + runs + "), × " + factor(estimate.margin()) + quantity.grace();
    }

    static String inTurn(int tiles, double expected) {
        return tiles + " tiles of " + decimal(expected, 1) + " s one after the other, with 2.6 standard deviations"
                + Quantity.TIME.grace();
    }

    static String ofKill(Quantity quantity, Kill kill) {
        return "a run was killed at " + quantity.text(kill.limit()) + ", and its tile is not done yet, × 1.2";
    }

    static String factor(double factor) {
        return decimal(factor, 2);
    }

    private static String count(long number, String what) {
        return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
    }

    private static String decimal(double value, int digits) {
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
