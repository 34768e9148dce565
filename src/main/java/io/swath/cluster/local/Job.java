package io.swath.cluster.local;

import io.swath.cluster.JobArray;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A job and where its tasks stand. Not thread-safe; all but the folder belongs to {@link Node}'s thread. */
final class Job {
    final long id;
    final JobRecord folder;
    final JobRecord.Definition definition;
    private final int nice;
    final BitSet started = new BitSet();
    final BitSet ended = new BitSet();
    final BitSet succeeded = new BitSet();

    Job(long id, JobRecord folder, JobRecord.Definition definition) {
        this.id = id;
        this.folder = folder;
        this.definition = definition;
        this.nice = nice(definition.submission().script());
    }

    /** As its script's directive has it; 0 where there is none, or no script any more. */
    private static int nice(Path script) {
        try (Stream<String> lines = Files.lines(script)) {
            return lines.filter(line -> line.matches("#SBATCH --nice=\\d{1,9}"))
                    .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf('=') + 1)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException gone) {
            return 0;
        }
    }

    /** How far it stands back for others. */
    int nice() {
        return nice;
    }

    static Job read(Path path) throws IOException {
        JobRecord folder = new JobRecord(path);
        Job job = new Job(Long.parseLong(path.getFileName().toString()), folder, folder.definition());
        TaskHistory.of(folder).tasks().forEach((index, task) -> {
            job.started.set(index, task.started.isPresent());
            task.ending.ifPresent(ending -> job.note(index, ending.phase()));
        });
        return job;
    }

    JobArray submission() {
        return definition.submission();
    }

    int size() {
        return submission().size();
    }

    /** Each task has an id of its own, as with Slurm: those that follow the job's are kept for them. */
    long rawId(int index) {
        return id + 1 + index;
    }

    long nextJobId() {
        return id + 1 + size();
    }

    boolean over() {
        return ended.cardinality() == size();
    }

    /** Neither started nor ended. */
    BitSet pending() {
        BitSet pending = new BitSet(size());
        pending.set(0, size());
        pending.andNot(started);
        pending.andNot(ended);
        return pending;
    }

    BitSet running() {
        BitSet running = (BitSet) started.clone();
        running.andNot(ended);
        return running;
    }

    boolean held() {
        return Files.exists(folder.path().resolve("held"));
    }

    void hold(boolean held) throws IOException {
        Path file = folder.path().resolve("held");
        if (!held) {
            Files.deleteIfExists(file);
        } else if (!Files.exists(file)) {
            Files.createFile(file);
        }
    }

    void start(int index, Instant time) throws IOException {
        folder.append(TaskHistory.line("start", index, time, ""));
        started.set(index);
    }

    /** Writes the same end for all these tasks. */
    void end(BitSet indices, Instant time, Ending ending) throws IOException {
        StringBuilder lines = new StringBuilder();
        indices.stream().forEach(index -> lines.append(TaskHistory.line("end", index, time, ending.line())));
        folder.append(lines.toString());
        indices.stream().forEach(index -> note(index, ending.phase()));
    }

    private void note(int index, Phase phase) {
        ended.set(index);
        succeeded.set(index, phase == Phase.COMPLETED);
    }

    /**
     * What its dependencies mean for its pending tasks.
     *
     * @param ready may start
     * @param never cannot start any more
     */
    record Dependencies(BitSet ready, BitSet never) {}

    Dependencies dependencies(Map<Long, Job> jobs) {
        BitSet ready = pending();
        BitSet never = new BitSet();
        for (Job before : before(jobs)) {
            BitSet failed = (BitSet) before.ended.clone();
            failed.andNot(before.succeeded);
            switch (submission().dependencyType()) {
                case AFTER_OK -> {
                    if (!failed.isEmpty()) {
                        never.or(pending());
                    }
                    if (before.succeeded.cardinality() < before.size()) {
                        ready.clear();
                    }
                }
                case AFTER_CORRESPONDING -> {
                    never.or(failed);
                    never.set(before.size(), Math.max(before.size(), size()));
                    ready.and(before.succeeded);
                }
            }
        }
        never.and(pending());
        ready.andNot(never);
        return new Dependencies(ready, never);
    }

    /** What has not ended, as a queue tells it. */
    List<Waiting> waiting(Map<Long, Job> jobs) {
        BitSet ready = dependencies(jobs).ready();
        BitSet depending = pending();
        depending.andNot(ready);
        return Stream.of(
                        row(running(), "RUNNING", ""),
                        row(ready, "PENDING", held() ? "JobHeldUser" : "Resources"),
                        row(depending, "PENDING", held() ? "JobHeldUser" : "Dependency"))
                .filter(row -> !row.indices().isEmpty())
                .toList();
    }

    private Waiting row(BitSet indices, String word, String reason) {
        return new Waiting(
                Long.toString(id),
                submission().token(),
                indices.stream().boxed().toList(),
                word,
                reason,
                Optional.empty());
    }

    private List<Job> before(Map<Long, Job> jobs) {
        List<Job> before = new ArrayList<>();
        for (String text : submission().after()) {
            Optional.ofNullable(jobs.get(Long.valueOf(text))).ifPresent(before::add);
        }
        return before;
    }
}
