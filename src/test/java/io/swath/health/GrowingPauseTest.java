package io.swath.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrowingPauseTest {
    private final GrowingPause pause = new GrowingPause(Duration.ofSeconds(5), Duration.ofSeconds(60));

    @Test
    void each_pause_is_twice_as_long_as_the_one_before_up_to_the_longest() {
        assertThat(IntStream.of(-1, 0, 1, 2, 3, 4, 5, 1000, Integer.MAX_VALUE)
                        .mapToObj(pause::after)
                        .map(Duration::toSeconds))
                .containsExactly(0L, 0L, 5L, 10L, 20L, 40L, 60L, 60L, 60L);
    }
}
