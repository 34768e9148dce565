package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.UnsentBatches.OpenRuns;
import io.swath.model.Priority;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("resources")
class TaskLimitsTest {
    private static final LimitScope CPU = new LimitScope("cpu", false);
    private static final LimitScope GPU = new LimitScope("gpu", false);

    private final TestClock steady = new TestClock();
    private final TaskLimits limits = new TaskLimits(5_000, steady);
    private int held;

    /** Sends arrays for {@code tasks} more tasks, each as large as allowed, to a cluster that holds at most {@code limit}. */
    private List<Integer> send(int tasks, int limit) {
        List<Integer> refused = new ArrayList<>();
        for (int sent = 0; sent < tasks; ) {
            int size = Math.min(tasks - sent, limits.most(CPU) - held);
            if (size < 1) {
                break;
            }
            if (held + size > limit) {
                limits.refused(CPU, holding(held), size);
                refused.add(held + size);
                continue;
            }
            limits.accepted(CPU, held, size);
            held += size;
            sent += size;
        }
        return refused;
    }

    private static OpenTasks holding(int tasks) {
        return new OpenTasks(
                List.of(new OpenRuns("ndvi", "ndvi", "cpu", Priority.NORMAL, false, false, true, false, tasks, 0, 1)),
                true);
    }

    @Test
    void once_a_queue_that_others_filled_has_space_again_the_number_of_tasks_doubles_with_each_array() {
        for (int size = 4_096; size > 0; size /= 2) {
            limits.refused(CPU, holding(0), size);
        }
        assertThat(limits.most(CPU)).isEqualTo(1);
        steady.forward(Duration.ofSeconds(15));
        limits.accepted(CPU, 0, 1);

        int arrays = 1;
        for (held = 1; held < 5_000; arrays++) {
            steady.forward(Duration.ofSeconds(1));
            int size = limits.most(CPU) - held;
            assertThat(size).as("tasks that may be sent beside " + held).isPositive();
            limits.accepted(CPU, held, size);
            held += size;
        }
        assertThat(arrays).isLessThanOrEqualTo(14);
    }

    @Test
    void a_number_that_was_refused_a_moment_ago_is_approached_by_halves() {
        limits.refused(CPU, holding(0), 1_000);
        limits.accepted(CPU, 0, 500);
        assertThat(limits.most(CPU)).isEqualTo(750);
        limits.refused(CPU, holding(500), 250);
        assertThat(limits.most(CPU)).isEqualTo(625);
    }

    @Test
    void a_limit_that_stays_is_tried_after_pauses_that_grow_from_one_to_ten_minutes() {
        send(5_000, 1_000);
        assertThat(held).isEqualTo(1_000);
        List<Long> tries = new ArrayList<>();
        for (long minute = 1; minute <= 60; minute++) {
            steady.forward(Duration.ofMinutes(1));
            if (!send(5_000, 1_000).isEmpty()) {
                tries.add(minute);
            }
        }
        assertThat(held).isEqualTo(1_000);
        assertThat(tries).containsExactly(1L, 3L, 7L, 15L, 25L, 35L, 45L, 55L);
    }

    private static OpenTasks holding(int cpu, int gpu) {
        return new OpenTasks(
                List.of(
                        new OpenRuns("ndvi", "ndvi", "cpu", Priority.NORMAL, false, false, true, false, cpu, 0, 1),
                        new OpenRuns("ndvi", "ndvi", "gpu", Priority.NORMAL, false, false, true, false, gpu, 0, 1)),
                true);
    }

    @Test
    void a_scope_with_more_tasks_leaves_the_next_place_free_until_a_refused_task_of_another_is_accepted() {
        limits.refused(GPU, holding(5, 1), 1);
        assertThat(limits.most(CPU)).isEqualTo(4);
        assertThat(limits.most(GPU)).as("it is tried again").isEqualTo(2);
        limits.refused(GPU, holding(5, 1), 1);
        assertThat(limits.most(CPU)).as("no task has ended").isEqualTo(4);
        limits.accepted(GPU, 1, 1);
        assertThat(limits.most(CPU)).isEqualTo(5_000);
    }

    @Test
    void a_scope_with_no_more_tasks_than_another_gives_no_place_to_it() {
        limits.refused(GPU, holding(2, 2), 1);
        assertThat(limits.most(CPU)).isEqualTo(5_000);
    }

    @Test
    void a_limit_of_one_scope_takes_one_place_from_the_others_once_in_ten_minutes() {
        limits.refused(GPU, holding(5, 0), 1);
        assertThat(limits.most(CPU)).isEqualTo(4);
        limits.refused(GPU, holding(4, 0), 1);
        assertThat(limits.most(CPU)).as("a free place did not help").isEqualTo(5_000);
        steady.forward(Duration.ofMinutes(9));
        limits.refused(GPU, holding(5, 0), 1);
        assertThat(limits.most(CPU)).isEqualTo(5_000);
        steady.forward(Duration.ofMinutes(1));
        limits.refused(GPU, holding(5, 0), 1);
        assertThat(limits.most(CPU)).isEqualTo(4);
    }

    @Test
    void a_task_that_is_no_longer_sent_takes_no_place() {
        limits.refused(GPU, holding(5, 0), 1);
        steady.forward(Duration.ofMinutes(6));
        assertThat(limits.most(CPU)).isEqualTo(5_000);
    }
}
