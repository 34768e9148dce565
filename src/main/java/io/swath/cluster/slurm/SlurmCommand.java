package io.swath.cluster.slurm;

import java.util.List;

/**
 * One of Slurm's commands: what to send, and what its answer means.
 *
 * @param <T> what the answer tells
 */
interface SlurmCommand<T> {
    /** The program and its arguments. */
    List<String> argv();

    /** What the answer tells; only asked of commands that went well, see {@link #wentWell}. */
    T parse(CommandResult result);

    /** What it is for, to follow "tried to" in a message. */
    String description();

    /** Whether it changes anything; then it is only for whoever has the turn. */
    default boolean changes() {
        return false;
    }

    /** Under which name it is counted. */
    default String name() {
        return argv().get(0);
    }

    /**
     * Whether the answer can be relied on. An empty answer with an error beside it is none, whatever the exit status:
     * to take it for "there is nothing" is how jobs get lost.
     */
    default boolean wentWell(CommandResult result) {
        return result.exit() == 0
                && !(result.stdout().isBlank() && result.stderr().contains("error:"));
    }
}
