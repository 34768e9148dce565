package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.submission.sizing.Granule.Rounded;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GranuleTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "  414   |  8000 |   421 | ', up to 1/19 of a node'", // 8000 / 19 = 421.05
                "  400   | 16000 |   400 | ', up to 1/40 of a node'",
                " 7800   | 16000 |  8000 | ', up to 1/2 of a node'",
                "15900   | 16000 | 16000 | ', up to a whole node'",
                " 5000   | 16000 |  5087 | ''", // 1/3 of a node is 7 % more; 2^(197/16) = 5086.1
                " 9000.5 | 16000 |  9329 | ''", // 2^(211/16) = 9328.6
                "   10   | 16000 |    64 | ', at least 64 MiB'",
                "16001   | 16000 | 16000 | ', at most 16000 MiB'"
            })
    void memory_is_rounded_to_a_part_of_a_node_or_to_a_sixteenth_of_a_doubling(
            double exact, double most, double expected, String why) {
        assertThat(Granule.up(Quantity.MEMORY, exact, new Limits(64, most))).isEqualTo(new Rounded(expected, why));
    }

    @ParameterizedTest
    @CsvSource({"1, 60", "60, 60", "61, 120", "600, 600", "961, 1020", "4000, 4140", "86000, 86400"})
    void time_is_rounded_to_whole_minutes(double exact, double expected) {
        assertThat(Granule.up(Quantity.TIME, exact, new Limits(60, 86_400)).amount())
                .isEqualTo(expected);
    }

    @Test
    void a_request_is_never_below_what_is_needed_and_at_most_five_percent_above() {
        Random random = new Random(5);
        Set<Double> sizes = new TreeSet<>();
        for (int i = 0; i < 10_000; i++) {
            double most = 1000 + random.nextInt(500_000);
            double exact = 100 + random.nextDouble() * (most - 100);
            double rounded =
                    Granule.up(Quantity.MEMORY, exact, new Limits(64, most)).amount();
            assertThat(rounded).isBetween(exact, Math.min(most, (exact + 1) * 1.05 + 1));
            assertThat(rounded).isEqualTo(Math.rint(rounded));
        }
        for (double exact = 100; exact < 16_000; exact++) {
            sizes.add(Granule.up(Quantity.MEMORY, exact, new Limits(64, 16_000)).amount());
        }
        assertThat(sizes).hasSizeLessThan(250);
    }

    @Test
    void without_a_limit_nothing_fills_a_node() {
        assertThat(Granule.up(Quantity.MEMORY, 5000, new Limits(64, Double.POSITIVE_INFINITY)))
                .isEqualTo(new Rounded(5087, ""));
    }

    @Test
    void memory_of_a_gpu_is_not_rounded_because_its_parts_are_coarse() {
        assertThat(Granule.up(Quantity.GPU_MEMORY, 5000.2, new Limits(1, 40_960)))
                .isEqualTo(new Rounded(5001, ""));
    }
}
