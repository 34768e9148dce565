package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final Map<String, Integer> OPEN = Map.of("swath-a-1", 3);

    @Test
    void the_first_cycle_is_due_at_once() {
        assertThat(new Pace(Clock.systemUTC()).due(OPEN, Map.of())).isTrue();
    }

    @Test
    void right_after_a_cycle_no_cycle_is_due_whatever_the_evidence() {
        Pace pace = new Pace(Clock.systemUTC());
        pace.recordCycle(true, Pace.Awaited.SOME_TASKS, Duration.ZERO, Map.of("swath-a-1", 0));

        assertThat(pace.due(OPEN, Map.of("swath-a-1", 3))).isFalse();
        pace.wake();
        assertThat(pace.due(OPEN, Map.of("swath-a-1", 3))).isFalse();
    }

    @Test
    void complete_evidence_makes_a_cycle_due_earlier_than_some_new_evidence_or_none() {
        Pace complete = new Pace(Clock.systemUTC());
        Pace some = new Pace(Clock.systemUTC());
        Pace none = new Pace(Clock.systemUTC());
        for (Pace pace : new Pace[] {complete, some, none}) {
            pace.recordCycle(true, Pace.Awaited.NOTHING, Duration.ZERO, Map.of("swath-a-1", 1));
        }
        await().pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(5))
                .until(() -> complete.due(OPEN, Map.of("swath-a-1", 3)));
        assertThat(some.due(OPEN, Map.of("swath-a-1", 2))).isFalse();
        assertThat(none.due(OPEN, Map.of("swath-a-1", 1))).isFalse();
    }

    @Test
    void evidence_that_was_complete_at_the_last_cycle_makes_no_cycle_due() {
        Pace seen = new Pace(Clock.systemUTC());
        Pace fresh = new Pace(Clock.systemUTC());
        seen.recordCycle(true, Pace.Awaited.NOTHING, Duration.ZERO, Map.of("swath-a-1", 3));
        fresh.recordCycle(true, Pace.Awaited.NOTHING, Duration.ZERO, Map.of("swath-a-1", 2));
        await().pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(5))
                .until(() -> fresh.due(OPEN, Map.of("swath-a-1", 3)));
        assertThat(seen.due(OPEN, Map.of("swath-a-1", 3))).isFalse();
    }

    @Test
    void a_cluster_that_answers_slowly_is_asked_less_often() {
        Pace slow = new Pace(Clock.systemUTC());
        Pace quick = new Pace(Clock.systemUTC());
        slow.recordCycle(true, Pace.Awaited.SOME_TASKS, Duration.ofMinutes(1), Map.of("swath-a-1", 0));
        quick.recordCycle(true, Pace.Awaited.SOME_TASKS, Duration.ofMillis(1), Map.of("swath-a-1", 0));
        await().pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(5))
                .until(() -> quick.due(OPEN, Map.of("swath-a-1", 3)));
        assertThat(slow.due(OPEN, Map.of("swath-a-1", 3))).isFalse();
    }
}
