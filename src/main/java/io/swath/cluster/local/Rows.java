package io.swath.cluster.local;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.model.Allocation;
import io.swath.model.ExitStatus;
import io.swath.model.Request;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A job's record as rows of an accounting, in the words of Slurm's. */
final class Rows {
    private final Job job;
    private final Machine machine;
    private final Map<Integer, TaskHistory.Entry> tasks;

    Rows(Job job, Machine machine) throws IOException {
        this.job = job;
        this.machine = machine;
        this.tasks = new TreeMap<>(TaskHistory.of(job.folder).tasks());
    }

    /** A row for each task that has started or ended, and one for all the others. */
    void send(Consumer<TaskStatus> rows) {
        tasks.forEach((index, task) -> rows.accept(row(List.of(index), task)));
        List<Integer> pending = IntStream.range(0, job.size())
                .filter(index -> !tasks.containsKey(index))
                .boxed()
                .toList();
        if (!pending.isEmpty()) {
            rows.accept(row(pending, new TaskHistory.Entry()));
        }
    }

    private TaskStatus row(List<Integer> indices, TaskHistory.Entry task) {
        boolean known = task.started.isPresent() || task.ended.isPresent();
        Request request = job.submission().request();
        Phase now = task.suspended ? Phase.SUSPENDED : known ? Phase.RUNNING : Phase.PENDING;
        Phase phase = task.ending.map(Ending::phase).orElse(now);
        String asked = "cpu=" + machine.cpusFor(request) + ",mem=" + request.memoryMiB() + "M,node=1"
                + (request.gpus() > 0 ? ",gres/gpu=" + request.gpus() : "")
                + (request.shards() > 0 ? ",gres/shard=" + request.shards() : "");
        boolean gotGpu = machine.gpus() > 0;
        return new TaskStatus(
                new TaskStatus.Task(
                        Long.toString(job.id),
                        indices,
                        !known,
                        Long.toString(known ? job.rawId(indices.get(0)) : job.id),
                        job.submission().token()),
                new TaskStatus.State(phase.name(), phase, ""),
                new ExitStatus(
                        task.ending.map(Ending::exit),
                        task.ending.map(Ending::signal).filter(signal -> signal > 0)),
                new Timing(
                        Optional.of(job.definition.submitted()),
                        Optional.of(job.definition.submitted()),
                        task.started,
                        task.ended,
                        task.started.map(started -> elapsed(started, task.ended.orElseGet(Instant::now)))),
                new Allocation(
                        "local",
                        task.started.map(started -> machine.name()).orElse(""),
                        task.started.map(started -> machine.cpusFor(request))),
                new Tres(
                        asked,
                        task.started
                                .map(started -> gotGpu ? asked : asked.replaceAll(",gres.*", ""))
                                .orElse("")),
                task.ending.map(Ending::reason).orElse(""),
                0);
    }

    private static long elapsed(Instant started, Instant ended) {
        return Math.max(0, Duration.between(started, ended).toSeconds());
    }
}
