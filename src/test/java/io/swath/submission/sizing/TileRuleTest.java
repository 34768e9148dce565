package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.TileCut;
import io.swath.submission.sizing.TileRule.Option;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TileRuleTest {
    private static final int EVERYTHING = 1_000_000;

    /** Of a scene of 16384 x 16384 pixels of 4 bytes; a megapixel takes so many seconds, and a megabyte so many MiB. */
    private static List<Option> sizes(double secondsPerMegapixel, double memoryPerMegabyte, int nodeMiB, int shareMiB) {
        return IntStream.of(8192, 4096, 2048, 1024)
                .mapToObj(side -> {
                    double megapixels = side * side / 1e6;
                    double memory = 4 * megapixels * memoryPerMegabyte;
                    return new Option(
                            new TileCut(side, 16384 / side * (16384 / side), 4 * megapixels),
                            secondsPerMegapixel * megapixels,
                            memory <= nodeMiB,
                            memory <= shareMiB);
                })
                .toList();
    }

    private static int side(int free, double secondsPerMegapixel) {
        return new TileRule("ndvi", "cpu", free, Duration.ofSeconds(30))
                .choose(sizes(secondsPerMegapixel, 0, EVERYTHING, EVERYTHING))
                .side();
    }

    @Test
    void where_few_cores_are_free_tiles_are_the_smallest_whose_tasks_last() {
        assertThat(side(4, 0.1)).isEqualTo(8192);
        assertThat(side(4, 2)).isEqualTo(4096);
        assertThat(side(4, 10)).isEqualTo(2048);
        assertThat(side(0, 10)).isEqualTo(2048);
        assertThat(side(4, 100)).isEqualTo(1024);
    }

    @Test
    void each_free_core_gets_a_tile_even_if_its_task_is_short() {
        assertThat(side(12, 0.1)).isEqualTo(4096);
        assertThat(side(60, 0.1)).isEqualTo(2048);
        assertThat(side(65, 0.1)).isEqualTo(1024);
        assertThat(side(10_000, 0.1)).isEqualTo(1024);
    }

    @Test
    void a_size_whose_tasks_a_node_cannot_hold_is_not_chosen() {
        TileRule rule = new TileRule("ndvi", "cpu", 1, Duration.ofSeconds(30));
        assertThat(rule.choose(sizes(0.1, 4, 500, EVERYTHING)).side()).isEqualTo(4096);
        assertThat(rule.choose(sizes(0.1, 4, 500, EVERYTHING)).why()).endsWith("; larger ones need too much memory");
        assertThat(rule.choose(sizes(0.1, 4, 1, EVERYTHING)).side()).isEqualTo(1024);
    }

    @Test
    void a_size_whose_tasks_leave_cores_without_memory_is_not_chosen_if_another_is_possible() {
        TileRule rule = new TileRule("ndvi", "cpu", 1, Duration.ofSeconds(30));
        assertThat(rule.choose(sizes(0.1, 4, EVERYTHING, 100)).side()).isEqualTo(2048);
        assertThat(rule.choose(sizes(0.1, 4, EVERYTHING, 1)).side()).isEqualTo(8192);
    }

    @Test
    void the_reason_says_how_long_a_task_takes_and_for_how_many_cores_the_tiles_are() {
        List<Option> sizes = sizes(2, 0, EVERYTHING, EVERYTHING);
        assertThat(new TileRule("ndvi", "cpu", 12, Duration.ofSeconds(30))
                        .choose(sizes)
                        .why())
                .isEqualTo("a task of step ndvi takes about 34 s, and 16 tiles are for 12 free places in partition cpu;"
                        + " larger ones would be too few");
        assertThat(new TileRule("ndvi", "cpu", 3, Duration.ofSeconds(30))
                        .choose(sizes)
                        .why())
                .isEqualTo("a task of step ndvi takes about 34 s, and 16 tiles are for 3 free places in partition cpu;"
                        + " smaller ones would take less than 30 s");
    }
}
