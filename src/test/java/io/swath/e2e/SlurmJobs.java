package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A Swath that submits to the test cluster, and what the cluster's own accounting reports of its jobs. */
final class SlurmJobs {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final Set<String> OPEN = Set.of("PENDING", "RUNNING", "SUSPENDED", "REQUEUED", "COMPLETING");
    /** The number of job names in one command line. */
    private static final int CHUNK = 500;

    private SlurmJobs() {}

    /** Installs a Swath with a new storage, its own ledger and its own broker. */
    static SwathProcess create(Path folder) throws IOException {
        SlurmTestCluster.up();
        Path storage = SlurmTestCluster.storage(
                "kills" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36));
        Map<String, String> settings = SlurmTestCluster.settings(storage);
        settings.keySet().removeIf(key -> key.startsWith("broker."));
        SwathProcess swath = new SwathProcess(Files.createDirectory(folder), storage, settings);
        swath.command("doctor", "--create").orFail();
        return swath;
    }

    /** Waits until all tasks have ended. Returns how often each {@code TOKEN/INDEX} succeeded in Slurm's accounting. */
    static Map<String, Integer> successes(SwathProcess swath) {
        Set<String> tokens = new TreeSet<>();
        swath.query("select token from batch").forEach(row -> tokens.add(row.get("token")));
        swath.await(
                "all tasks have ended on the cluster",
                SOON,
                () -> tasks(tokens).stream().noneMatch(task -> OPEN.contains(task.state())));
        Map<String, Integer> successes = new TreeMap<>();
        BatchRuns runs = BatchRuns.of(swath);
        for (SlurmTestCluster.Task task : tasks(tokens)) {
            if (task.state().equals("COMPLETED")) {
                int index = Integer.parseInt(task.id().substring(task.id().indexOf('_') + 1));
                runs.ofTask(task.name(), index).forEach(run -> successes.merge(run, 1, Integer::sum));
            }
        }
        LocalJobs.ofPackedTasks(swath).forEach(run -> successes.putIfAbsent(run, 1));
        return successes;
    }

    private static List<SlurmTestCluster.Task> tasks(Collection<String> tokens) {
        List<String> all = List.copyOf(tokens);
        List<SlurmTestCluster.Task> tasks = new java.util.ArrayList<>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            tasks.addAll(SlurmTestCluster.sacct(all.subList(from, Math.min(all.size(), from + CHUNK))));
        }
        return tasks;
    }
}
