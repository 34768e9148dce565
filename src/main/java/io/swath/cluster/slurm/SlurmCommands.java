package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import io.swath.cluster.DeniedException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.cluster.UnreachableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sends commands to Slurm: counts them, sends no more of them than the budget has, lets only the leader change something, and throws when an answer is no answer.
 * Thread-safe.
 */
final class SlurmCommands {
    private static final Pattern DENIED = Pattern.compile("(?i)permission denied|not permitted");

    private final CommandRunner runner;
    private final Duration deadline;
    private final Optional<Fence> fence;
    private final CommandBudget budget;
    private final Map<String, LongAdder> sent = new ConcurrentHashMap<>();

    SlurmCommands(CommandRunner runner, Duration deadline, Optional<Fence> fence, CommandBudget budget) {
        this.runner = runner;
        this.deadline = deadline;
        this.fence = fence;
        this.budget = budget;
    }

    /**
     * Sends a command and reads its answer.
     *
     * @throws io.swath.model.LeadershipLostException when it was not run, because this Swath is no longer the leader
     */
    <T> T send(SlurmCommand<T> command) {
        Command plain = counted(command);
        if (fence.isEmpty() || !command.changes()) {
            return command.parse(checked(command, answered(command.name(), runner.run(plain, deadline))));
        }
        CommandResult result = answered(command.name(), runner.run(fence.get().wrap(plain), deadline));
        return command.parse(checked(command, fence.get().requirePassed(plain, result)));
    }

    /** Passes on the lines of the answer as they come. */
    void stream(SlurmCommand<Void> command, Consumer<String> lines) {
        LongAdder count = new LongAdder();
        CommandResult result = answered(command.name(), runner.run(counted(command), deadline, line -> {
            count.increment();
            lines.accept(line);
        }));
        checked(command, count.sum() == 0 ? result : new CommandResult(result.exit(), "rows", result.stderr()));
    }

    /**
     * Sends several submissions in one command.
     *
     * @return the answers in their order
     * @throws UnreachableException when certainly none of them was received
     */
    List<Submitted> submit(List<JobArray> submissions) {
        SbatchSeries series = new SbatchSeries(submissions, fence);
        budget.take(submissions.size(), Precedence.CHANGE, submissions.size());
        count("sbatch", submissions.size());
        Queue<String> lines = new ConcurrentLinkedQueue<>(); // the runner may pass them on in another thread
        try {
            CommandResult result = answered(
                    "sbatch",
                    runner.run(series.command(deadline), deadline.multipliedBy(submissions.size()), lines::add));
            return series.answers(text(lines), result.stderr(), result.errorText());
        } catch (UnreachableException notSent) {
            throw notSent;
        } catch (ClusterException problem) {
            return series.answers(text(lines), "", problem.getMessage());
        }
    }

    private static String text(Queue<String> lines) {
        return lines.stream().map(line -> line + '\n').collect(Collectors.joining());
    }

    private Command counted(SlurmCommand<?> command) {
        budget.take(1, command.precedence(), command.requests());
        count(command.name(), 1);
        return new Command(command.argv(), command.description());
    }

    private void count(String name, int commands) {
        sent.computeIfAbsent(name, first -> new LongAdder()).add(commands);
    }

    private CommandResult answered(String name, CommandResult result) {
        budget.answered(name, result.stderr());
        return result;
    }

    private static CommandResult checked(SlurmCommand<?> command, CommandResult result) {
        if (!command.wentWell(result)) {
            String what = "Tried to " + command.description() + ", but " + command.name() + " reported: "
                    + result.errorText();
            throw command instanceof Scontrol
                            && DENIED.matcher(result.errorText()).find()
                    ? new DeniedException(
                            what
                                    + ". Swath's user lacks the right to do this; ask the cluster's administrator (sacctmgr(1))")
                    : new ClusterException(what);
        }
        return result;
    }

    /** How many commands were sent, by their names. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        sent.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }
}
