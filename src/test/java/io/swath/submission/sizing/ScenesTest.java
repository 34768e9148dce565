package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ScenesTest {
    @Test
    void runs_of_scenes_that_are_each_of_one_piece_are_worth_one_run_a_scene() {
        Scenes scenes = new Scenes();
        for (int run = 0; run < 80; run++) {
            scenes.add("S" + run % 8, run % 8, 1);
        }
        assertThat(scenes.betweenScenes()).isGreaterThan(0.99);
        assertThat(scenes.independent(80)).isBetween(8.0, 9.3);
        assertThat(scenes.count()).isEqualTo(8);
    }

    @Test
    void runs_of_scenes_that_are_alike_are_worth_nearly_all() {
        Random random = new Random(3);
        Scenes scenes = new Scenes();
        for (int run = 0; run < 160; run++) {
            scenes.add("S" + run % 16, random.nextGaussian(), 1);
        }
        assertThat(scenes.betweenScenes()).isLessThan(0.12);
        assertThat(scenes.independent(160)).isGreaterThan(70);
    }

    @Test
    void the_share_between_scenes_is_that_of_an_analysis_of_variance() {
        Scenes scenes = new Scenes();
        double[][] runs = {{0.1, 0.2, 0.3}, {0.5, 0.6, 0.7}};
        for (int run = 0; run < 3; run++) {
            scenes.add("A", runs[0][run], 1);
            scenes.add("B", runs[1][run], 1);
        }
        // By hand: within: 4 x 0.1² = 0.04, 4 degrees of freedom: 0.01. All: 0.04 + 6 x 0.2² = 0.28, 5 degrees: 0.056.
        // 1 - 0.01 / 0.056 = 0.82; the fading of old runs shifts it a little.
        assertThat(scenes.betweenScenes()).isCloseTo(0.82, within(0.01));
        assertThat(scenes.independent(6)).isCloseTo(6 / (1 + 2 * 0.82), within(0.05)); // Kish
    }

    @Test
    void the_first_16_runs_of_a_scene_count_in_full_and_later_ones_ever_less() {
        Scenes scenes = new Scenes();
        for (int run = 0; run < 16; run++) {
            assertThat(scenes.weightOf("S")).isEqualTo(1);
            scenes.add("S", 0, 1);
        }
        assertThat(scenes.weightOf("S")).isEqualTo(16.0 / 17);
        for (int run = 16; run < 99; run++) {
            scenes.add("S", 0, scenes.weightOf("S"));
        }
        assertThat(scenes.weightOf("S")).isEqualTo(0.16);
        assertThat(scenes.weightOf("T")).isEqualTo(1);
    }
}
