package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Runs commands where Slurm's commands are installed: on this machine or on a login node. Thread-safe.
 *
 * <p>A command gets a clean environment: the search path, the user, {@code LANG=C.UTF-8}, {@code TZ=UTC},
 * {@code SLURM_BITSTR_LEN=0} and {@code SLURM_CONF}. Other {@code SLURM_*}, {@code SACCT_*} and {@code SQUEUE_*}
 * variables would change what Slurm prints. The standard input is empty.
 */
@FunctionalInterface
public interface CommandRunner {
    /**
     * Runs the command until it ends. Any exit status is a result, not an error.
     *
     * @throws ClusterException when the command cannot be run, has not ended by the deadline, or the connection is lost;
     *     the command may still have taken effect
     * @throws io.swath.cluster.UnreachableException when the command has certainly not been started
     */
    CommandResult run(Command command, Duration deadline);

    /**
     * Runs the command and passes on each line of its output. A runner that can do so passes a line on as soon as it
     * arrives. When an exception is thrown, lines may have been passed on, and the last line may be truncated.
     */
    default CommandResult run(Command command, Duration deadline, Consumer<String> lines) {
        CommandResult result = run(command, deadline);
        result.stdout().lines().forEach(lines);
        return new CommandResult(result.exit(), "", result.stderr());
    }
}
