package io.swath.model;

/**
 * Why a scene waits, and who can end the wait. Immutable.
 *
 * @param reason a short name of the cause, such as {@code QOSMaxMemoryPerJob}
 * @param kind whether it passes by itself
 * @param what the cause in words, and what to do
 * @param who who can end the wait
 */
public record WaitCause(String reason, Kind kind, String what, String who) {
    /** Whether a wait passes by itself. Each kind has its own patience: after it, the wait is an incident. */
    public enum Kind {
        /** It does not pass: a person has to act. */
        PERSON,
        /** Nobody can tell whether it passes. */
        UNKNOWN,
        /** It passes when other work ends. If no work starts or ends any more, it does not. */
        LIMIT,
        /** It passes by itself, though it may take days. */
        PASSES,
        /** It passes when other tasks of Swath end. They run, or have waits of their own, which say more. */
        FOLLOWS;

        /** Whether the waits of one kind follow each other without meaning anything new, as Priority and Resources do. */
        public boolean interchangeable() {
            return this == LIMIT || this == PASSES || this == FOLLOWS;
        }
    }

    /** For {@link #who}: the wait ends without anybody. */
    public static final String NOBODY = "nobody, it passes by itself";

    /** For {@link #who}. */
    public static final String ADMINISTRATOR = "an administrator of the cluster";

    /** For {@link #who}. */
    public static final String OPERATOR = "the operator of Swath";
}
