package io.swath.ledger;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;

/** Sums of what runs used. Used within the session that returned it. */
public final class Usage {
    /** A run's elapsed time in microseconds: what its task measured, else sacct's whole seconds. */
    private static final String ELAPSED_US =
            "cast(coalesce(" + possible("run.wall_us") + ", run.elapsed_s * 1000000) as double precision)";

    private static final String ALLOCATED_CPU_US = ELAPSED_US + " * coalesce(run.cpus, batch.cpus)";

    private static final String CPU_MS = "cast(" + possible("run.cpu_ms") + " as double precision)";

    private static final String SUMS = "count(*) as runs, coalesce(sum(" + ELAPSED_US + "), 0) as elapsed_us,"
            + " coalesce(sum(" + ALLOCATED_CPU_US + "), 0) as allocated_us, coalesce(sum(" + CPU_MS
            + "), 0) as used_ms,"
            + " coalesce(sum(case when " + CPU_MS + " is not null then " + ALLOCATED_CPU_US
            + " end), 0) as measured_allocated_us,"
            + " coalesce(sum(case when " + ELAPSED_US + " is not null then " + CPU_MS + " end), 0) as measured_used_ms,"
            + " max(" + Runs.ASKED_MIB + ") as memory_mib, coalesce(max(" + possible("run.memory_kib")
            + "), 0) as peak_kib,"
            + " coalesce(sum(case when " + possible("run.memory_kib")
            + " is not null and batch.memory_mib > 0 then coalesce(run.memory_mib, batch.memory_mib) * "
            + ELAPSED_US + " end), 0) as asked_mib_us,"
            + " coalesce(sum(case when batch.memory_mib > 0 then " + possible("run.memory_kib") + " / 1024.0 * "
            + ELAPSED_US + " end), 0) as peak_mib_us,"
            + " coalesce(sum(case when " + ELAPSED_US
            + " is not null then batch.time_s * 1000000.0 / batch.per_task end), 0) as limit_us,"
            + " coalesce(sum(" + ELAPSED_US + "), 0) as limited_us";

    private final Session session;

    /**
     * An earlier Swath recorded any value that a job had put into its evidence: one above 10^15 (30 years) was not
     * measured. Sums are floating-point, because a sum of whole numbers fails when it overflows.
     */
    private static String possible(String column) {
        return "case when " + column + " between 0 and 1000000000000000 then " + column + " end";
    }

    Usage(Session session) {
        this.session = session;
    }

    /**
     * What the ended runs of a recipe's step used, by partition and outcome. A run whose value was not measured adds
     * nothing to that sum.
     *
     * @param elapsed the sum of the runs' elapsed times, as their tasks measured them; for a run without a measured
     *     time, sacct's whole seconds
     * @param allocatedCpu the sum of elapsed time × allocated CPUs
     * @param usedCpu the sum of the CPU times
     * @param cpuEfficiency used / allocated CPU time, over the runs for which both are known; empty when there are no
     *     such runs. A task that uses more CPUs than it was allocated has more than 1
     * @param memoryAsked how many times the memory that they used the runs asked for, each run weighed by its elapsed time;
     *     empty where neither is known
     * @param timeAsked how many times their elapsed time the runs asked for
     * @param requestedMemoryMiB the highest request
     * @param peakMemoryKiB the highest peak; 0 where none was measured
     */
    public record Total(
            String recipe,
            String step,
            String partition,
            String outcome,
            int runs,
            Duration elapsed,
            Duration allocatedCpu,
            Duration usedCpu,
            Optional<Double> cpuEfficiency,
            Optional<Double> memoryAsked,
            Optional<Double> timeAsked,
            long requestedMemoryMiB,
            long peakMemoryKiB) {}

