package io.swath.ledger;

import java.util.ArrayList;
import java.util.List;

/** What runs have used, summed up. */
public final class Usage {
    private final Session session;

    Usage(Session session) {
        this.session = session;
    }

    /** Sums over the runs that have ended, the highest of the memory peaks; a sum leaves out what nobody measured. */
    public record Total(
            String recipe,
            String step,
            String partition,
            String outcome,
            int runs,
            long elapsedSeconds,
            long allocatedCpuSeconds,
            long cpuMillis,
            long requestedMemoryMiB,
            long peakMemoryKiB) {}

    /** Totals by recipe, step, partition and outcome. */
    public List<Total> totals() {
        return session.handle
                .createQuery("select scene.recipe as recipe, run.step as step, batch.partition_ as part,"
                        + " coalesce(run.cause, run.state) as outcome, count(*) as runs,"
                        + " coalesce(sum(run.elapsed_s), 0) as elapsed,"
                        + " coalesce(sum(run.elapsed_s * batch.cpus), 0) as allocated,"
                        + " coalesce(sum(run.cpu_ms), 0) as used, max(batch.memory_mib) as memory,"
                        + " coalesce(max(run.memory_kib), 0) as peak from run join batch on batch.token = run.token"
                        + " join scene on scene.id = run.scene_id where run.state in ('SUCCEEDED', 'FAILED')"
                        + " group by scene.recipe, run.step, batch.partition_, coalesce(run.cause, run.state)"
                        + " order by recipe, step, part, outcome")
                .reduceRows(new ArrayList<>(), (totals, row) -> {
                    totals.add(new Total(
                            row.getColumn("recipe", String.class),
                            row.getColumn("step", String.class),
                            row.getColumn("part", String.class),
                            row.getColumn("outcome", String.class),
                            row.getColumn("runs", Integer.class),
                            row.getColumn("elapsed", Long.class),
                            row.getColumn("allocated", Long.class),
                            row.getColumn("used", Long.class),
                            row.getColumn("memory", Long.class),
                            row.getColumn("peak", Long.class)));
                    return totals;
                });
    }

    /**
     * What a step took of late, over the runs that succeeded.
     *
     * @param millis of all of them together
     * @param pixels of all their tiles
     * @param cpus that one of them had
     */
    public record Pace(String step, long millis, long pixels, int cpus) {}

    /** How long the steps of a recipe took, in the last scenes that it was delivered for; the assembly among them. */
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
