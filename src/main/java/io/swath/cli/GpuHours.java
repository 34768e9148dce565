package io.swath.cli;

import io.swath.ledger.GpuUsage;
import java.util.List;
import java.util.Locale;

/** How many GPU-hours requests for whole GPUs have wasted, or would have: a line for each recipe and step. */
record GpuHours(List<GpuUsage.Total> totals) {
    private static final double PER_HOUR = 3600;
    private static final double ROUNDING = 1e-9;
    /** As a share of all: what parts of a GPU are rounded to counts as a whole GPU. */
    private static final double SAME = 0.999;

    /**
     * @param text for people
     * @param advice whether a change of the recipe would waste less
     */
    record Line(String text, boolean advice) {}

    List<Line> lines() {
        return totals.stream()
                .filter(total -> total.elapsed() > 0)
                .map(GpuHours::line)
                .toList();
    }

    private static Line line(GpuUsage.Total total) {
        String start = total.recipe() + ", step " + total.step() + ": ";
        boolean measured = total.neededPart().isPresent();
        double needed = total.neededPart().orElse(1.0);
        String need = measured
                ? String.format(Locale.ROOT, "the runs needed %.0f %% of a GPU", Math.ceil(100 * needed - ROUNDING))
                : "no run was measured";
        if (total.asked() < SAME * total.elapsed()) {
            return new Line(
                    start + "parts of GPUs took " + hours(total.asked()) + "; whole GPUs would have taken "
                            + hours(total.elapsed()) + ", and wasted " + hours(total.elapsed() - total.asked()) + " ("
                            + need
                            + ")",
                    false);
        }
        boolean advice = measured && needed <= 0.5;
        return new Line(
                start + "whole GPUs took " + hours(total.elapsed())
                        + (measured ? ", and wasted " + hours(total.elapsed() * Math.max(0, 1 - needed)) : "") + " ("
                        + need
                        + ")"
                        + (advice
                                ? String.format(
                                        Locale.ROOT,
                                        ": write gpu: %.2f in the recipe, and let the cluster have slices, shards or MPS",
                                        Math.ceil(100 * needed - ROUNDING) / 100)
                                : ""),
                advice);
    }

    private static String hours(double seconds) {
        return String.format(Locale.ROOT, "%,.2f GPU-hours", seconds / PER_HOUR);
    }
}
