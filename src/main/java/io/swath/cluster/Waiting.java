package io.swath.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One row of the queue: tasks that have not ended, or tasks that were cancelled recently. Immutable.
 *
 * <p>Cancelled tasks matter for arrays with an {@code aftercorr} dependency. When a task of such an array is cancelled
 * before it could start, accounting has no row for it (seen with 24.11.5: only the last index has a row). Only the
 * queue shows the task, until MinJobAge has passed (slurm.conf(5)).
 *
 * @param token the job's name
 * @param indices the tasks that the row covers; empty when the row does not list them
 * @param clusterState the state in the queue, such as {@code PENDING}, {@code RUNNING} or {@code CANCELLED}
 * @param reason such as {@code Resources}, {@code Priority} or {@code Dependency}
 * @param expectedStart the scheduler's estimate
 */
public record Waiting(
        String jobId,
        String token,
        List<Integer> indices,
        String clusterState,
        String reason,
        Optional<Instant> expectedStart) {}
