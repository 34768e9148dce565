package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.swath.testing.TestClock;
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

    @Test
    void the_last_tasks_of_a_batch_are_asked_about_more_often_than_others_and_then_more_rarely() {
        TestClock clock = new TestClock();
        Pace pace = new Pace(clock);
        Map<String, Integer> all = Map.of("swath-a-1", 3);
        pace.recordCycle(true, Pace.Awaited.LAST_TASKS, Duration.ZERO, all);
        clock.forward(Duration.ofMillis(500));
        assertThat(pace.due(OPEN, all)).isTrue();
        pace.recordCycle(false, Pace.Awaited.LAST_TASKS, Duration.ZERO, all);
        clock.forward(Duration.ofMillis(500));
        assertThat(pace.due(OPEN, all)).isFalse();
        clock.forward(Duration.ofMillis(250));
        assertThat(pace.due(OPEN, all)).isTrue();
    }

    @Test
    void a_job_whose_end_the_cluster_reports_makes_one_cycle_due_at_once() {
        TestClock clock = new TestClock();
        Pace pace = new Pace(clock);
        pace.recordCycle(true, Pace.Awaited.NOTHING, Duration.ofMillis(10), Map.of());
        pace.jobEnded();
        assertThat(pace.due(OPEN, Map.of()))
                .as("not sooner than the cluster can bear")
                .isFalse();
        clock.forward(Duration.ofMillis(40));
        assertThat(pace.due(OPEN, Map.of())).isTrue();
        assertThat(pace.due(OPEN, Map.of())).isFalse();
    }

    @Test
    void of_what_was_just_submitted_nobody_asks_before_two_seconds_or_the_last_evidence() {
        TestClock clock = new TestClock();
        Pace pace = new Pace(clock);
        pace.recordNothingOpen();
        clock.forward(Duration.ofMinutes(1));
        pace.wake();
        assertThat(pace.due(OPEN, Map.of())).isFalse();
        clock.forward(Duration.ofMillis(500));
        assertThat(pace.due(OPEN, Map.of("swath-a-1", 2))).isFalse();
        assertThat(pace.due(OPEN, Map.of("swath-a-1", 3))).isTrue();
        clock.forward(Duration.ofMillis(1_500));
        assertThat(pace.due(OPEN, Map.of())).isTrue();
    }

    @Test
    void the_last_evidence_of_a_batch_makes_a_cycle_due_soon_after_another_unless_the_cluster_answers_slowly() {
        TestClock clock = new TestClock();
        Pace quick = new Pace(clock);
        Pace slow = new Pace(clock);
        quick.recordCycle(true, Pace.Awaited.NOTHING, Duration.ofMillis(50), Map.of("swath-a-1", 2));
        slow.recordCycle(true, Pace.Awaited.NOTHING, Duration.ofMillis(400), Map.of("swath-a-1", 2));
        clock.forward(Duration.ofMillis(200));

        assertThat(quick.due(OPEN, Map.of("swath-a-1", 3))).isTrue();
        assertThat(slow.due(OPEN, Map.of("swath-a-1", 3))).isFalse();
        clock.forward(Duration.ofMillis(200));
        assertThat(slow.due(OPEN, Map.of("swath-a-1", 3))).isTrue();
    }
}
