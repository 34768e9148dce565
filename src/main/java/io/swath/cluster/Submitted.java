package io.swath.cluster;

/** The result of a submission. */
public sealed interface Submitted {
    /** The job is in the queue. */
    record Accepted(String jobId) implements Submitted {}

    /**
     * The cluster rejected the submission, so no job exists.
     *
     * @param why the cluster's own message
     */
    record Rejected(String why, Reason reason) implements Submitted {}

    /** What has to change before the cluster accepts a submission that it rejected. */
    enum Reason {
        /** Nothing: it may be accepted later as it is. */
        NOT_NOW,
        /** It has too many tasks; an array with fewer tasks may be accepted, or this one when others have ended. */
        TOO_MANY_TASKS,
        /** One of its tasks asks for more than a limit of the cluster allows, at any time. */
        TASK_TOO_LARGE,
        /** A setting, the recipe, or a right of Swath's user. */
        NOT_ALLOWED
    }

    /**
     * The answer is lost or unclear, so the job may exist. Look it up by its token before you send it again.
     *
     * @param what the answer, or what happened instead
     * @param maybeTooMany if the job does not exist, then probably because it has too many tasks
     */
    record Ambiguous(String what, boolean maybeTooMany) implements Submitted {
        public Ambiguous(String what) {
            this(what, false);
        }
    }
}
