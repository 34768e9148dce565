package io.swath.testing;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.DeniedException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.model.WaitCause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** A cluster that gives the answers that a test sets, and records its calls. */
public final class FakeCluster implements Cluster {
    public static final Capabilities.Partition CPU =
            new Capabilities.Partition("cpu", true, 3, 26, 16_000, 0, 0, Optional.of(Duration.ofHours(24)));
    public static final Capabilities.Partition GPU =
            new Capabilities.Partition("gpu", false, 2, 16, 64_000, 2, 4, Optional.empty());

    public Capabilities capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(CPU, GPU));
    /** The answer to a submission. By default it is accepted, with the job ids 101, 102 and so on. */
    public Function<JobArray, Submitted> answer = submission -> new Submitted.Accepted(nextId());
    /** The job ids that a lookup by token finds. */
    public final Map<String, List<String>> jobs = new HashMap<>();
    /** The answer of {@link #findsForCertain}. */
    public boolean certain;
    /** The rows of the accounting. */
    public final List<TaskStatus> rows = new ArrayList<>();
    /** The waiting tasks in the queue. */
    public final List<Waiting> queue = new ArrayList<>();

    /** What a reason in the queue means; a reason that is not in it passes by itself. */
    public final Map<String, WaitCause> causes = new HashMap<>();

    public final Map<String, TaskUsage> usage = new HashMap<>();
    /** Nodes that get no work, with their state. */
    public final Map<String, String> nodeProblems = new HashMap<>();
    /** Names of methods that fail because the cluster cannot be reached. */
    public final Set<String> broken = new HashSet<>();

    /** Names of methods for which Swath's user has no right. */
    public final Set<String> denied = new HashSet<>();

    public final List<JobArray> submissions = new ArrayList<>();
    /** For each job, the amounts of memory in MiB to which its waiting tasks were changed. */
    public final Map<String, List<Integer>> resized = new HashMap<>();
    /** The id of a job that it refuses to resize; empty: none. */
    public String refusesToResize = "";
    /** Why the cluster changes no task that waits; null: it does. */
    public String resizeProblem;
    /** All other calls, as {@code method [arguments]}. */
    public final List<String> calls = new ArrayList<>();

    private int lastId = 100;

    private String nextId() {
        return String.valueOf(++lastId);
    }

    private void called(String method, Collection<String> what) {
        calls.add(method + " " + new TreeSet<>(what));
        if (broken.contains(method)) {
            throw new ClusterException("Tried to " + method + " but the line is dead");
        }
        if (denied.contains(method)) {
            throw new DeniedException("Tried to " + method + " but permission was denied");
        }
    }

    @Override
    public Capabilities capabilities() {
        if (broken.contains("capabilities")) {
            throw new ClusterException("Tried to ask what the cluster is but the line is dead");
        }
        return capabilities;
    }

    @Override
    public Submitted submit(JobArray submission) {
        submissions.add(submission);
        return answer.apply(submission);
    }

    @Override
    public Map<String, List<String>> find(Collection<String> tokens, Instant since) {
        called("find", tokens);
        Map<String, List<String>> found = new LinkedHashMap<>();
        tokens.stream().filter(jobs::containsKey).forEach(token -> found.put(token, jobs.get(token)));
        return found;
    }

    @Override
    public boolean findsForCertain() {
        return certain;
    }

    @Override
    public void states(Collection<String> jobIds, Instant since, Consumer<TaskStatus> consumer) {
        called("states", jobIds);
        rows.stream().filter(row -> jobIds.contains(row.jobId())).forEach(consumer);
    }

    @Override
    public Map<String, TaskUsage> usage(Collection<String> taskIds, Instant since) {
        called("usage", taskIds);
        Map<String, TaskUsage> found = new HashMap<>(usage);
        found.keySet().retainAll(taskIds);
        return found;
    }

    @Override
    public List<Waiting> waiting(Collection<String> jobIds) {
        called("waiting", jobIds);
        return queue.stream().filter(row -> jobIds.contains(row.jobId())).toList();
    }

    @Override
    public WaitCause explain(Waiting waiting, String partition) {
        return causes.getOrDefault(waiting.reason(), Cluster.super.explain(waiting, partition));
    }

    @Override
    public Map<String, String> nodeProblems(Collection<String> nodes) {
        called("nodeProblems", nodes);
        Map<String, String> found = new HashMap<>(nodeProblems);
        found.keySet().retainAll(nodes);
        return found;
    }

    @Override
    public boolean resizesWaiting() {
        return true;
    }

    @Override
    public void resizeWaiting(String jobId, int memoryMiB) {
        if (resizeProblem != null) {
            throw new ClusterException(resizeProblem);
        }
        if (refusesToResize.equals(jobId)) {
            throw new ClusterException("Job violates accounting/QOS policy");
        }
        resized.merge(
                jobId,
                List.of(memoryMiB),
                (before, now) -> Stream.concat(before.stream(), now.stream()).toList());
    }

    @Override
    public void cancel(Collection<String> jobIds) {
        called("cancel", jobIds);
    }

    @Override
    public void hold(Collection<String> jobIds) {
        called("hold", jobIds);
    }

    @Override
    public void release(Collection<String> jobIds) {
        called("release", jobIds);
    }

    @Override
    public void suspend(Collection<String> jobIds) {
        called("suspend", jobIds);
    }

    @Override
    public void resume(Collection<String> jobIds) {
        called("resume", jobIds);
    }

    @Override
    public Map<String, Long> commandsSent() {
        return Map.of();
    }

    @Override
    public void close() {}
}
