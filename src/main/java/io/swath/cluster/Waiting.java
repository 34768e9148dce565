package io.swath.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the queue says of tasks that have not ended.
 *
 * @param indices the tasks it stands for; empty when the row does not tell which
 * @param word the queue's state word
 * @param reason such as {@code Resources}, {@code Priority}, {@code Dependency}
 */
public record Waiting(
        String jobId, List<Integer> indices, String word, String reason, Optional<Instant> expectedStart) {}
