package io.swath.e2e;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which runs each task of the ledger's batches makes: one, or with {@code -Dpacking=N} up to N. */
record BatchRuns(Map<String, Size> batches) {
    private record Size(int runs, int perTask) {}

    static BatchRuns of(SwathProcess swath) {
        return new BatchRuns(swath.query("select token, size, per_task from batch").stream()
                .collect(Collectors.toMap(
                        row -> row.get("token"),
                        row -> new Size(Integer.parseInt(row.get("size")), Integer.parseInt(row.get("per_task"))))));
    }

    /** The runs of a task, as {@code TOKEN/INDEX}; of a batch that the ledger does not know, the task itself. */
    List<String> ofTask(String token, int task) {
        Size batch = batches.getOrDefault(token, new Size(Integer.MAX_VALUE, 1));
        return IntStream.range(task * batch.perTask(), Math.min(batch.runs(), (task + 1) * batch.perTask()))
                .mapToObj(index -> token + "/" + index)
                .toList();
    }
}
