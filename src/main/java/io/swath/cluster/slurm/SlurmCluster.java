package io.swath.cluster.slurm;

import io.swath.cluster.Accounts;
import io.swath.cluster.Backlog;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.SchedulerStarts;
import io.swath.cluster.Submitted;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.UnreachableException;
import io.swath.cluster.Waiting;
import io.swath.model.Request;
import io.swath.model.WaitCause;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Controls a Slurm cluster with Slurm's own commands. Thread-safe. */
public final class SlurmCluster implements Cluster {
    private static final Set<String> HELD_STATES = Set.of("REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT");

    /** Reasons of jobs that would not start in a good partition either. */
    private static final Set<String> NOT_ELIGIBLE = Set.of("Dependency", "BeginTime");

    private static final Logger LOG = LoggerFactory.getLogger(SlurmCluster.class);

    private final SlurmCommands commands;
    private final CommandBudget budget;
    private final String user;
    private final Clock clock;
    private final CapabilityReader reader;
    private final LongAdder unreadable = new LongAdder();
    private Set<String> fields = Set.of();

    /**
     * @param user the Slurm user that owns Swath's jobs
     * @param deadline how long a command may take; a submission that takes longer is ambiguous
     * @param clock a clock that never jumps
     */
    public SlurmCluster(CommandRunner runner, String user, Duration deadline, Clock clock) {
        this(runner, user, "", "", deadline, clock, Optional.empty(), true);
    }

    /** Sends as many commands as it likes; the parameters are those of the other constructor. */
    public SlurmCluster(
            CommandRunner runner,
            String user,
            String account,
            String qos,
            Duration deadline,
            Clock clock,
            Optional<Fence> fence,
            boolean requestMemory) {
        this(runner, user, account, qos, deadline, clock, fence, requestMemory, CommandBudget.UNLIMITED);
    }

    /**
     * @param account the account of jobs that name none; empty: the user's default
     * @param qos the quality of service of jobs that name none; empty: the account's default
     * @param fence stops commands that change something when this Swath is no longer the leader. A stopped command has
     *     had no effect, and its method throws {@link io.swath.model.LeadershipLostException}
     * @param requestMemory whether jobs may request memory where Slurm manages it
     * @param commandsPerMinute how many commands Slurm gets in a minute at most
     */
    public SlurmCluster(
            CommandRunner runner,
            String user,
            String account,
            String qos,
            Duration deadline,
            Clock clock,
            Optional<Fence> fence,
            boolean requestMemory,
            int commandsPerMinute) {
        this.budget = new CommandBudget(commandsPerMinute, clock, pause -> LockSupport.parkNanos(pause.toNanos()));
        this.commands = new SlurmCommands(runner, deadline, fence, budget);
        this.user = user;
        this.clock = clock;
        this.reader = new CapabilityReader(
                commands::send, user, account, qos, requestMemory, clock, rules -> budget.keepTo(RateLimit.of(rules)));
    }

    @Override
    public Capabilities capabilities() {
        return reader.capabilities();
    }

    @Override
    public Submitted submit(JobArray submission) {
        Sbatch command = new Sbatch(submission);
        try {
            return commands.send(command);
        } catch (UnreachableException notSent) {
            throw notSent;
        } catch (ClusterException problem) {
            return SbatchErrors.ambiguous(problem.getMessage());
        }
    }

    /** Several job arrays go to the login node in one command. */
    @Override
    public void submit(List<JobArray> submissions, BiConsumer<JobArray, Submitted> answers) {
        if (submissions.size() <= 1) {
            submissions.forEach(submission -> answers.accept(submission, submit(submission)));
            return;
        }
        List<Submitted> found = commands.submit(submissions);
        for (int number = 0; number < found.size(); number++) {
            answers.accept(submissions.get(number), found.get(number));
        }
    }

    @Override
    public Optional<String> refusalOf(List<String> options) {
        return commands.send(new TrialSubmission(options));
    }

