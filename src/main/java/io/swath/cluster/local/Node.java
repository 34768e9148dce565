package io.swath.cluster.local;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.storage.NotRegularException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when each task runs, starts the task and watches it. Not thread-safe: all methods run in one thread, which
 * also starts every child process.
 *
 * <p>Jobs start in the order of {@code --nice} and then of their ids. A task that does not fit now is skipped, so a
 * large task may wait while smaller tasks run.
 */
final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);
    private static final Duration RETRY_DELAY = Duration.ofSeconds(10);

    /** Watching all processes may take at most this fraction (1/20) of the time of one CPU. */
    private static final int WATCH_SHARE = 20;

    private final Machine machine;
    private final Child.Termination termination;
    private final NodeThread thread;
    private final Machine.Free free;
    private final Map<Long, Job> jobs = new TreeMap<>();
    private final Map<Long, Job> open = new TreeMap<>();
    private final Map<Long, Child> children = new TreeMap<>();
    private final Leftovers leftovers = new Leftovers();
    private long nextId = 1;
    private boolean somethingLeft;
    private boolean watchPlanned;
    private boolean stopped;
    private volatile Runnable jobEnded = () -> {};
    private final CompletableFuture<Void> idle = new CompletableFuture<>();

    Node(Machine machine, Child.Termination termination, NodeThread thread) {
        this.termination = termination;
        this.machine = machine;
        this.thread = thread;
        this.free = new Machine.Free(machine);
    }

    Map<Long, Job> jobs() {
        return jobs;
    }

    /** Has the listener called when all tasks of a job have ended. May be called from any thread. */
    void onJobEnd(Runnable listener) {
        jobEnded = listener;
    }

    /** An id that no job has had since the start, nor a job that is kept. */
    long nextId() {
        return nextId;
    }

    void add(Job job) {
        jobs.put(job.id, job);
        nextId = Math.max(nextId, job.nextJobId());
        if (!job.over()) {
            open.put(job.id, job);
        }
    }

    /** Starts all tasks that may start now. */
    void schedule() {
        Optional<IOException> failed = Optional.empty();
        for (Job job : inOrder()) {
            try {
                schedule(job);
            } catch (NotRegularException | NoSuchFileException damaged) {
                giveUp(job, damaged);
            } catch (IOException disk) {
                failed = failed.or(() -> Optional.of(disk));
            }
        }
        failed.ifPresent(disk -> {
            LOG.error(
                    "Tried to record the events of local jobs, but: {}. Their tasks start when that works. Swath tries"
                            + " again.",
                    disk.toString());
            thread.later(RETRY_DELAY, this::schedule);
        });
    }

    private void schedule(Job job) throws IOException {
        Job.Dependencies dependencies = job.dependencies(jobs);
        if (!dependencies.never().isEmpty()) {
            Ending never = Ending.withoutRun(Phase.CANCELLED, "DependencyNeverSatisfied");
            job.end(dependencies.never(), Instant.now(), never);
        }
        if (!stopped && !job.held()) {
            startAll(job, dependencies.ready());
        }
        if (job.over()) {
            open.remove(job.id);
            reportEnd();
        }
    }

    /** Whoever waits for the end finds it later too, so a failure changes nothing here. */
    private void reportEnd() {
        try {
            jobEnded.run();
        } catch (RuntimeException failed) {
            LOG.warn(
                    "The end of a local job could not be reported ({}). It is found a little later.",
                    failed.toString());
        }
    }

    /**
     * Forgets a job whose record was removed or replaced: its running tasks are ended, and the cluster knows nothing of the
     * job any more. Swath then finds its tasks lost and retries them. The other jobs go on.
     */
    void giveUp(Job job, IOException damaged) {
        if (jobs.remove(job.id, job)) {
            LOG.error(
                    "The record of a local job is damaged ({}). Its running tasks are ended, and the cluster forgets the"
                            + " job; Swath retries its tiles. job={} token={}",
                    damaged.toString(),
                    job.id,
                    job.submission().token());
            open.remove(job.id);
            children.values().stream()
                    .filter(child -> child.job == job)
                    .forEach(child -> child.end(Phase.INTERRUPTED, "the record of its job is damaged"));
        }
    }

    private List<Job> inOrder() {
        return open.values().stream()
                .sorted(Comparator.comparingInt(Job::nice).thenComparing(job -> job.id))
                .toList();
    }

    private void startAll(Job job, BitSet ready) throws IOException {
        for (int index = ready.nextSetBit(0); index >= 0; index = ready.nextSetBit(index + 1)) {
            Optional<List<Integer>> gpus = free.take(job.submission().request());
            if (gpus.isEmpty()) {
                return;
            }
            start(job, index, gpus.get());
        }
    }

    private void start(Job job, int index, List<Integer> gpus) throws IOException {
        Child child;
        try {
            job.start(index, Instant.now());
        } catch (IOException notRecorded) {
            free.giveBack(job.submission().request(), gpus);
            throw notRecorded;
        }
        try {
            child = Child.start(job, index, gpus, machine, termination);
        } catch (DamagedFolderException damaged) { // the job's own doing, and so no failure of this machine
            notStarted(job, index, gpus, Phase.FAILED, DamagedFolderException.EXIT_CODE, damaged.getMessage());
            return;
        } catch (IOException failed) {
            notStarted(job, index, gpus, Phase.NODE_FAIL, 0, "the task could not be started: " + failed);
            return;
        }
        children.put(job.rawId(index), child);
        CompletableFuture<Void> unused =
                child.process.onExit().thenRun(() -> thread.later(Duration.ZERO, () -> ended(child)));
        watchLater(WATCH_INTERVAL);
    }

    private void notStarted(Job job, int index, List<Integer> gpus, Phase phase, int exit, String reason) {
        free.giveBack(job.submission().request(), gpus);
        recordEnd(job, index, new Ending(phase, exit, 0, TaskUsage.UNKNOWN, reason));
    }

    private void ended(Child child) {
        children.remove(child.job.rawId(child.index));
        free.giveBack(child.job.submission().request(), child.gpus);
        leftovers.ended(child.process.pid());
        somethingLeft = true; // until a look has shown that nothing is
        watchLater(WATCH_INTERVAL);
        recordEnd(child.job, child.index, child.ending());
        schedule();
        completeWhenIdle();
    }

    private void recordEnd(Job job, int index, Ending ending) {
        BitSet task = new BitSet();
        task.set(index);
        writeOrRetry(job, () -> job.end(task, Instant.now(), ending));
    }

    /** A write to disk that is retried until it succeeds. */
    interface DiskWrite {
        void run() throws IOException;
    }

    private void writeOrRetry(Job job, DiskWrite write) {
        if (jobs.get(job.id) != job) {
            return; // the job was given up
        }
        try {
            write.run();
        } catch (NotRegularException | NoSuchFileException damaged) {
            giveUp(job, damaged);
        } catch (IOException disk) {
            LOG.error("Tried to record the events of a local task, but: {}. Swath tries again.", disk.toString());
            thread.later(RETRY_DELAY, () -> retry(job, write));
        }
    }

    private void retry(Job job, DiskWrite write) {
        writeOrRetry(job, write);
        schedule();
    }

    private void watchLater(Duration delay) {
        if (!watchPlanned) {
            watchPlanned = true;
            thread.later(delay, this::watch);
        }
    }

    /** Reads all processes once, for all running tasks. Runs only while there are processes to watch. */
    private void watch() {
        long before = System.nanoTime();
        watchPlanned = false;
        try {
            watchAll();
        } catch (RuntimeException problem) {
            LOG.error("Tried to watch the local tasks, but failed. Swath tries again.", problem);
        }
        if (!children.isEmpty() || somethingLeft) {
            Duration cost = Duration.ofNanos(System.nanoTime() - before).multipliedBy(WATCH_SHARE);
            watchLater(cost.compareTo(WATCH_INTERVAL) > 0 ? cost : WATCH_INTERVAL);
        }
    }

    /** Also kills processes that ended tasks have left behind, as Slurm does. */
    private void watchAll() {
        Processes processes = Processes.now();
        children.values().forEach(child -> child.watch(processes));
        Set<Long> running =
                children.values().stream().map(child -> child.process.pid()).collect(Collectors.toSet());
        somethingLeft = leftovers.kill(processes, running);
    }

    void cancel(Job job, BitSet indices, String reason) throws IOException {
        BitSet waiting = job.pending();
        waiting.and(indices);
        try {
            job.end(waiting, Instant.now(), Ending.withoutRun(Phase.CANCELLED, reason));
        } catch (NotRegularException | NoSuchFileException damaged) {
            giveUp(job, damaged);
        }
        running(job, indices).forEach(child -> child.end(Phase.CANCELLED, reason));
    }

    void suspend(Job job, BitSet indices, boolean wanted) {
        for (Child child : running(job, indices)) {
            if (child.suspend(wanted)) {
                String line = TaskHistory.line(wanted ? "suspend" : "resume", child.index, Instant.now(), "");
                writeOrRetry(job, () -> job.folder.append(line));
            }
        }
    }

    private List<Child> running(Job job, BitSet indices) {
        return indices.stream()
                .mapToObj(index -> children.get(job.rawId(index)))
                .filter(child -> child != null)
                .toList();
    }

    /**
     * Ends all running tasks as INTERRUPTED and starts no more.
     *
     * @return completes when no task runs any more
     */
    CompletableFuture<Void> stop() {
        stopped = true;
        children.values()
                .forEach(child -> child.end(Phase.INTERRUPTED, "Swath was stopped while the task was running"));
        completeWhenIdle();
        return idle;
    }

    private void completeWhenIdle() {
        if (stopped && children.isEmpty()) {
            idle.complete(null);
        }
    }
}
