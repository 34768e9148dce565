package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import io.swath.job.Directives;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.storage.Storage;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs tracking cycles against a fake cluster whose answers the test sets, and clocks that the test moves. */
abstract class TrackingBench {
    static final Duration LOST_AFTER = Duration.ofMinutes(10);
    private static final Duration STEP = Duration.ofSeconds(2);

    Workbench bench;
    private Tracking tracking;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        bench = workbench(folder);
        restart(Duration.ZERO);
    }

    Workbench workbench(Path folder) throws IOException {
        return new Workbench(folder);
    }

    @AfterEach
    void close() throws IOException {
        bench.close();
    }

    /** Simulates a restart of the program: what was only in memory is gone. */
    void restart(Duration pause) {
        restart(pause, bench.storage);
    }

    /** @param storage the storage as Swath finds it; the tasks use that of the bench */
    void restart(Duration pause, Storage storage) {
        tracking = new Tracking(
                bench.ledger,
                bench.cluster,
                storage,
                bench.plannedRecipes,
                new RetryPolicy(2, 2, 10, pause, Directives.NONE),
                LOST_AFTER,
                bench.incidents,
                bench.json,
                bench.steady);
    }

    /** Runs one cycle, two seconds later. */
    boolean cycle() {
        tracking.wake();
        bench.pass(STEP);
        return tracking.cycle();
    }

    /** Runs a cycle every half minute, for this time. */
    void cycles(Duration time) {
        for (long step = 0; step < time.toSeconds() / 30; step++) {
            bench.pass(Duration.ofSeconds(30).minus(STEP));
            cycle();
        }
    }

    /** Submits scene "a" with so many tiles: its first batch is job 101, its assembly is job 102. */
    Batch queued(int tiles) {
        bench.planned("a", Workbench.ONE_STEP, tiles);
        bench.submitAll();
        return bench.batch("a", 1);
    }

    /** Submits scene "a" with two steps: the batch of the first step is job 101, that of the second is job 102. */
    List<Batch> twoSteps(int tiles) {
        bench.planned("a", Workbench.TWO_STEPS, tiles);
        bench.submitAll();
        return bench.batches("a");
    }

    /** Accounting reports these rows. The tasks that have started have taken their lease. */
    void accountingReports(TaskRow... rows) {
        accountingReportsWithoutLeases(rows);
        bench.cluster.rows.stream()
                .filter(row -> row.timing().started().isPresent() && !row.task().range())
                .forEach(row -> row.task()
                        .indices()
                        .forEach(index -> batchOf(row).ifPresent(batch -> bench.lease(batch, index))));
    }

    void accountingReportsWithoutLeases(TaskRow... rows) {
        bench.cluster.rows.clear();
        for (TaskRow row : rows) {
            bench.cluster.rows.add(row.row());
        }
    }

    private Optional<Batch> batchOf(TaskStatus row) {
        return bench.batches("a").stream()
                .filter(batch -> batch.token().equals(row.token()))
                .findFirst();
    }

    void queueReports(Batch batch, String state, String reason, Integer... indices) {
        bench.cluster.queue.add(
                new Waiting(batch.clusterId(), batch.token(), List.of(indices), state, reason, Optional.empty()));
    }

    void succeeds(Batch batch, int index) {
        bench.leavesOutput(batch, index);
        bench.cluster.rows.add(TaskRow.task(batch, index).is(Phase.COMPLETED).row());
    }

    Open openRun(Batch batch, int index) {
        return bench.ledger.read(session -> session.runs().open(batch.token())).stream()
                .filter(run -> run.index() == index)
                .findFirst()
                .orElseThrow();
    }
}
