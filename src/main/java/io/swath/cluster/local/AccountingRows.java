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

/** Reads a job's record as accounting rows like those of Slurm. Not thread-safe. */
final class AccountingRows {
    private final Job job;
    private final Machine machine;
    private final Map<Integer, TaskHistory.Entry> tasks;

    AccountingRows(Job job, Machine machine) throws IOException {
        this.job = job;
        this.machine = machine;
        this.tasks = new TreeMap<>(
                TaskHistory.of(job.folder).withTasksBelow(job.size()).tasks());
    }

    /** Passes on one row for each task that has started or ended, and one row for all pending tasks. */
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
        boolean startedOrEnded = task.started.isPresent() || task.ended.isPresent();
        Request request = job.submission().request();
        Phase now = task.suspended ? Phase.SUSPENDED : startedOrEnded ? Phase.RUNNING : Phase.PENDING;
        Phase phase = task.ending.map(Ending::phase).orElse(now);
        String requested = "cpu=" + machine.cpusFor(request) + ",mem=" + request.totalMemoryMiB() + "M,node=1"
                + (request.gpus() > 0 ? ",gres/gpu=" + request.gpus() : "")
                + (request.shards() > 0 ? ",gres/shard=" + request.shards() : "");
        String reason = task.ending.map(Ending::reason).orElse("");
        boolean gotGpu = machine.gpus() > 0;
        return new TaskStatus(
                new TaskStatus.Task(
                        Long.toString(job.id),
                        indices,
                        !startedOrEnded,
                        Long.toString(startedOrEnded ? job.rawId(indices.get(0)) : job.id),
                        job.submission().token()),
                new TaskStatus.State(phase.name(), phase, phase == Phase.FAILED ? reason : ""),
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
                        requested,
                        task.started
                                .map(started -> gotGpu ? requested : requested.replaceAll(",gres.*", ""))
                                .orElse("")),
                reason,
                0);
    }

    private static long elapsed(Instant started, Instant ended) {
        return Math.max(0, Duration.between(started, ended).toSeconds());
    }
}
