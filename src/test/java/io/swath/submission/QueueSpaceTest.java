package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.UnsentBatches.OpenRuns;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueueSpaceTest {
    private static final int SLOTS = 12;
    private static final Scene SCENE = Scene.arrived(
            "a",
            "ndvi",
            "0123abcd",
            new Scene.Arrival("x.tif", "", Origin.COMMAND, Priority.NORMAL, Instant.EPOCH),
            SceneState.PLANNED,
            "");
    private static final LearnedRequests.Sized UNTAUGHT = new LearnedRequests.Sized(
            new Request("cpu", 1, 100, Duration.ofMinutes(2), 0, 0, List.of()),
            new Because("the recipe's guess", "", ""),
            0,
            Set.of());

    private final TestClock steady = new TestClock();
    private final Waves waves = new Waves(/* waiting= */ 20, steady);

    private int free(int openTasks) {
        List<OpenRuns> open = openTasks == 0
                ? List.of()
                : List.of(new OpenRuns(
                        "ndvi", "ndvi", "cpu", Priority.NORMAL, false, false, true, false, openTasks, openTasks, 1));
        return new QueueSpace(new OpenTasks(open, true), new TaskLimits(5_000, steady), NightQuota.ALWAYS, waves)
                .free(SCENE, "ndvi", UNTAUGHT, SLOTS);
    }

    @Test
    void tasks_that_have_just_ended_without_teaching_anything_let_more_of_their_step_wait_at_once() {
        assertThat(free(0)).isEqualTo(SLOTS);
        assertThat(free(SLOTS)).isZero();

        assertThat(free(0)).isEqualTo(SLOTS + 2 * SLOTS);
    }
}
