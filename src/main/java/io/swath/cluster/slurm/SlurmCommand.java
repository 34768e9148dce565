package io.swath.cluster.slurm;

import java.util.List;

/**
 * One of Slurm's commands: how it is written, and how its answer is read.
 *
 * @param <T> the answer
 */
interface SlurmCommand<T> {
    /** The program and its arguments. */
    List<String> argv();

    /** Reads the answer. Called only if {@link #wentWell} is true. */
    T parse(CommandResult result);

    /** The purpose, for messages of the form "Tried to …". */
    String description();

    /** Whether the command changes anything. Only the leader may send such a command. */
    default boolean changes() {
        return false;
    }

    /** Which commands go before others, when there are more than Slurm should get. */
    default Precedence precedence() {
        return changes() ? Precedence.CHANGE : Precedence.QUESTION;
    }

    /** How many requests of slurmctld the command takes at most, as sdiag counted them with Slurm 24.11.5. */
    default int requests() {
        return switch (name()) {
            case "sacct", "sacctmgr" -> 0; // they ask slurmdbd
            case "sbatch" -> 1;
            case "squeue" -> 3;
            default -> 2;
        };
    }

    /** The name under which the metrics count the command. */
    default String name() {
        return argv().get(0);
    }

    /**
     * Whether the answer is valid. An empty answer with an error message is not valid, even with exit status 0.
     * Otherwise Swath would conclude that there are no jobs.
     */
    default boolean wentWell(CommandResult result) {
        return result.exit() == 0
                && !(result.stdout().isBlank() && result.stderr().contains("error:"));
    }
}
