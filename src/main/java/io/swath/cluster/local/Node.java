package io.swath.cluster.local;

import io.swath.cluster.TaskStatus.Phase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what runs when, starts it and looks after it. Jobs go in the order in which they stand back ({@code --nice}) and
 * then of their ids; one that does not fit now is passed over, so a large task may wait while smaller ones run. All its methods belong to one thread, which also starts
 * every child.
 */
final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration AFTER_TROUBLE = Duration.ofSeconds(10);

    /** Looking at all processes may cost one part in so many of a CPU. */
    private static final int SHARE_OF_LOOKING = 20;

    private final Machine machine;
    private final Child.Farewell farewell;
    private final NodeThread thread;
    private final Machine.Free free;
    private final Map<Long, Job> jobs = new TreeMap<>();
    private final Map<Long, Job> open = new TreeMap<>();
    private final Map<Long, Child> children = new TreeMap<>();
    private final Set<Long> leftovers = new LinkedHashSet<>();
    private boolean looking;
    private boolean stopped;
    private final CompletableFuture<Void> idle = new CompletableFuture<>();

    Node(Machine machine, Child.Farewell farewell, NodeThread thread) {
        this.farewell = farewell;
        this.machine = machine;
        this.thread = thread;
        this.free = new Machine.Free(machine);
    }

    Map<Long, Job> jobs() {
        return jobs;
    }

    void add(Job job) {
        jobs.put(job.id, job);
        if (!job.over()) {
            open.put(job.id, job);
        }
    }

    /** Starts all that may start now. */
    void schedule() {
        try {
            for (Job job : inOrder()) {
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
                }
            }
        } catch (IOException disk) {
            LOG.error(
                    "Tried to note what happens to the local jobs, but: {}. Nothing starts until that works.",
                    disk.toString());
            thread.later(AFTER_TROUBLE, this::schedule);
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
            child = Child.start(job, index, gpus, machine, farewell);
        } catch (IOException failed) {
            free.giveBack(job.submission().request(), gpus);
            BitSet one = new BitSet();
            one.set(index);
            job.end(one, Instant.now(), Ending.withoutRun(Phase.NODE_FAIL, "it could not be started: " + failed));
            return;
        }
        children.put(job.rawId(index), child);
        CompletableFuture<Void> unused =
                child.process.onExit().thenRun(() -> thread.later(Duration.ZERO, () -> ended(child)));
        lookSoon(LOOK);
    }

    private void ended(Child child) {
        children.remove(child.job.rawId(child.index));
        free.giveBack(child.job.submission().request(), child.gpus);
        leftovers.add(child.process.pid());
        BitSet one = new BitSet();
        one.set(child.index);
        Ending ending = child.ending();
        write(() -> child.job.end(one, Instant.now(), ending));
        schedule();
        completeWhenIdle();
    }

    /** Something to be written; tried until it is. */
    interface Note {
        void write() throws IOException;
    }

    private void write(Note note) {
        try {
            note.write();
        } catch (IOException disk) {
            LOG.error("Tried to note the end of a local task, but: {}. It is tried again.", disk.toString());
            thread.later(AFTER_TROUBLE, () -> retry(note));
        }
    }

    private void retry(Note note) {
        write(note);
        schedule();
    }

    private void lookSoon(Duration delay) {
        if (!looking) {
            looking = true;
            thread.later(delay, this::look);
        }
    }

    /** One look at all processes, for all tasks that run; there is none while nothing runs. */
    private void look() {
        long before = System.nanoTime();
        looking = false;
        try {
            watchAll();
        } catch (RuntimeException problem) {
            LOG.error("Tried to look after the local tasks. It is tried again.", problem);
        }
        if (!children.isEmpty() || !leftovers.isEmpty()) {
            Duration cost = Duration.ofNanos(System.nanoTime() - before).multipliedBy(SHARE_OF_LOOKING);
            lookSoon(cost.compareTo(LOOK) > 0 ? cost : LOOK);
        }
    }

    /** Also ends what tasks that are over have left behind, as Slurm does. */
    private void watchAll() {
        Processes processes = Processes.now();
        children.values().forEach(child -> child.watch(processes));
        List<Long> left = new ArrayList<>();
        leftovers.removeIf(session -> {
            List<Processes.Entry> members = processes.ofSession(session);
            members.forEach(entry -> left.add(entry.pid()));
            return members.isEmpty();
        });
        Processes.signal("KILL", left);
    }

    void cancel(Job job, BitSet indices, String reason) throws IOException {
        BitSet waiting = job.pending();
        waiting.and(indices);
        job.end(waiting, Instant.now(), Ending.withoutRun(Phase.CANCELLED, reason));
        running(job, indices).forEach(child -> child.end(Phase.CANCELLED, reason));
    }

    void suspend(Job job, BitSet indices, boolean wanted) throws IOException {
        for (Child child : running(job, indices)) {
            if (child.suspend(wanted)) {
                job.folder.append(TaskHistory.line(wanted ? "suspend" : "resume", child.index, Instant.now(), ""));
            }
        }
    }

    private List<Child> running(Job job, BitSet indices) {
        return indices.stream()
                .mapToObj(index -> children.get(job.rawId(index)))
                .filter(child -> child != null)
                .toList();
    }

    /** Ends what runs, as a node does that goes down; the answer completes when nothing runs any more. */
    CompletableFuture<Void> stop() {
        stopped = true;
        children.values().forEach(child -> child.end(Phase.NODE_FAIL, "Swath was stopped"));
        completeWhenIdle();
        return idle;
    }

    private void completeWhenIdle() {
        if (stopped && children.isEmpty()) {
            idle.complete(null);
        }
    }
}
