package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.health.Incidents;
import io.swath.health.Incidents.Incident;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class StuckScenesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Incidents incidents = new Incidents(Clock.fixed(NOW, ZoneOffset.UTC));
    private final StuckScenes stuck = new StuckScenes(incidents);

    private boolean pausedFor(Duration pause) {
        Instant end = NOW.plus(pause);
        return stuck.isPaused("a", end.minusNanos(1)) && !stuck.isPaused("a", end);
    }

    @Test
    void a_scene_that_cannot_be_inspected_again_and_again_waits_longer_each_time() {
        stuck.reportInspection("a", "a time-out", NOW);
        assertThat(stuck.isPaused("a", NOW)).isFalse();
        for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300}) {
            stuck.reportInspection("a", "a time-out", NOW);
            assertThat(pausedFor(Duration.ofSeconds(seconds)))
                    .as("%d s", seconds)
                    .isTrue();
        }
        assertThat(stuck.isPaused("b", NOW)).isFalse();
        assertThat(incidents.open()).extracting(Incident::part).containsExactly("scene a");

        stuck.resolve("a");
        assertThat(stuck.isPaused("a", NOW)).isFalse();
        assertThat(incidents.open()).isEmpty();
    }

    @Test
    void another_reason_makes_no_scene_wait() {
        stuck.report("a", "there is no recipe");
        stuck.report("a", "there is no recipe");
        assertThat(stuck.isPaused("a", NOW)).isFalse();
    }
}
