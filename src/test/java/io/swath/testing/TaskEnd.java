package io.swath.testing;

import io.swath.model.Allocation;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.ExitStatus;
import io.swath.model.GpuUse;
import io.swath.model.Pending;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How runs end in a test that does not track them: each wither returns another one. The tiles of the runs stay as they are.
 * Immutable.
 *
 * @param cause empty: they succeed
 * @param elapsed by the cluster's records
 * @param wall by the task's own clock
 * @param requested what the cluster says that they asked for
 */
public record TaskEnd(
        Optional<Cause> cause,
        String detail,
        Duration elapsed,
        Optional<Duration> wall,
        Optional<Long> cpuMillis,
        int peakMiB,
        String node,
        Tres requested,
        GpuUse gpu) {
    /** One CPU of node cpu1 for 20 s, and a peak of 200 MiB. */
    public static final TaskEnd SUCCESS = new TaskEnd(
            Optional.empty(),
            "",
            Duration.ofSeconds(20),
            Optional.empty(),
            Optional.empty(),
            200,
            "cpu1",
            Tres.NONE,
            GpuUse.NONE);

    /** The same of runs that fail. */
    public static TaskEnd failure(Cause cause, String detail) {
        return new TaskEnd(
                Optional.of(cause),
                detail,
                SUCCESS.elapsed,
                Optional.empty(),
                Optional.empty(),
                200,
                "cpu1",
                Tres.NONE,
                GpuUse.NONE);
    }

    public TaskEnd after(Duration time) {
        return new TaskEnd(cause, detail, time, wall, cpuMillis, peakMiB, node, requested, gpu);
    }

    public TaskEnd wall(Duration time) {
        return new TaskEnd(cause, detail, elapsed, Optional.of(time), cpuMillis, peakMiB, node, requested, gpu);
    }

    public TaskEnd cpu(Duration used) {
        return new TaskEnd(cause, detail, elapsed, wall, Optional.of(used.toMillis()), peakMiB, node, requested, gpu);
    }

    public TaskEnd peak(int mebibytes) {
        return new TaskEnd(cause, detail, elapsed, wall, cpuMillis, mebibytes, node, requested, gpu);
    }

    public TaskEnd on(String name) {
        return new TaskEnd(cause, detail, elapsed, wall, cpuMillis, peakMiB, name, requested, gpu);
    }

    public TaskEnd requested(Tres tres) {
        return new TaskEnd(cause, detail, elapsed, wall, cpuMillis, peakMiB, node, tres, gpu);
    }

    public TaskEnd gpu(GpuUse used) {
        return new TaskEnd(cause, detail, elapsed, wall, cpuMillis, peakMiB, node, requested, used);
    }

    /** Ends all open runs of a batch so, and so the batch. */
    public void all(Workbench bench, Batch batch) {
        bench.ledger.change(session -> {
            session.runs()
                    .finish(session.runs().open(batch.token()).stream()
                            .map(run -> ended(batch, run.index(), run.tile(), run.attempt(), bench.clock.instant()))
                            .toList());
            session.batches().closeEnded();
        });
    }

    /** Ends one run of a batch so. */
    public void one(Workbench bench, Batch batch, int index) {
        Run run = bench.run(batch, index);
        bench.ledger.change(session ->
                session.runs().finish(List.of(ended(batch, index, run.tile(), run.attempt(), bench.clock.instant()))));
    }

    private Run ended(Batch batch, int index, int tile, int attempt, Instant now) {
        Timing timing = new Timing(
                Optional.of(now),
                Optional.of(now),
                Optional.of(now.minus(elapsed)),
                Optional.of(now),
                Optional.of(elapsed.toSeconds()));
        return new Run(
                batch.token(),
                index,
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                tile,
                attempt,
                cause.isPresent() ? RunState.FAILED : RunState.SUCCEEDED,
                cause,
                detail,
                new Run.Facts(
                        "1_" + index,
                        "",
                        ExitStatus.NONE,
                        timing,
                        new Allocation(batch.request().partition(), node, Optional.of(1)),
                        requested,
                        new ResourceUse(wall, cpuMillis, Optional.of(peakMiB * 1024L), gpu),
                        0,
                        Pending.NONE,
                        ""));
    }
}
