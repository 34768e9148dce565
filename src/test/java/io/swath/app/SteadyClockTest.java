package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    @Test
    void starts_with_the_time_of_day_and_runs_forward() {
        Instant before = Instant.now();
        SteadyClock clock = new SteadyClock();
        Instant first = clock.instant();

        assertThat(first).isAfterOrEqualTo(before);
        await().until(() -> clock.instant().isAfter(first));
    }
}
