package io.swath.model;

/** The state of one submission with sbatch. */
public enum BatchState {
    /** Recorded in the ledger and not sent yet. */
    INTENT,
    /** The cluster has it, and its job id is known. */
    SUBMITTED,
    /** It may have been sent, but the answer is not clear. It is looked up in the cluster before it is sent again. */
    AMBIGUOUS,
    /** All its runs have ended. */
    DONE
}
