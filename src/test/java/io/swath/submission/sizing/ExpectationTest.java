package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExpectationTest {
    @Test
    void finds_the_line_that_the_runs_lie_on() {
        Expectation expectation = new Expectation();
        for (int x = 1; x <= 20; x++) {
            expectation.learn(new Point(x, 100 + 15 * x, 1), 100 + 15 * x);
        }
        assertThat(expectation.hasLine()).isTrue();
        assertThat(expectation.line(10)).isCloseTo(250, within(0.01));
        assertThat(expectation.line(20)).isCloseTo(400, within(0.01));
        assertThat(expectation.line(0)).isEqualTo(115); // not below the least that was seen
        assertThat(expectation.line(40)).isCloseTo(700, within(0.01));
    }

    @Test
    void errors_count_relative_to_the_need() {
        // Of (1, 100), (2, 100) and (11, 1100), the last with 1/121 of the weight, solved by hand: with u = x - 1 and v
        // = y - 100,
        // v = a + b u; sums of w = 2.00826, wu = 1.08264, wv = 8.26446, wuu = 1.82645, wuv = 82.6446:
        // b = (2.00826 x 82.6446 - 1.08264 x 8.26446) / (2.00826 x 1.82645 - 1.08264²) = 62.914, a = -29.801.
        Expectation expectation = new Expectation();
        for (int round = 0; round < 500; round++) {
            expectation.learn(new Point(1, 100, 1.0 / 16), 100);
            expectation.learn(new Point(2, 100, 1.0 / 16), 100);
            expectation.learn(new Point(11, 1100, 1.0 / 16), 1100);
        }
        assertThat(expectation.line(2)).isCloseTo(100 - 29.801 + 62.914, within(0.5));
        assertThat(expectation.line(11)).isCloseTo(100 - 29.801 + 629.14, within(2.0));
    }

    @Test
    void there_is_no_line_without_a_spread_of_x_with_few_runs_or_where_more_is_read_for_less() {
        Expectation constant = new Expectation();
        Expectation zero = new Expectation();
        Expectation falling = new Expectation();
        for (int run = 0; run < 20; run++) {
            constant.learn(new Point(32, 400 + run, 1), 400);
            zero.learn(new Point(0, 400 + run, 1), 400);
            falling.learn(new Point(1 + run, 400 - run, 1), 400);
        }
        assertThat(constant.hasLine()).isFalse();
        assertThat(zero.hasLine()).isFalse();
        assertThat(falling.hasLine()).isFalse();
        Expectation few = new Expectation();
        for (int run = 1; run <= 7; run++) {
            few.learn(new Point(run, 100 * run, 1), 100 * run);
        }
        assertThat(few.hasLine()).isFalse();
        few.learn(new Point(8, 800, 1), 800);
        assertThat(few.hasLine()).isTrue();
    }

    @Test
    void without_a_line_a_run_that_reads_more_than_any_before_is_expected_to_need_more_in_proportion() {
        Expectation expectation = new Expectation();
        expectation.learn(new Point(10, 100, 1), 100);
        assertThat(expectation.mean(10.4)).isEqualTo(100);
        assertThat(expectation.mean(40)).isEqualTo(400);
        assertThat(expectation.seen(10.4)).isTrue();
        assertThat(expectation.seen(11)).isFalse();
    }

    @Test
    void beyond_what_was_read_before_the_greater_of_line_and_proportion_is_expected() {
        Expectation expectation = new Expectation();
        for (int run = 0; run < 300; run++) { // of runs that read 10 and 20 MB and need 390 and 410
            int x = 10 + 10 * (run % 2);
            expectation.learn(new Point(x, 370 + 2 * x, 1), 370 + 2 * x);
        }
        assertThat(expectation.line(20)).isCloseTo(410, within(0.1));
        assertThat(expectation.line(40)).isCloseTo(2 * 400, within(1.0)); // the line alone says 450
    }

    @Test
    void one_outlier_counts_as_three_times_what_was_expected() {
        Expectation expectation = new Expectation();
        expectation.learn(new Point(1, 100, 1), 100);
        expectation.learn(new Point(1, 100_000, 1), 100);
        assertThat(expectation.mean(1))
                .isCloseTo((100 * Math.pow(0.5, 1.0 / 64) + 300) / (Math.pow(0.5, 1.0 / 64) + 1), within(1e-6));
        assertThat(expectation.most()).isEqualTo(100_000);
    }

    @Test
    void half_of_the_mean_is_of_the_last_64_runs() {
        Expectation expectation = new Expectation();
        for (int run = 0; run < 1000; run++) {
            expectation.learn(new Point(1, 100, 1), 100);
        }
        for (int run = 0; run < 64; run++) {
            expectation.learn(new Point(1, 200, 1), 100);
        }
        assertThat(expectation.mean(1)).isCloseTo(150, within(0.01));
    }
}
