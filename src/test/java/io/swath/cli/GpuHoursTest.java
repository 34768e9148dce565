package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cli.GpuHours.Line;
import io.swath.ledger.GpuUsage.Total;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuHoursTest {
    /** In hours. */
    private static List<Line> lines(double elapsed, double asked, double measured, double needed) {
        return new GpuHours(List.of(
                        new Total("texture", "infer", elapsed * 3600, asked * 3600, measured * 3600, needed * 3600)))
                .lines();
    }

    @Test
    void parts_of_gpus_are_compared_with_whole_gpus() {
        assertThat(lines(2_000, 500, 100, 4))
                .containsExactly(new Line(
                        "texture, step infer: parts of GPUs took 500.00 GPU-hours; whole GPUs would have taken"
                                + " 2,000.00 GPU-hours, and wasted 1,500.00 GPU-hours (the runs needed 4 % of a GPU)",
                        false));
        assertThat(lines(2, 1, 0, 0).get(0).text()).endsWith("(no run was measured)");
    }

    @Test
    void whole_gpus_of_which_little_was_needed_are_advised_to_be_parts() {
        assertThat(lines(10, 10, 5, 0.55))
                .containsExactly(new Line(
                        "texture, step infer: whole GPUs took 10.00 GPU-hours, and wasted 8.90 GPU-hours (the runs needed"
                                + " 11 % of a GPU): write gpu: 0.11 in the recipe, and let the cluster have slices, shards"
                                + " or MPS",
                        true));
    }

    @Test
    void whole_gpus_that_were_needed_or_not_measured_get_no_advice() {
        assertThat(lines(10, 10, 5, 4))
                .containsExactly(new Line(
                        "texture, step infer: whole GPUs took 10.00 GPU-hours, and wasted 2.00 GPU-hours (the runs needed"
                                + " 80 % of a GPU)",
                        false));
        assertThat(lines(10, 10, 0, 0))
                .containsExactly(
                        new Line("texture, step infer: whole GPUs took 10.00 GPU-hours (no run was measured)", false));
        assertThat(lines(0, 0, 0, 0)).isEmpty();
    }
}