    @Override
    public Map<String, List<String>> find(Collection<String> tokens, Instant since) {
        Map<String, List<String>> jobs = new HashMap<>();
        for (List<String> chunk : Chunks.of(tokens)) {
            // The queue must be asked first: a job can leave the queue in between, but never accounting.
            List<Find.Found> found = new ArrayList<>(commands.send(new Find.InQueue(chunk, user)));
            found.addAll(commands.send(new Find.InAccounting(chunk, user, age(since))));
            found.stream()
                    .distinct()
                    .sorted(Comparator.comparingLong(job -> Long.parseLong(job.jobId())))
                    .forEach(job -> jobs.computeIfAbsent(job.token(), token -> new ArrayList<>())
                            .add(job.jobId()));
        }
        return jobs;
    }

    @Override
    public void states(Collection<String> jobIds, Instant since, Consumer<TaskStatus> rows) {
        boolean restarts = fields().contains("Restarts");
        for (List<String> chunk : Chunks.of(jobIds)) {
            SacctStates command = new SacctStates(chunk, age(since), user, restarts);
            long before = unreadable.sum();
            commands.stream(command, line -> read(command.line(line), rows));
            if (unreadable.sum() > before) {
                LOG.warn(
                        "sacct printed lines that are not rows; they are ignored. lines={}", unreadable.sum() - before);
            }
        }
    }

    private void read(SacctStates.Line line, Consumer<TaskStatus> rows) {
        if (line instanceof SacctStates.Line.Row row) {
            rows.accept(row.status());
        } else if (line instanceof SacctStates.Line.Unreadable) {
            unreadable.increment();
        }
    }

    /** How many lines of sacct could not be read since the start. */
    public long unreadableRows() {
        return unreadable.sum();
    }

    @Override
    public Map<String, TaskUsage> usage(Collection<String> taskIds, Instant since) {
        Map<String, TaskUsage> usage = new HashMap<>();
        for (List<String> chunk : Chunks.of(taskIds)) {
            usage.putAll(commands.send(new SacctUsage(chunk, age(since), user)));
        }
        usage.keySet().retainAll(Set.copyOf(taskIds));
        return usage;
    }

    @Override
    public List<Waiting> waiting(Collection<String> jobIds) {
        return jobIds.isEmpty() ? List.of() : commands.send(new SqueueWaiting(Set.copyOf(jobIds), user));
    }

    /**
     * A partition in which no job can start explains more than the reason: Slurm then gives reasons that may also pass,
     * such as Priority, or "may be reserved for other job" (seen with 24.11.5).
     */
    @Override
    public WaitCause explain(Waiting waiting, String partition) {
        WaitCause cause = PendingReasons.of(waiting.reason());
        if (!waiting.clusterState().equals("PENDING") && cause.kind() != WaitCause.Kind.PERSON) {
            return stateCause(waiting.clusterState());
        }
        if (cause.kind() == WaitCause.Kind.PERSON || NOT_ELIGIBLE.contains(cause.reason())) {
            return cause;
        }
        return blocked(partition)
                .map(blocked -> new WaitCause(
                        "partition " + partition,
                        WaitCause.Kind.PERSON,
                        "the job waits because " + blocked,
                        WaitCause.ADMINISTRATOR))
                .orElse(cause);
    }

    /** Why no job can start in a partition. Empty too when Slurm does not answer, which the capability poll reports. */
    private Optional<String> blocked(String partition) {
        try {
            return capabilities()
                    .partition(partition)
                    .map(Capabilities.Partition::blocked)
                    .filter(blocked -> !blocked.isEmpty());
        } catch (ClusterException noAnswer) {
            return Optional.empty();
        }
    }