    /** The ended runs of some batches in groups; SQLite goes from the batches to their runs, as a cross join says. */
    private static String grouped(String batches) {
        return "select scene.recipe as recipe, run.step as step, batch.partition_ as partition_,"
                + " coalesce(run.cause, run.state) as outcome, " + SUMS + " from batch cross join run"
                + " join scene on scene.id = batch.scene_id where " + batches + " and run.token = batch.token"
                + " and run.state in ('SUCCEEDED', 'FAILED')"
                + " group by scene.recipe, run.step, batch.partition_, coalesce(run.cause, run.state)";
    }

    /**
     * Totals by recipe, step, partition and outcome. They include the runs that were archived. The time to read them does
     * not grow with the runs that were counted ({@link #count}).
     */
    public List<Total> totals() {
        return session.handle
                .createQuery(
                        "select recipe, step, partition_, outcome, sum(runs) as runs, sum(elapsed_us) as elapsed_us,"
                                + " sum(allocated_us) as allocated_us, sum(used_ms) as used_ms,"
                                + " sum(measured_allocated_us) as measured_allocated_us,"
                                + " sum(measured_used_ms) as measured_used_ms, sum(asked_mib_us) as asked_mib_us,"
                                + " sum(peak_mib_us) as peak_mib_us, sum(limit_us) as limit_us,"
                                + " sum(limited_us) as limited_us, max(memory_mib) as memory_mib,"
                                + " max(peak_kib) as peak_kib from (select * from usage_total union all "
                                + grouped("batch.counted = 0")
                                + ") as parts group by recipe, step, partition_, outcome"
                                + " order by recipe, step, partition_, outcome")
                .reduceRows(new ArrayList<>(), (totals, row) -> {
                    totals.add(total(row));
                    return totals;
                });
    }

    /** The same of the runs of one night that have ended. */
    public List<Total> ofNight(Nights.Firing firing) {
        return session.handle
                .createQuery("select * from ("
                        + grouped(Nights.BATCH_OF_FIRING)
                        + ") as night order by recipe, step, partition_, outcome")
                .bind("schedule", firing.schedule())
                .bind("due", firing.due().toEpochMilli())
                .reduceRows(new ArrayList<>(), (totals, row) -> {
                    totals.add(total(row));
                    return totals;
                });
    }

    /**
     * Adds the runs of some batches that have ended to the stored totals, each batch once. To be called from one thread.
     *
     * @param most about how many runs are added; one batch is never divided
     * @return how many batches were added; 0: all were added before
     */
    public int count(int most) {
        List<String> tokens = new ArrayList<>();
        int runs = 0;
        for (UncountedBatch batch : uncounted(Math.max(1, most / 10))) {
            if (!tokens.isEmpty() && runs + batch.size() > most) {
                break;
            }
            tokens.add(batch.token());
            runs += batch.size();
        }
        if (tokens.isEmpty()) {
            return 0;
        }
        session.handle
                .createUpdate(
                        "insert into usage_total (recipe, step, partition_, outcome, runs, elapsed_us, allocated_us,"
                                + " used_ms, measured_allocated_us, measured_used_ms, memory_mib, peak_kib, asked_mib_us,"
                                + " peak_mib_us, limit_us, limited_us) "
                                + grouped("batch.token in (<tokens>)")
                                + " on conflict (recipe, step, partition_, outcome) do update set"
                                + " runs = usage_total.runs + excluded.runs,"
                                + " elapsed_us = usage_total.elapsed_us + excluded.elapsed_us,"
                                + " allocated_us = usage_total.allocated_us + excluded.allocated_us,"
                                + " used_ms = usage_total.used_ms + excluded.used_ms,"
                                + " measured_allocated_us = usage_total.measured_allocated_us + excluded.measured_allocated_us,"
                                + " measured_used_ms = usage_total.measured_used_ms + excluded.measured_used_ms,"
                                + " asked_mib_us = usage_total.asked_mib_us + excluded.asked_mib_us,"
                                + " peak_mib_us = usage_total.peak_mib_us + excluded.peak_mib_us,"
                                + " limit_us = usage_total.limit_us + excluded.limit_us,"
                                + " limited_us = usage_total.limited_us + excluded.limited_us,"
                                + " memory_mib = case when excluded.memory_mib > usage_total.memory_mib then excluded.memory_mib"
                                + " else usage_total.memory_mib end,"
                                + " peak_kib = case when excluded.peak_kib > usage_total.peak_kib then excluded.peak_kib"
                                + " else usage_total.peak_kib end")
                .bindList("tokens", tokens)
                .execute();
        session.gpuUsage().count(tokens);
        return session.handle
                .createUpdate("update batch set counted = 1 where token in (<tokens>)")
                .bindList("tokens", tokens)
                .execute();
    }

