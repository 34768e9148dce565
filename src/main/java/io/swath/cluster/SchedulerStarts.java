package io.swath.cluster;

import java.time.Instant;

/**
 * How many jobs of all users the cluster's scheduler has started.
 *
 * @param since when it began to count
 * @param started jobs that were started
 * @param backfilled those of them that were started before more important ones, in a gap that was free for as long as they ask for
 */
public record SchedulerStarts(Instant since, long started, long backfilled) {}
