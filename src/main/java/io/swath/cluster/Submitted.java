package io.swath.cluster;

/** What became of a submission. */
public sealed interface Submitted {
    /** Queued, under this job id. */
    record Accepted(String jobId) implements Submitted {}

    /** The answer was lost or is unclear: the job may exist. Look it up by its token before sending again. */
    record Ambiguous(String what) implements Submitted {}
}
