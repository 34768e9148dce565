package io.swath.cluster.local;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.storage.NotRegularException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine as a cluster: runs the same job scripts as child processes, as many at once as the machine can give what
 * they request. Needs Linux. Thread-safe.
 *
 * <p>Jobs are kept on disk. After a restart with the same folder, queued tasks continue, and tasks that were running
 * end as INTERRUPTED. Only {@link #cancel}, {@link #suspend} and {@link #resume} accept ids of single tasks; the other
 * methods act on the whole job.
 */
public final class LocalCluster implements Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCluster.class);
    private static final int MAX_ARRAY_SIZE = 100_000;
    private static final int DAYS_KEPT = 7;
    private static final int SECONDS_TO_STOP = 20;
    /** Many jobs may have been kept. */
    private static final Duration TIME_TO_OPEN = Duration.ofMinutes(10);

    private final Machine machine;
    private final StateDirectory directory;
    private final Node node;
    private final NodeThread thread = new NodeThread();

    /** @param stateDirectory the folder for the jobs; created if it is missing */
    public LocalCluster(Path stateDirectory) {
        this(stateDirectory, Machine.here(), Child.Termination.DEFAULT);
    }

    LocalCluster(Path stateDirectory, Machine machine, Child.Termination termination) {
        this.machine = machine;
        this.node = new Node(machine, termination, thread);
        try {
            this.directory = new StateDirectory(stateDirectory);
        } catch (IOException disk) {
            throw NodeThread.failure("open " + stateDirectory, disk.toString(), disk);
        }
        thread.call("open", TIME_TO_OPEN, () -> {
            open();
            return null;
        });
        LOG.info(
                "The local cluster uses this machine{}. cpus={} memoryMiB={} gpus={}",
                machine.gpus() == 0 ? "; GPU steps run on the CPU" : "",
                machine.cpus(),
                machine.memoryMiB(),
                machine.gpus());
    }

    private void open() throws IOException {
        try {
            directory.open().forEach(node::add);
            OldJobs.remove(node, Instant.now().minus(DAYS_KEPT, ChronoUnit.DAYS));
            node.schedule();
        } catch (IOException | RuntimeException problem) {
            directory.close();
            throw problem;
        }
    }

    /**
     * The answer is always the same, but it comes from the thread that starts and ends the tasks: so whoever asks now and
     * then learns whether that thread works.
     */
    @Override
    public Capabilities capabilities() {
        return thread.call("capabilities", () -> capabilities(machine));
    }

    /** What this machine offers. Opens nothing. */
    public static Capabilities offered() {
        return capabilities(Machine.here());
    }

    private static Capabilities capabilities(Machine machine) {
        return new Capabilities(
                Capabilities.LOCAL,
                MAX_ARRAY_SIZE,
                List.of(new Capabilities.Partition(
                        "local",
                        true,
                        1,
                        machine.cpus(),
                        machine.memoryMiB(),
                        machine.gpus(),
                        machine.gpus() > 0 ? Machine.SHARDS : 0,
                        Optional.empty())));
    }

    @Override
    public Submitted submit(JobArray submission) {
        Optional<String> rejection = submission.size() < 1 || submission.size() > MAX_ARRAY_SIZE
                ? Optional.of(
                        "an array may have 1 to " + MAX_ARRAY_SIZE + " tasks, and this one has " + submission.size())
                : machine.rejection(submission.request());
        if (rejection.isPresent()) {
            return new Submitted.Rejected(rejection.get(), Submitted.Reason.TASK_TOO_LARGE);
        }
        try {
            return thread.call("submit", () -> queue(submission));
        } catch (ClusterException problem) {
            return new Submitted.Ambiguous(problem.getMessage());
        }
    }

    private Submitted queue(JobArray submission) throws IOException {
        for (String before : submission.after()) {
            if (job(before).isEmpty()) {
                return new Submitted.Rejected(
                        "it depends on job " + before + ", which does not exist", Submitted.Reason.NOT_ALLOWED);
            }
        }
        OldJobs.remove(node, Instant.now().minus(DAYS_KEPT, ChronoUnit.DAYS));
        long id = node.nextId();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        JobRecord.Definition definition = JobRecord.Definition.of(submission, now);
        node.add(new Job(id, JobRecord.create(directory.folder(id), definition), definition));
        node.schedule();
        return new Submitted.Accepted(Long.toString(id));
    }

    @Override
    public Map<String, List<String>> find(Collection<String> tokens, Instant since) {
        Set<String> wanted = Set.copyOf(tokens);
        return thread.call("find", () -> {
            Map<String, List<String>> found = new HashMap<>();
            for (Job job : node.jobs().values()) {
                String token = job.submission().token();
                if (wanted.contains(token)) {
                    found.computeIfAbsent(token, name -> new ArrayList<>()).add(Long.toString(job.id));
                }
            }
            return found;
        });
    }

    /** One thread runs all submissions and lookups, and a submission returns only after the job is recorded. */
    @Override
    public boolean findsForCertain() {
        return true;
    }

    /** Reads the record in the caller's thread. That is safe, because a record only grows. */
    @Override
    public void states(Collection<String> jobIds, Instant since, Consumer<TaskStatus> rows) {
        for (Job job : jobs("states", jobIds)) {
            read(job, () -> new AccountingRows(job, machine)).ifPresent(found -> found.send(rows));
        }
    }

    @Override
    public Map<String, TaskUsage> usage(Collection<String> taskIds, Instant since) {
        Map<String, TaskUsage> usage = new HashMap<>();
        Set<String> wanted = Set.copyOf(taskIds);
        List<String> jobIds =
                taskIds.stream().map(id -> id.split("_", 2)[0]).distinct().toList();
        for (Job job : jobs("usage", jobIds)) {
            read(job, () -> TaskHistory.of(job.folder))
                    .ifPresent(history -> history.tasks().forEach((index, task) -> {
                        String id = job.id + "_" + index;
                        task.ending
                                .filter(ending -> wanted.contains(id))
                                .ifPresent(ending -> usage.put(id, ending.usage()));
                    }));
        }
        return usage;
    }

    @Override
    public List<Waiting> waiting(Collection<String> jobIds) {
        Set<String> wanted = Set.copyOf(jobIds);
        return thread.call(
                "waiting",
                () -> node.jobs().values().stream()
                        .filter(job -> wanted.contains(Long.toString(job.id)))
                        .flatMap(job -> job.waiting(node.jobs()).stream())
                        .toList());
    }

    @Override
    public void onJobEnd(Runnable listener) {
        node.onJobEnd(listener);
    }

    @Override
    public void cancel(Collection<String> jobIds) {
        String who = "by " + System.getProperty("user.name");
        forEach("cancel", jobIds, (job, indices) -> node.cancel(job, indices, who));
    }

    @Override
    public void hold(Collection<String> jobIds) {
        forEach("hold", jobIds, (job, indices) -> job.hold(true));
    }

    @Override
    public void release(Collection<String> jobIds) {
        forEach("release", jobIds, (job, indices) -> job.hold(false));
    }

    @Override
    public void suspend(Collection<String> jobIds) {
        forEach("suspend", jobIds, (job, indices) -> node.suspend(job, indices, true));
    }

    @Override
    public void resume(Collection<String> jobIds) {
        forEach("resume", jobIds, (job, indices) -> node.suspend(job, indices, false));
    }

    /** An action on some tasks of a job. */
    private interface TaskAction {
        void apply(Job job, BitSet indices) throws IOException;
    }

    /** Applies the action to each job or task, then starts the tasks that may start now. Unknown ids are skipped. */
    private void forEach(String name, Collection<String> ids, TaskAction action) {
        thread.run(name, () -> {
            for (String id : ids) {
                String[] parts = id.split("_", 2);
                Optional<Job> job = job(parts[0]);
                if (job.isPresent()) {
                    BitSet indices = new BitSet();
                    if (parts.length > 1) {
                        indices.set(Integer.parseInt(parts[1]));
                    } else {
                        indices.set(0, job.get().size());
                    }
                    action.apply(job.get(), indices);
                }
            }
            node.schedule();
        });
    }

    private Optional<Job> job(String id) {
        return Optional.ofNullable(node.jobs().get(Long.valueOf(id)));
    }

    private List<Job> jobs(String name, Collection<String> ids) {
        return thread.call(
                name,
                () -> ids.stream().distinct().flatMap(id -> job(id).stream()).toList());
    }

    /** Reads a job's record; empty when it is damaged, and then nothing is known about the job. */
    private <T> Optional<T> read(Job job, Callable<T> reader) {
        try {
            return Optional.of(reader.call());
        } catch (NotRegularException damaged) {
            thread.run("give up", () -> node.giveUp(job, damaged));
            return Optional.empty();
        } catch (Exception disk) {
            throw NodeThread.failure("read a job's record", disk.toString(), disk);
        }
    }

    @Override
    public Map<String, Long> commandsSent() {
        return thread.calls();
    }

    /** Ends the running tasks as INTERRUPTED. Queued tasks stay queued for the next start. */
    @Override
    public void close() {
        try {
            CompletableFuture<Void> allEnded = thread.call("close", Duration.ofSeconds(SECONDS_TO_STOP), node::stop);
            allEnded.get(SECONDS_TO_STOP, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException notEnded) {
            LOG.error("Local tasks did not end within {} s. The next start of Swath ends them.", SECONDS_TO_STOP);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ClusterException notStopped) {
            if (notStopped.getCause() instanceof TimeoutException) {
                LOG.error("{} The next start of Swath ends the local tasks.", notStopped.getMessage());
            }
        }
        thread.close();
        try {
            directory.close();
        } catch (IOException disk) {
            LOG.warn("Tried to close the folder of the local cluster, but: {}", disk.toString());
        }
    }
}
