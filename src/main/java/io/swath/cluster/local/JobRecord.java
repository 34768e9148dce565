package io.swath.cluster.local;

import io.swath.cluster.JobArray;
import io.swath.model.Request;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A job on disk: a folder with two files. {@code job} contains what was submitted and never changes. {@code events} gets a
 * line for each event of a task. The folder is written under another name and then renamed, so a job exists completely or
 * not at all.
 */
record JobRecord(Path path) {
    private static final String HEADER = "A job of Swath's local cluster (this machine, not Slurm)";

    /** What was submitted, and when. */
    record Definition(JobArray submission, Instant submitted) {}

    static JobRecord create(Path path, Definition definition) throws IOException {
        JobArray submission = definition.submission();
        Request request = submission.request();
        Properties values = new Properties();
        values.setProperty("token", submission.token());
        values.setProperty("script", submission.script().toString());
        values.setProperty("clusterScript", submission.clusterScript());
        values.setProperty("size", Integer.toString(submission.size()));
        values.setProperty("after", String.join(",", submission.after()));
        values.setProperty("manner", submission.dependencyType().name());
        values.setProperty("submitted", definition.submitted().toString());
        values.setProperty("partition", request.partition());
        values.setProperty("cpus", Integer.toString(request.cpus()));
        values.setProperty("memoryMiB", Integer.toString(request.memoryMiB()));
        values.setProperty("time", request.time().toString());
        values.setProperty("gpus", Integer.toString(request.gpus()));
        values.setProperty("shards", Integer.toString(request.shards()));
        Path draft = path.resolveSibling(".new-" + path.getFileName());
        delete(draft);
        delete(path); // left by a submission that failed before it was answered
        Files.createDirectory(draft);
        try (Writer writer = Files.newBufferedWriter(draft.resolve("job"))) {
            values.store(writer, HEADER);
        }
        try (FileChannel file = FileChannel.open(draft.resolve("job"), StandardOpenOption.WRITE)) {
            file.force(true);
        }
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
        return new JobRecord(path);
    }

    Definition definition() throws IOException {
        Properties values = new Properties();
        try (Reader reader = Files.newBufferedReader(path.resolve("job"))) {
            values.load(reader);
        }
        Request request = new Request(
                values.getProperty("partition"),
                Integer.parseInt(values.getProperty("cpus")),
                Integer.parseInt(values.getProperty("memoryMiB")),
                Duration.parse(values.getProperty("time")),
                Integer.parseInt(values.getProperty("gpus")),
                Integer.parseInt(values.getProperty("shards")),
                List.of());
        JobArray submission = new JobArray(
                values.getProperty("token"),
                Path.of(values.getProperty("script")),
                values.getProperty("clusterScript"),
                Integer.parseInt(values.getProperty("size")),
                request,
                Arrays.stream(values.getProperty("after").split(","))
                        .filter(id -> !id.isEmpty())
                        .toList(),
                JobArray.DependencyType.valueOf(values.getProperty("manner")));
        return new Definition(submission, Instant.parse(values.getProperty("submitted")));
    }

    /** Appends whole lines in one write. */
    void append(String lines) throws IOException {
        Files.writeString(path.resolve("events"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The events so far, without an incomplete last line. */
    List<String> events() throws IOException {
        try {
            String text = Files.readString(path.resolve("events"));
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    /** The file in which GNU time reports what a task used. */
    Path usage(int index) {
        return path.resolve("usage." + index);
    }

    void delete() throws IOException {
        delete(path);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