    @Override
    public List<String> obstacles(Request request, String account, String qos) {
        Capabilities cluster = capabilities();
        Optional<Capabilities.Partition> partition = cluster.partition(request.partition());
        Accounts accounts = cluster.accounts();
        List<String> obstacles = new ArrayList<>();
        partition
                .map(Capabilities.Partition::blocked)
                .filter(blocked -> !blocked.isEmpty())
                .ifPresent(obstacles::add);
        partition.flatMap(known -> accounts.problem(known, account, qos)).ifPresent(obstacles::add);
        String partitionQos = partition.map(known -> known.access().qos()).orElse("");
        obstacles.addAll(accounts.obstacles(request, partitionQos, account, qos));
        return obstacles;
    }

    @Override
    public List<String> notices() {
        List<String> notices = new ArrayList<>(SiteFacts.of(reader.configuration()));
        for (NodeRecord node : reader.nodes()) {
            if (node.availability() == Availability.OUT) {
                notices.add("node " + node.name() + " is " + node.state() + ", so no job starts on it");
            }
        }
        capabilities().reservations().forEach(reservation -> notices.add(reservation.text()));
        return notices;
    }

    @Override
    public List<String> advice() {
        List<String> advice = new ArrayList<>(SiteAdvice.of(reader.configuration(), capabilities()));
        if (!reader.accountsProblem().isEmpty()) {
            advice.add(reader.accountsProblem());
        }
        return advice;
    }

    @Override
    public Map<String, Backlog> backlog() {
        return commands.send(new SqueueBacklog(user));
    }

    /** For a state of the queue that has no reason: the job neither waits for a start nor runs. */
    private static WaitCause stateCause(String state) {
        return new WaitCause(
                state,
                HELD_STATES.contains(state) ? WaitCause.Kind.PERSON : WaitCause.Kind.UNKNOWN,
                "the job is in the state " + state
                        + " (squeue(1), JOB STATE CODES). What helps if it stays: scontrol show"
                        + " job JOB says more; scontrol release JOB lets a held job start",
                WaitCause.ADMINISTRATOR);
    }

    @Override
    public Map<String, String> nodeProblems(Collection<String> nodes) {
        Map<String, String> problems = new HashMap<>();
        Chunks.of(nodes).forEach(chunk -> problems.putAll(commands.send(new NodeProblems(chunk))));
        return problems;
    }

    @Override
    public boolean resizesWaiting() {
        return true;
    }

    @Override
    public void resizeWaiting(String jobId, int memoryMiB) {
        commands.send(new MemoryUpdate(jobId, memoryMiB));
    }

    @Override
    public void cancel(Collection<String> jobIds) {
        control(Scontrol.Action.CANCEL, jobIds);
    }

    @Override
    public void hold(Collection<String> jobIds) {
        control(Scontrol.Action.HOLD, jobIds);
    }

    @Override
    public void release(Collection<String> jobIds) {
        control(Scontrol.Action.RELEASE, jobIds);
    }

    @Override
    public void suspend(Collection<String> jobIds) {
        control(Scontrol.Action.SUSPEND, jobIds);
    }

    @Override
    public void resume(Collection<String> jobIds) {
        control(Scontrol.Action.RESUME, jobIds);
    }

    private void control(Scontrol.Action action, Collection<String> jobIds) {
        Chunks.of(jobIds).forEach(chunk -> commands.send(new Scontrol(action, chunk)));
    }

    private Duration age(Instant since) {
        return Duration.between(since, clock.instant());
    }

    private synchronized Set<String> fields() {
        if (fields.isEmpty()) {
            fields = commands.send(new AccountingFields());
        }
        return fields;
    }

    @Override
    public Optional<SchedulerStarts> starts() {
        return Optional.of(commands.send(new Sdiag()));
    }

    @Override
    public Optional<String> overload() {
        return budget.overload();
    }

    @Override
    public Map<String, Long> commandsSent() {
        return commands.counts();
    }

    /** Does nothing, because each command is a process of its own. */
    @Override
    public void close() {}
}
