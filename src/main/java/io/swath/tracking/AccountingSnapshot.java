package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What accounting reports about the open runs of one batch, collected row by row. Not thread-safe. */
final class AccountingSnapshot {
    /**
     * Orders the rows of one task by time. If two rows were submitted in the same second, an ended row comes after an
     * open row. Two ended rows are in the order of their ends.
     */
    private static final Comparator<TaskStatus> BY_TIME = Comparator.comparing(
                    (TaskStatus row) -> row.timing().submitted().orElse(Instant.MIN))
            .thenComparing(row -> row.phase().ended())
            .thenComparing(row -> row.timing().ended().orElse(Instant.MIN));

    private final Batch batch;
    private final Map<Integer, Open> runs = new HashMap<>();
    private final Map<Integer, TaskStatus> taskRows = new HashMap<>();
    private final List<TaskStatus> rangeRows = new ArrayList<>();

    AccountingSnapshot(Batch batch, List<Open> openRuns) {
        this.batch = batch;
        openRuns.forEach(run -> runs.put(run.index(), run));
    }

    /**
     * Adds a row if it belongs to this batch. Slurm can give a job id out again, to Swath or to another user. So a row
     * must match the batch's name and its job id.
     */
    void add(TaskStatus row) {
        if (!row.token().equals(batch.token()) || !row.jobId().equals(batch.clusterId())) {
            return;
        }
        if (row.task().range()) {
            rangeRows.add(row);
            return;
        }
        for (int task : row.task().indices()) {
            for (int index : batch.runsOf(task)) {
                // A requeued task has one row for each time that it ran. The latest row counts.
                if (runs.containsKey(index)) {
                    taskRows.merge(index, row, AccountingSnapshot::later);
                }
            }
        }
    }

    private static TaskStatus later(TaskStatus before, TaskStatus row) {
        return BY_TIME.compare(row, before) < 0 ? before : row;
    }

    List<TrackedRun> runs() {
        return runs.values().stream().map(run -> new TrackedRun(batch, run)).toList();
    }

    /** The row of a run's task: its own row, or the row of the pending range that contains it. */
    Optional<TaskStatus> status(int index) {
        TaskStatus own = taskRows.get(index);
        if (own != null) {
            return Optional.of(own);
        }
        return rangeRows.stream()
                .filter(range -> range.task().indices().isEmpty()
                        || range.task().indices().contains(batch.taskOf(index)))
                .findFirst();
    }
}
