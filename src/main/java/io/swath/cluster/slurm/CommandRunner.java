package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Runs commands where Slurm's are installed: on this machine or on a login node. Thread-safe.
 *
 * <p>A command's environment is clean: the search path, the user, {@code LANG=C.UTF-8}, {@code TZ=UTC} and
 * {@code SLURM_BITSTR_LEN=0}, but no other {@code SLURM_*}, {@code SACCT_*} or {@code SQUEUE_*} that would change what
 * Slurm prints ({@code SLURM_CONF} stays). Its standard input is empty.
 */
@FunctionalInterface
public interface CommandRunner {
    /**
     * Runs the command to its end; its exit status is no trouble, whatever it is.
     *
     * @throws ClusterException when it cannot be run, has not ended by the deadline, or its connection is lost; it may
     *     still have had its effect
     */
    CommandResult run(Command command, Duration deadline);

    /**
     * The same, with each line of the output handed on as it comes, where the runner can. Lines may have been handed on
     * when it throws, the last of them cut.
     */
    default CommandResult run(Command command, Duration deadline, Consumer<String> lines) {
        CommandResult result = run(command, deadline);
        result.stdout().lines().forEach(lines);
        return new CommandResult(result.exit(), "", result.stderr());
    }
}
