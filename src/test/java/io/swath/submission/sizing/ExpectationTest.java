package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExpectationTest {
    @Test
    void finds_the_line_that_the_runs_lie_on() {
        Expectation expectation = new Expectation();
        for (int x = 1; x <= 20; x++) {
            expectation.learn(new Point(x, 100 + 15 * x, 1));
        }
        assertThat(expectation.hasLine()).isTrue();
        assertThat(expectation.line(10)).isCloseTo(250, within(0.01));
        assertThat(expectation.line(20)).isCloseTo(400, within(0.01));
        assertThat(expectation.line(0)).isEqualTo(115); // not below the least that was seen
        assertThat(expectation.line(40)).isCloseTo(700, within(0.01));
    }

    @Test
    void errors_count_relative_to_the_need() {
        // With weights 1/y², y = 100, 200 at x = 1 and 1000, 1000 at x = 9, taken four times: solved by hand.
        Expectation expectation = new Expectation();
        for (int round = 0; round < 30; round++) {
            for (double[] run : new double[][] {{1, 90}, {1, 110}, {9, 900}, {9, 1100}}) {
                expectation.learn(new Point(run[0], run[1], 1));
            }
        }
        assertThat(expectation.line(1)).isCloseTo(100, within(1.0));
        assertThat(expectation.line(9)).isCloseTo(1000, within(10.0));
    }

    @Test
    void there_is_no_line_without_a_spread_of_x_with_few_runs_or_where_more_is_read_for_less() {
        Expectation constant = new Expectation();
        Expectation zero = new Expectation();
        Expectation falling = new Expectation();
        for (int run = 0; run < 20; run++) {
            constant.learn(new Point(32, 400 + run, 1));
            zero.learn(new Point(0, 400 + run, 1));
            falling.learn(new Point(1 + run, 400 - run, 1));
        }
        assertThat(constant.hasLine()).isFalse();
        assertThat(zero.hasLine()).isFalse();
        assertThat(falling.hasLine()).isFalse();
        Expectation few = new Expectation();
        for (int run = 1; run <= 7; run++) {
            few.learn(new Point(run, 100 * run, 1));
        }
        assertThat(few.hasLine()).isFalse();
        few.learn(new Point(8, 800, 1));
        assertThat(few.hasLine()).isTrue();
    }

    @Test
    void without_a_line_a_run_that_reads_more_than_any_before_is_expected_to_need_more_in_proportion() {
        Expectation expectation = new Expectation();
        expectation.learn(new Point(10, 100, 1));
        assertThat(expectation.mean(10.4)).isEqualTo(100);
        assertThat(expectation.mean(40)).isEqualTo(400);
        assertThat(expectation.seen(10.4)).isTrue();
        assertThat(expectation.seen(11)).isFalse();
    }

    @Test
    void one_outlier_counts_as_three_times_what_was_expected() {
        Expectation expectation = new Expectation();
        expectation.learn(new Point(1, 100, 1));
        expectation.learn(new Point(1, 100_000, 1));
        assertThat(expectation.mean(1)).isCloseTo((100 * Math.pow(0.5, 1.0 / 64) + 300) / (Math.pow(0.5, 1.0 / 64) + 1), within(1e-6));
        assertThat(expectation.most()).isEqualTo(100_000);
    }

    @Test
    void half_of_the_mean_is_of_the_last_64_runs() {
        Expectation expectation = new Expectation();
        for (int run = 0; run < 1000; run++) {
            expectation.learn(new Point(1, 100, 1));
        }
        for (int run = 0; run < 64; run++) {
            expectation.learn(new Point(1, 200, 1));
        }
        assertThat(expectation.mean(1)).isCloseTo(150, within(0.01));
    }
}
