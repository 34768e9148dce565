package io.swath.job;

import java.util.Arrays;
import java.util.Optional;

/**
 * The exit codes that {@code job.sh} itself gives to a task. Every other code is the exit code of the recipe's script.
 *
 * <p>{@code job.sh.template} holds the same numbers; a test compares the two.
 */
public enum ExitCode {
    /** The script ended well, but its output is missing or unusable. */
    BAD_OUTPUT(65),
    /** The storage is full or cannot be written to, so no other node could write either. No evidence is written. */
    STORAGE_FULL(73),
    /** The node cannot do the work, for example because it does not see the storage. No evidence is written. */
    NODE(74),
    /** Another job holds the lease of this tile and attempt. Nothing was changed. */
    NOT_OURS(75),
    /** The output of the step before, or a tile that the assembly needs, is missing. */
    NOT_READY(76),
    /** What an earlier task made for this one is missing or was changed. It is made again. */
    EARLIER_CHANGED(77),
    /** A task of several tiles has no time left for the next ones, and has not begun them. */
    NO_TIME_LEFT(78),
    /** The task received SIGTERM: 128 + 15, as a shell counts it. */
    TERMINATED(143);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The constant for an exit code; empty when the code is the script's own. */
    public static Optional<ExitCode> of(int code) {
        return Arrays.stream(values()).filter(own -> own.code == code).findFirst();
    }
}
