package io.swath.tracking;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.Waiting;
import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** One cycle after the other, with a cluster that says what it is told to and clocks that a test sets. */
abstract class TrackingBench {
    static final Duration LOST_AFTER = Duration.ofMinutes(10);
    private static final Duration STEP = Duration.ofSeconds(2);

    Workbench bench;
    private Tracking tracking;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        restart(Duration.ZERO);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** As if the program had been started anew: what it only remembered is gone. */
    void restart(Duration pause) {
        tracking = new Tracking(
                bench.ledger,
                bench.cluster,
                bench.storage,
                new RetryPolicy(2, 2, 2, 10, pause),
                LOST_AFTER,
                bench.incidents,
                bench.json,
                bench.steady);
    }

    /** A cycle, two seconds after whatever was before. */
    boolean cycle() {
        bench.pass(STEP);
        tracking.wake();
        return tracking.cycle();
    }

    /** Cycle after cycle for so long, one each half minute. */
    void cycles(Duration time) {
        for (long step = 0; step < time.toSeconds() / 30; step++) {
            bench.pass(Duration.ofSeconds(30).minus(STEP));
            cycle();
        }
    }

    /** The first batch of a scene of so many tiles, queued as job 101; its assembly is job 102. */
    Batch queued(int tiles) {
        bench.planned("a", Workbench.ONE_STEP, tiles);
        bench.submitAll();
        return bench.batch("a", 1);
    }

    /** Of a scene of two steps: the batch of the first, job 101, and that of the second, job 102. */
    List<Batch> twoSteps(int tiles) {
        bench.planned("a", Workbench.TWO_STEPS, tiles);
        bench.submitAll();
        return bench.batches("a");
    }

    void says(TaskRow... rows) {
        bench.cluster.rows.clear();
        for (TaskRow row : rows) {
            bench.cluster.rows.add(row.row());
        }
    }

    void queueSays(Batch batch, String word, String reason, Integer... indices) {
        bench.cluster.queue.add(
                new Waiting(batch.clusterId(), batch.token(), List.of(indices), word, reason, Optional.empty()));
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
