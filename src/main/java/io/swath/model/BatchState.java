package io.swath.model;

/** Where one sbatch is. */
public enum BatchState {
    /** Written down, not known to have been sent. */
    INTENT,
    SUBMITTED,
    /** Sent, and the answer is unclear: it is looked up before anything else happens. */
    AMBIGUOUS,
    DONE
}
