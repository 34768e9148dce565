package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.UnsentBatches.OpenRuns;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WavesTest {
    private static final int SLOTS = 12;
    private static final int WAITING = 20;

    private final TestClock steady = new TestClock();
    private final Waves waves = new Waves(WAITING, steady);

    private static Scene scene(Priority priority) {
        Scene.Arrival arrival = new Scene.Arrival("x.tif", "", Origin.COMMAND, priority, Instant.EPOCH);
        return Scene.arrived("a", "ndvi", "0123abcd", arrival, SceneState.PLANNED, "");
    }

    private static OpenRuns open(Priority priority, int runs, int running) {
        return new OpenRuns("ndvi", "ndvi", "cpu", priority, false, false, true, false, runs, running, 1);
    }

    private int free(Priority priority, OpenRuns... open) {
        return waves.free(scene(priority), "cpu", SLOTS, 3, new OpenTasks(List.of(open), true), 0);
    }

    @Test
    void the_partition_is_filled_and_a_few_tasks_wait() {
        assertThat(free(Priority.NORMAL)).isEqualTo(SLOTS + WAITING);
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 32, 12))).isZero();
    }

    @Test
    void more_are_sent_when_half_of_them_have_ended_because_each_array_costs_a_request() {
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 32, 12))).isZero();
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 20, 12))).isZero();
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 16, 12))).isEqualTo(16);
    }

    @Test
    void the_more_runs_have_taught_a_step_the_more_of_its_tasks_may_wait() {
        OpenTasks none = new OpenTasks(List.of(), true);
        assertThat(waves.free(scene(Priority.NORMAL), "cpu", SLOTS, 10, none, 0))
                .isEqualTo(SLOTS + WAITING);
        assertThat(waves.free(scene(Priority.NORMAL), "cpu", SLOTS, 500, none, 0))
                .isEqualTo(SLOTS + 1_000);
    }

    @Test
    void a_scene_waits_only_for_tasks_that_may_start_before_its_own() {
        OpenRuns[] open = {open(Priority.NIGHT, 100, 4), open(Priority.NORMAL, 10, 4)};

        assertThat(free(Priority.NIGHT, open)).isZero();
        assertThat(free(Priority.NORMAL, open)).isEqualTo(22);
        assertThat(free(Priority.URGENT, open)).isEqualTo(32);
    }

    @Test
    void tasks_that_never_start_keep_nobody_waiting_for_long() {
        OpenRuns stuck = open(Priority.NORMAL, 32, 0);
        assertThat(free(Priority.NORMAL, stuck)).isZero();
        steady.forward(Duration.ofSeconds(29));
        assertThat(free(Priority.NORMAL, stuck)).isZero();
        steady.forward(Duration.ofSeconds(1));

        assertThat(free(Priority.NORMAL, stuck)).isEqualTo(32);
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 64, 0))).isZero();
    }

    @Test
    void of_a_step_that_has_taught_nothing_as_many_are_sent_as_can_run_at_once_and_more_if_these_never_start() {
        OpenTasks none = new OpenTasks(List.of(), true);
        assertThat(waves.freeUntaught(scene(Priority.URGENT), "ndvi", "cpu", SLOTS, none, 0))
                .isEqualTo(SLOTS);
        assertThat(waves.freeUntaught(scene(Priority.URGENT), "ndvi", "cpu", SLOTS, none, 5))
                .isEqualTo(SLOTS - 5);
        OpenTasks stuck = new OpenTasks(List.of(open(Priority.NORMAL, 12, 0)), true);
        assertThat(waves.freeUntaught(scene(Priority.URGENT), "ndvi", "cpu", SLOTS, stuck, 0))
                .isZero();
        steady.forward(Duration.ofSeconds(30));
        assertThat(waves.freeUntaught(scene(Priority.URGENT), "ndvi", "cpu", SLOTS, stuck, 0))
                .isEqualTo(SLOTS);
    }

    @Test
    void each_task_that_ends_without_teaching_anything_lets_two_more_wait() {
        assertThat(waves.freeUntaught(scene(Priority.NORMAL), "ndvi", "cpu", SLOTS, tasks(10), 0))
                .isEqualTo(SLOTS - 10);
        assertThat(waves.freeUntaught(scene(Priority.NORMAL), "ndvi", "cpu", SLOTS, tasks(6), 0))
                .isEqualTo(SLOTS + 2 * 4 - 6);
        assertThat(waves.freeUntaught(scene(Priority.NORMAL), "ndvi", "cpu", SLOTS, tasks(6), 3))
                .isEqualTo(SLOTS + 2 * 4 - 9);
    }

    private static OpenTasks tasks(int open) {
        return new OpenTasks(List.of(open(Priority.NORMAL, open, 0)), true);
    }

    @Test
    void long_tasks_are_no_reason_to_send_more() {
        OpenRuns busy = open(Priority.NORMAL, 32, 12);
        assertThat(free(Priority.NORMAL, busy)).isZero();
        steady.forward(Duration.ofHours(1));
        assertThat(free(Priority.NORMAL, busy)).isZero();
    }

    @Test
    void after_tasks_have_ended_again_no_more_are_sent_than_usual() {
        free(Priority.NORMAL, open(Priority.NORMAL, 32, 0));
        steady.forward(Duration.ofSeconds(30));
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 32, 0))).isEqualTo(32);
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 40, 12))).isEqualTo(24);
        assertThat(free(Priority.NORMAL, open(Priority.NORMAL, 39, 12))).isZero();
    }
}
