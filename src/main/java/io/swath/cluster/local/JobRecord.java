package io.swath.cluster.local;

import io.swath.cluster.JobArray;
import io.swath.model.Placement;
import io.swath.model.Request;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A job on disk: a folder with two files. {@code job} contains what was submitted and never changes. {@code events} gets a
 * line for each event of a task. The folder is written under another name and then renamed, so a job exists completely or
 * not at all.
 */
record JobRecord(Path path) {
    private static final String HEADER = "A job of Swath's local cluster (this machine, not Slurm)";

    private static final Pattern NICE = Pattern.compile("#SBATCH --nice=(\\d{1,9})");
    private static final int MOST_SCRIPT_BYTES = 1 << 20;
    private static final int MOST_DEFINITION_BYTES = 1 << 20;
    /** Some hundred bytes for each task of the largest array. */
    private static final int MOST_EVENT_BYTES = 64 << 20;

    /**
     * What was submitted, and when.
     *
     * @param nice the value of {@code --nice} when the job was submitted (sbatch(1)); later changes of the script do not count
     */
    record Definition(JobArray submission, int nice, Instant submitted) {
        static Definition of(JobArray submission, Instant submitted) {
            return new Definition(submission, niceOf(submission.script()), submitted);
        }
    }

    /** Reads {@code --nice} from the script's directives; 0 without the directive or the script. */
    private static int niceOf(Path script) {
        try {
            byte[] content = RegularFiles.read(script.toAbsolutePath().getParent(), script, MOST_SCRIPT_BYTES);
            return new String(content, StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(NICE::matcher)
                    .filter(Matcher::matches)
                    .findFirst()
                    .map(directive -> Integer.parseInt(directive.group(1)))
                    .orElse(0);
        } catch (IOException noScript) {
            return 0; // the job's tasks report it when they start
        }
    }

    static JobRecord create(Path path, Definition definition) throws IOException {
        JobArray submission = definition.submission();
        Request request = submission.request();
        Properties values = new Properties();
        values.setProperty("token", submission.token());
        values.setProperty("script", submission.script().toString());
        values.setProperty("clusterScript", submission.clusterScript());
        values.setProperty("size", Integer.toString(submission.size()));
        values.setProperty("packed", Boolean.toString(submission.packed()));
        values.setProperty("after", String.join(",", submission.after()));
        values.setProperty("manner", submission.dependencyType().name());
        values.setProperty("nice", Integer.toString(definition.nice()));
        values.setProperty("submitted", definition.submitted().toString());
        values.setProperty("partition", request.partition());
        values.setProperty("cpus", Integer.toString(request.cpus()));
        values.setProperty("memoryMiB", Integer.toString(request.memoryMiB()));
        values.setProperty("time", request.time().toString());
        values.setProperty("gpus", Integer.toString(request.gpus()));
        values.setProperty("shards", Integer.toString(request.shards()));
        values.setProperty("placement", request.placement().text());
        Path draft = path.resolveSibling(".new-" + path.getFileName());
        Removal.remove(draft);
        Removal.remove(path); // left by a submission that failed before it was answered
        Files.createDirectory(draft);
        StringWriter text = new StringWriter();
        values.store(text, HEADER);
        DurableFiles.write(draft.resolve("job"), text.toString());
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
        return new JobRecord(path);
    }

    Definition definition() throws IOException {
        Properties values = new Properties();
        values.load(new StringReader(read("job", MOST_DEFINITION_BYTES)));
        Request request = new Request(
                values.getProperty("partition"),
                Integer.parseInt(values.getProperty("cpus")),
                Integer.parseInt(values.getProperty("memoryMiB")),
                Duration.parse(values.getProperty("time")),
                Integer.parseInt(values.getProperty("gpus")),
                Integer.parseInt(values.getProperty("shards")),
                List.of(),
                Placement.parse(values.getProperty("placement", ""))); // an older Swath did not record it
        JobArray submission = new JobArray(
                values.getProperty("token"),
                Path.of(values.getProperty("script")),
                values.getProperty("clusterScript"),
                Integer.parseInt(values.getProperty("size")),
                Boolean.parseBoolean(values.getProperty("packed")), // an older Swath packed nothing
                request,
                Arrays.stream(values.getProperty("after").split(","))
                        .filter(id -> !id.isEmpty())
                        .toList(),
                JobArray.DependencyType.valueOf(values.getProperty("manner")));
        String nice = values.getProperty("nice"); // an older Swath did not record it
        return new Definition(
                submission,
                nice == null ? niceOf(submission.script()) : Integer.parseInt(nice),
                Instant.parse(values.getProperty("submitted")));
    }

    /** A task runs as the same user, so it can put anything into this folder: a pipe, a link, a file of any size. */
    private String read(String name, int most) throws IOException {
        return new String(RegularFiles.read(path.getParent(), path.resolve(name), most), StandardCharsets.UTF_8);
    }

    /**
     * Appends whole lines in one write.
     *
     * @throws io.swath.storage.NotRegularException when something else has taken the place of the record
     * @throws NoSuchFileException when the record is gone
     */
    void append(String lines) throws IOException {
        DurableFiles.append(path.getParent(), path.resolve("events"), lines);
    }

    /**
     * The events so far, without an incomplete last line.
     *
     * @throws io.swath.storage.NotRegularException when something else has taken the place of the record
     */
    List<String> events() throws IOException {
        try {
            String text = read("events", MOST_EVENT_BYTES);
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
        Removal.remove(path);
    }
}
