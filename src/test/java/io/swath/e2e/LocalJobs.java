package io.swath.e2e;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/** What the local cluster and its tasks have written down themselves, whatever the ledger says. */
final class LocalJobs {
    private LocalJobs() {}

    /**
     * How often each {@code TOKEN/INDEX} did its work: how many of its starts the cluster saw end well, and once for the
     * one whose end it did not live to see, which left its evidence.
     */
    static Map<String, Integer> successes(SwathProcess swath) {
        Map<String, Integer> successes = new TreeMap<>();
        swath.query("select token, idx, scene_id from run").stream()
                .filter(run -> leftEvidence(swath, run))
                .forEach(run -> successes.put(run.get("token") + "/" + run.get("idx"), 1));
        Map<String, Integer> ended = new HashMap<>();
        Path jobs = swath.state().resolve("local");
        for (String name : Folders.names(jobs)) {
            Path events = jobs.resolve(name).resolve("events");
            try {
                if (Files.exists(events)) {
                    count(ended, token(jobs.resolve(name).resolve("job")), events);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        ended.forEach((task, times) -> successes.merge(task, times, Math::max));
        return successes;
    }

    private static String token(Path job) throws IOException {
        Properties values = new Properties();
        try (Reader reader = Files.newBufferedReader(job)) {
            values.load(reader);
        }
        return values.getProperty("token");
    }

    /** A start and its end count once, though the end may stand there twice, if its writing seemed to fail. */
    private static void count(Map<String, Integer> ended, String token, Path events) throws IOException {
        Set<String> running = new HashSet<>();
        for (String line : Files.readAllLines(events)) {
            String[] cells = line.split("\t", -1);
            if (cells[0].equals("start")) {
                running.add(cells[1]);
            } else if (cells[0].equals("end") && running.remove(cells[1]) && cells[3].equals("COMPLETED")) {
                ended.merge(token + "/" + cells[1], 1, Integer::sum);
            }
        }
    }

    private static boolean leftEvidence(SwathProcess swath, Map<String, String> run) {
        Path file = swath.work(run.get("scene_id"))
                .resolve(run.get("token"))
                .resolve("evidence")
                .resolve(run.get("idx") + ".json");
        try {
            return Files.exists(file) && Files.readString(file).matches("(?s).*\"outcome\":\"(ok|empty)\".*");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
