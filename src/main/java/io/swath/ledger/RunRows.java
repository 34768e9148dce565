package io.swath.ledger;

import io.swath.model.Allocation;
import io.swath.model.Cause;
import io.swath.model.ExitStatus;
import io.swath.model.GpuUse;
import io.swath.model.Pending;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.Run.Facts;
import io.swath.model.RunState;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.Query;

/** Reads rows of the table of runs. Stateless. */
final class RunRows {
    private RunRows() {}

    /** Passes each row to the consumer. */
    static void each(Query query, Consumer<Run> runs) {
        query.reduceRows(runs, (consumer, row) -> {
            consumer.accept(run(row));
            return consumer;
        });
    }

    private static Run run(RowView row) {
        return new Run(
                row.getColumn("token", String.class),
                row.getColumn("idx", Integer.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("step_index", Integer.class),
                row.getColumn("step", String.class),
                row.getColumn("tile", Integer.class),
                row.getColumn("attempt", Integer.class),
                RunState.valueOf(row.getColumn("state", String.class)),
                Optional.ofNullable(row.getColumn("cause", String.class)).map(Cause::valueOf),
                row.getColumn("detail", String.class),
                facts(row));
    }

    static GpuUse gpu(RowView row) {
        return new GpuUse(
                Optional.ofNullable(row.getColumn("gpu_mib", Integer.class)),
                Optional.ofNullable(row.getColumn("gpu_card_mib", Integer.class)),
                Optional.ofNullable(row.getColumn("gpu_percent", Integer.class)),
                row.getColumn("gpu_source", String.class));
    }

    private static Facts facts(RowView row) {
        return new Facts(
                row.getColumn("job_id", String.class),
                row.getColumn("word", String.class),
                new ExitStatus(
                        Optional.ofNullable(row.getColumn("exit_code", Integer.class)),
                        Optional.ofNullable(row.getColumn("signal", Integer.class))),
                new Timing(
                        Session.optionalInstant(row, "submitted_at"),
                        Session.optionalInstant(row, "eligible_at"),
                        Session.optionalInstant(row, "started_at"),
                        Session.optionalInstant(row, "ended_at"),
                        Optional.ofNullable(row.getColumn("elapsed_s", Long.class))),
                new Allocation(
                        row.getColumn("partition_", String.class),
                        row.getColumn("node", String.class),
                        Optional.ofNullable(row.getColumn("cpus", Integer.class))),
                new Tres(row.getColumn("requested_tres", String.class), row.getColumn("allocated_tres", String.class)),
                new ResourceUse(
                        Optional.ofNullable(row.getColumn("wall_us", Long.class))
                                .map(us -> Duration.ofNanos(us * 1000)),
                        Optional.ofNullable(row.getColumn("cpu_ms", Long.class)),
                        Optional.ofNullable(row.getColumn("memory_kib", Long.class)),
                        gpu(row)),
                row.getColumn("restarts", Integer.class),
                new Pending(
                        row.getColumn("pending_reason", String.class), Session.optionalInstant(row, "expected_start")),
                row.getColumn("note", String.class));
    }
}
