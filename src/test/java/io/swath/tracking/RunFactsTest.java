package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.Outcome;
import io.swath.model.ResourceUse;
import io.swath.testing.TaskRow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunFactsTest {
    /** The facts of a task that accounting says ran for 30 s, and whose evidence says this. */
    private static ResourceUse used(Duration wall, long cpuMillis) {
        ResourceUse own = new ResourceUse(Optional.of(wall), Optional.of(cpuMillis), Optional.of(2048L));
        Evidence evidence =
                new Evidence("13", Outcome.OK, Optional.of(0), "", "", own, Evidence.Output.NONE, List.of());
        return RunFacts.of(
                        TaskRow.task("12", "swath-a-1", 0)
                                .is(TaskStatus.Phase.COMPLETED)
                                .row(),
                        "12_0",
                        TaskUsage.UNKNOWN,
                        Optional.of(evidence))
                .used();
    }

    @Test
    void what_a_task_can_have_used_counts() {
        ResourceUse used = used(Duration.ofSeconds(30), 90_000);
        assertThat(used.wall()).contains(Duration.ofSeconds(30));
        assertThat(used.cpuMillis()).contains(90_000L);
        assertThat(used.memoryKiB()).contains(2048L);
    }

    @Test
    void more_time_than_the_task_ran_counts_as_not_measured() {
        ResourceUse used = used(Duration.ofHours(1), Long.MAX_VALUE);
        assertThat(used.wall()).isEmpty();
        assertThat(used.cpuMillis()).isEmpty();
        assertThat(used.memoryKiB()).contains(2048L);
    }
}
