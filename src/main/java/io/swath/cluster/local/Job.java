package io.swath.cluster.local;

import io.swath.cluster.JobArray;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A job and the states of its tasks. Not thread-safe; only {@link Node}'s thread may use it, except for the folder. */
final class Job {
    final long id;
    final JobRecord folder;
    final JobRecord.Definition definition;
    final BitSet started = new BitSet();
    final BitSet ended = new BitSet();
    final BitSet succeeded = new BitSet();

    Job(long id, JobRecord folder, JobRecord.Definition definition) {
        this.id = id;
        this.folder = folder;
        this.definition = definition;
    }

    /** The lower this value, the earlier the job starts (sbatch(1): {@code --nice}). */
    int nice() {
        return definition.nice();
    }

    static Job read(Path path) throws IOException {
        JobRecord folder = new JobRecord(path);
        Job job = new Job(Long.parseLong(path.getFileName().toString()), folder, folder.definition());
        TaskHistory.of(folder).withTasksBelow(job.size()).tasks().forEach((index, task) -> {
            job.started.set(index, task.started.isPresent());
            task.ending.ifPresent(ending -> job.markEnded(index, ending.phase()));
        });
        return job;
    }

    JobArray submission() {
        return definition.submission();
    }

    int size() {
        return submission().size();
    }

    /** Each task has an id of its own, as with Slurm. The ids after the job's id are reserved for its tasks. */
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

    /** Records the same end for all these tasks. */
    void end(BitSet indices, Instant time, Ending ending) throws IOException {
        StringBuilder lines = new StringBuilder();
        indices.stream().forEach(index -> lines.append(TaskHistory.line("end", index, time, ending.line())));
        folder.append(lines.toString());
        indices.stream().forEach(index -> markEnded(index, ending.phase()));
    }

    private void markEnded(int index, Phase phase) {
        ended.set(index);
        succeeded.set(index, phase == Phase.COMPLETED);
    }

    /**
     * The pending tasks, by the state of their dependencies.
     *
     * @param ready tasks that may start
     * @param never tasks whose dependency can never be met
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

    /** The queue rows of the tasks that have not ended. */
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

    private Waiting row(BitSet indices, String state, String reason) {
        return new Waiting(
                Long.toString(id),
                submission().token(),
                indices.stream().boxed().toList(),
                state,
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
