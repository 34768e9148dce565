package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.model.Batch;
import io.swath.model.Wait;
import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import io.swath.testing.TaskRow;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("resources")
class QueueWaitsTest extends TrackingBench {
    private static final WaitCause DOWN =
            new WaitCause("PartitionDown", Kind.PERSON, "its partition is down", "an administrator");

    @BeforeEach
    void explain() {
        bench.cluster.causes.put(DOWN.reason(), DOWN);
        bench.cluster.causes.put(
                "JobHeldUser", new WaitCause("JobHeldUser", Kind.PERSON, "the job is held", "Swath's user"));
    }

    private List<Wait> waits() {
        return bench.ledger.read(session -> session.waits().all());
    }

    /** The batch has one pending task in accounting, and the queue gives this state and reason. */
    private void pending(Batch batch, String state, String reason) {
        accountingReports(TaskRow.task(batch, 0).is(Phase.PENDING));
        bench.cluster.queue.clear();
        queueReports(batch, state, reason, 0);
        cycles(Duration.ofMinutes(2));
    }

    @Test
    void the_queues_reason_is_recorded_for_the_scene_and_goes_when_the_task_starts() {
        Batch batch = queued(1);
        pending(batch, "PENDING", "PartitionDown");
        assertThat(waits()).extracting(Wait::cause).containsExactly(DOWN);
        assertThat(waits().get(0).sceneId()).isEqualTo("a");

        accountingReports(TaskRow.task(batch, 0).is(Phase.RUNNING));
        bench.cluster.queue.clear();
        queueReports(batch, "RUNNING", "", 0);
        cycles(Duration.ofMinutes(1));
        assertThat(waits()).isEmpty();
    }

    @Test
    void a_hold_that_a_person_asked_of_swath_is_no_reason_of_the_queue_but_any_other_hold_is() {
        Batch batch = queued(1);
        bench.ledger.change(session -> session.scenes().hold("a", true));
        pending(batch, "PENDING", "JobHeldUser");
        assertThat(waits()).isEmpty();
        bench.ledger.change(session -> session.scenes().hold("a", false));
        pending(batch, "PENDING", "JobHeldUser");
        assertThat(waits()).extracting(wait -> wait.cause().reason()).containsExactly("JobHeldUser");
    }

    @Test
    void a_task_that_somebody_else_suspended_waits() {
        Batch batch = queued(1);
        pending(batch, "SUSPENDED", "");
        assertThat(waits()).hasSize(1);
        bench.ledger.change(session -> session.scenes().suspend("a", true));
        pending(batch, "SUSPENDED", "");
        assertThat(waits()).isEmpty();
    }

    @Test
    void when_no_batch_is_open_no_scene_waits_in_the_queue() {
        Batch batch = queued(1);
        pending(batch, "PENDING", "PartitionDown");
        bench.cluster.queue.clear();
        bench.cluster.rows.clear();
        succeeds(batch, 0);
        cycle();
        succeeds(bench.batch("a", 2), 0);
        cycle();
        cycle();
        assertThat(bench.ledger.<Set<String>>read(session -> session.waits().scenes("queue")))
                .isEmpty();
    }
}