    private record UncountedBatch(String token, int size) {}

    private List<UncountedBatch> uncounted(int limit) {
        return session.handle
                .createQuery("select token, size from batch where counted = 0 and state = 'DONE'"
                        + " order by created_at, token limit :limit")
                .bind("limit", limit)
                .map((row, context) -> new UncountedBatch(row.getString("token"), row.getInt("size")))
                .list();
    }

    private static Total total(RowView row) {
        return new Total(
                row.getColumn("recipe", String.class),
                row.getColumn("step", String.class),
                row.getColumn("partition_", String.class),
                row.getColumn("outcome", String.class),
                row.getColumn("runs", Integer.class),
                micros(row.getColumn("elapsed_us", Long.class)),
                micros(row.getColumn("allocated_us", Long.class)),
                Duration.ofMillis(row.getColumn("used_ms", Long.class)),
                Optional.of(row.getColumn("measured_allocated_us", Long.class))
                        .filter(allocated -> allocated > 0)
                        .map(allocated -> row.getColumn("measured_used_ms", Long.class) * 1000.0 / allocated),
                ratio(row, "asked_mib_us", "peak_mib_us"),
                ratio(row, "limit_us", "limited_us"),
                row.getColumn("memory_mib", Long.class),
                row.getColumn("peak_kib", Long.class));
    }

    private static Optional<Double> ratio(RowView row, String asked, String used) {
        return Optional.of(row.getColumn(used, Double.class))
                .filter(amount -> amount > 0)
                .map(amount -> row.getColumn(asked, Double.class) / amount);
    }

    private static Duration micros(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }

    /**
     * How long the successful runs of a step took.
     *
     * @param millis the sum of their times from start to end
     * @param pixels the sum of their tiles' pixels, without overlap
     * @param cpus requested for one run
     */
    public record Pace(String step, long millis, long pixels, int cpus) {}

    /** How long each step of a recipe took in its last delivered scenes. The assembly is one of the steps. */
    public List<Pace> pace(String recipe, int scenes) {
        return session.handle
                .createQuery("select run.step as step, sum(run.ended_at - run.started_at) as millis,"
                        + " sum(cast(tile.core_w as bigint) * tile.core_h) as pixels, max(batch.cpus) as cpus"
                        + " from scene join batch on batch.scene_id = scene.id and batch.version = scene.version"
                        + " join run on run.token = batch.token and run.state = 'SUCCEEDED'"
                        + " join tile on tile.scene_id = run.scene_id and tile.idx = run.tile"
                        + " where scene.id in (select id from scene where recipe = :recipe and state = 'DELIVERED'"
                        + " order by changed_at desc limit :scenes) and run.started_at is not null"
                        + " and run.ended_at is not null group by run.step order by run.step")
                .bind("recipe", recipe)
                .bind("scenes", scenes)
                .reduceRows(new ArrayList<>(), (paces, row) -> {
                    paces.add(new Pace(
                            row.getColumn("step", String.class),
                            row.getColumn("millis", Long.class),
                            row.getColumn("pixels", Long.class),
                            row.getColumn("cpus", Integer.class)));
                    return paces;
                });
    }
}
