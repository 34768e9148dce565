package io.swath.cluster;

/** What became of a submission. */
public sealed interface Submitted {
    /** Queued, under this job id. */
    record Accepted(String jobId) implements Submitted {}

    /**
     * The cluster looked at it and said no: nothing was queued.
     *
     * @param why in the cluster's own words
     * @param passing it may be taken later as it is (a limit reached, a partition drained); otherwise sending the same
     *     again is no use
     */
    record Rejected(String why, boolean passing) implements Submitted {}

    /** The answer was lost or is unclear: the job may exist. Look it up by its token before sending again. */
    record Ambiguous(String what) implements Submitted {}
}
