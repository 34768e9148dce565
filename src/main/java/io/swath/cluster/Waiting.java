package io.swath.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the queue says of tasks that have not ended, and of those that were cancelled of late: a task of an array behind
 * {@code aftercorr} that was cancelled before it could start has no row in Slurm's accounting (seen with 24.11.5: only
 * the array's last index has one), so the queue is the only place that tells of it, until MinJobAge has passed.
 *
 * @param token the job's name
 * @param indices the tasks it stands for; empty when the row does not tell which
 * @param clusterState the state that the queue shows: {@code PENDING}, {@code RUNNING}, {@code SUSPENDED}, {@code CANCELLED} …
 * @param reason such as {@code Resources}, {@code Priority}, {@code Dependency}
 */
public record Waiting(
        String jobId,
        String token,
        List<Integer> indices,
        String clusterState,
        String reason,
        Optional<Instant> expectedStart) {}
