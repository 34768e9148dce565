package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the accounting says of one batch's open runs, put together row by row. Not thread-safe.
 *
 * @param open the runs by array index
 * @param rows their own rows
 * @param ranges rows that stand for several
 */
record AccountingSnapshot(
        Batch batch, Map<Integer, Open> open, Map<Integer, TaskStatus> rows, List<TaskStatus> ranges) {
    void add(TaskStatus row) {
        if (row.task().range()) {
            ranges.add(row);
            return;
        }
        for (int index : row.task().indices()) {
            // A requeued task has a row for each of its runs: the latest is the one that counts.
            if (open.containsKey(index)) {
                rows.merge(index, row, AccountingSnapshot::later);
            }
        }
    }

    /** Of two rows that were submitted in the same second, one that has ended is the later; of two such, the last. */
    private static final Comparator<TaskStatus> BY_TIME = Comparator.comparing(
                    (TaskStatus row) -> row.timing().submitted().orElse(Instant.MIN))
            .thenComparing(row -> row.phase().ended())
            .thenComparing(row -> row.timing().ended().orElse(Instant.MIN));

    private static TaskStatus later(TaskStatus before, TaskStatus row) {
        return BY_TIME.compare(row, before) < 0 ? before : row;
    }

    /** The row of a run: its own, or that of the range it is pending in. */
    Optional<TaskStatus> status(int index) {
        TaskStatus own = rows.get(index);
        if (own != null) {
            return Optional.of(own);
        }
        return ranges.stream()
                .filter(range -> range.task().indices().isEmpty()
                        || range.task().indices().contains(index))
                .findFirst();
    }
}
