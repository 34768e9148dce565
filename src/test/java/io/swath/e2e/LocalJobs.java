package io.swath.e2e;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Reads what the local cluster and its tasks recorded themselves, independently of the ledger. */
final class LocalJobs {
    private LocalJobs() {}

    /**
     * How often each task {@code TOKEN/INDEX} succeeded, as the cluster recorded it. If Swath was killed before the
     * cluster could record the end, a task that left its evidence counts once.
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
        BatchRuns runs = BatchRuns.of(swath);
        ended.forEach((task, times) -> runs.ofTask(
                        task.substring(0, task.indexOf('/')), Integer.parseInt(task.substring(task.indexOf('/') + 1)))
                .forEach(run -> successes.merge(run, times, Math::max)));
        return successes;
    }

    /** The runs of tasks of several tiles that have left evidence of a success: the task itself may have failed. */
    static List<String> ofPackedTasks(SwathProcess swath) {
        return swath
                .query("select run.token, run.idx, run.scene_id from run join batch on batch.token = run.token"
                        + " where batch.per_task > 1")
                .stream()
                .filter(run -> leftEvidence(swath, run))
                .map(run -> run.get("token") + "/" + run.get("idx"))
                .toList();
    }

    private static String token(Path job) throws IOException {
        Properties values = new Properties();
        try (Reader reader = Files.newBufferedReader(job)) {
            values.load(reader);
        }
        return values.getProperty("token");
    }

    /** Counts each start with its successful end once. An end may be recorded twice if its writing seemed to fail. */
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

    /** The text of a file below a work folder, or of the file that retention has packed. */
    private static Optional<String> evidence(Path work, String name) throws IOException {
        try {
            return Optional.of(Files.readString(work.resolve(name)));
        } catch (NoSuchFileException packed) {
            for (String pack : Folders.names(work)) {
                if (pack.endsWith(".tar.gz")) {
                    try (TarArchiveInputStream tar =
                            new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(work.resolve(pack))))) {
                        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                            if (entry.getName().equals(name)) {
                                return Optional.of(new String(tar.readAllBytes(), StandardCharsets.UTF_8));
                            }
                        }
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static boolean leftEvidence(SwathProcess swath, Map<String, String> run) {
        Path work = swath.work(run.get("scene_id"));
        String name = run.get("token") + "/evidence/" + run.get("idx") + ".json";
        try {
            return evidence(work, name)
                    .filter(text -> text.matches("(?s).*\"outcome\":\"(ok|empty)\".*"))
                    .isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
