package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {
    private record Weighed(double ratio, double weight) {}

    @Test
    void the_quantile_is_the_greatest_ratio_until_there_are_enough_runs() {
        Shape shape = new Shape();
        for (int run = 0; run < 40; run++) { // fewer than 1/0.02 - 1
            shape.add(1 + run % 7 / 10.0, 1);
        }
        assertThat(shape.isGreatest(0.02)).isTrue();
        assertThat(shape.quantile(0.02)).isBetween(1.6, 1.6 * 1.02);
    }

    @Test
    void of_four_runs_in_five_parts_one_may_lie_above() {
        Shape shape = new Shape();
        List.of(1.0, 2.0, 3.0, 4.0).forEach(ratio -> shape.add(ratio, 1));
        // By hand: with a share of 0.45, 0.45 x (4 + 1) - 1 = 1.25 runs may lie above, so the answer is the second
        // greatest.
        assertThat(shape.quantile(0.45)).isBetween(3.0, 3.0 * 1.02);
        // With 0.25: 0.25 runs, so none.
        assertThat(shape.quantile(0.25)).isBetween(4.0, 4.0 * 1.02);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void the_quantile_agrees_with_its_definition_on_sorted_runs(long seed) {
        Random random = new Random(seed);
        Shape shape = new Shape();
        List<Weighed> runs = new ArrayList<>();
        for (int run = 0; run < 500; run++) {
            double weight = run % 3 == 0 ? 0.5 : 1;
            double ratio = Math.exp(0.4 * random.nextGaussian());
            runs.replaceAll(known -> new Weighed(known.ratio(), known.weight() * Math.pow(0.5, weight / 200)));
            runs.add(new Weighed(ratio, weight));
            shape.add(ratio, weight);
        }
        runs.sort(Comparator.comparingDouble(Weighed::ratio).reversed());
        double total = runs.stream().mapToDouble(Weighed::weight).sum();
        for (double share : new double[] {0.3, 0.1, 0.02, 0.005}) {
            double above = 0;
            double expected = 0;
            for (Weighed run : runs) {
                expected = run.ratio();
                above += run.weight();
                if (above > share * (total + 1) - 1) {
                    break;
                }
            }
            assertThat(shape.quantile(share)).isBetween(expected * 0.979, expected * 1.021);
        }
        assertThat(shape.weight()).isCloseTo(total, within(0.01));
    }

    @Test
    void the_margin_of_runs_without_spread_shrinks_with_their_number() {
        assertThat(marginAfter(1)).isCloseTo(1.19, within(0.005));
        assertThat(marginAfter(3)).isCloseTo(1.12, within(0.005));
        assertThat(marginAfter(10)).isCloseTo(1.04, within(0.005));
        assertThat(marginAfter(100)).isEqualTo(1.03);
    }

    private static double marginAfter(int runs) {
        Shape shape = new Shape();
        for (int run = 0; run < runs; run++) {
            shape.add(1, 1);
        }
        return Margin.of(shape, runs, 0.02);
    }

    @Test
    void the_margin_is_greater_where_runs_differ() {
        Random random = new Random(1);
        Shape wide = new Shape();
        for (int run = 0; run < 10; run++) {
            wide.add(Math.exp(0.6 * random.nextGaussian()), 1);
        }
        assertThat(Margin.of(wide, 10, 0.02)).isBetween(1.15, 1.4);
    }

    @Test
    void ratios_beyond_the_ends_count_in_the_last_buckets() {
        Shape shape = new Shape();
        shape.add(1e12, 1);
        assertThat(shape.quantile(0.02)).isBetween(35.0, 36.0);
        shape = new Shape();
        shape.add(1e-12, 1);
        assertThat(shape.quantile(0.02)).isBetween(0.027, 0.03);
    }

    @Test
    void half_of_the_weight_is_left_after_200_runs() {
        Shape shape = new Shape();
        shape.add(10, 1);
        for (int run = 0; run < 200; run++) {
            shape.add(1, 1);
        }
        assertThat(shape.above(5)).isCloseTo(0.5, within(0.001));
    }

    @Test
    void the_standard_deviation_is_that_of_the_logarithms() {
        Shape shape = new Shape();
        shape.add(1, 1);
        shape.add(Math.pow(1.02, 10), 1);
        assertThat(shape.deviation()).isCloseTo(5 * Math.log(1.02), within(0.001));
    }

    @Test
    void reads_what_it_wrote() {
        Random random = new Random(7);
        Shape shape = new Shape();
        for (int run = 0; run < 300; run++) {
            shape.add(Math.exp(random.nextGaussian()), 0.3);
        }
        Shape read = Shape.parse(new Lines("x " + shape.text()).next("x"));
        assertThat(read.text()).isEqualTo(shape.text());
        assertThat(read.weight()).isEqualTo(shape.weight());
        assertThat(read.quantile(0.02)).isEqualTo(shape.quantile(0.02));
    }
}
