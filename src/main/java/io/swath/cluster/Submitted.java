package io.swath.cluster;

/** The result of a submission. */
public sealed interface Submitted {
    /** The job is in the queue. */
    record Accepted(String jobId) implements Submitted {}

    /**
     * The cluster rejected the submission, so no job exists.
     *
     * @param why the cluster's own message
     * @param temporary the same submission may be accepted later, for example when a limit is no longer reached
     */
    record Rejected(String why, boolean temporary) implements Submitted {}

    /** The answer is lost or unclear, so the job may exist. Look it up by its token before you send it again. */
    record Ambiguous(String what) implements Submitted {}
}
