package io.swath.ledger;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/**
 * How much of the GPUs that they occupied the ended runs needed: of those that asked for one GPU, or a part of one, on one node.
 * Runs that older versions of Swath sent for a part of a GPU are not in it, because nobody knows which part it was.
 */
public final class GpuUsage {
    private static final String ELAPSED_US = "coalesce(run.wall_us, run.elapsed_s * 1000000.0)";
    private static final String OF_MEMORY = "(run.gpu_mib * 1.0 / run.gpu_card_mib)";
    private static final String OF_TIME = "(coalesce(run.gpu_percent, 0) / 100.0)";
    private static final String GROUPED = "select scene.recipe as recipe, run.step as step,"
            + " sum(" + ELAPSED_US + ") as elapsed_us, sum(" + ELAPSED_US + " * batch.gpu_part) as asked_us,"
            + " coalesce(sum(case when run.gpu_card_mib > 0 then " + ELAPSED_US + " end), 0) as measured_us,"
            + " coalesce(sum(case when run.gpu_card_mib > 0 then " + ELAPSED_US + " * case when " + OF_MEMORY + " > "
            + OF_TIME + " then " + OF_MEMORY + " else " + OF_TIME + " end end), 0) as needed_us"
            + " from batch cross join run join scene on scene.id = batch.scene_id where run.token = batch.token"
            + " and run.state in ('SUCCEEDED', 'FAILED') and " + ELAPSED_US + " between 0 and 1000000000000000"
            + " and batch.gpus <= 1 and batch.gpus + batch.shards + batch.mps > 0 and batch.gpu_part > 0"
            + " and batch.placement not like '%nodes=%' and ";

    private final Session session;

    GpuUsage(Session session) {
        this.session = session;
    }

    /**
     * GPU-seconds of a recipe's step.
     *
     * @param elapsed what whole GPUs would have taken
     * @param asked what the parts took that the runs asked for; equal to {@code elapsed} for whole GPUs
     * @param measured of {@code elapsed}, that of the runs that were measured
     * @param needed what these needed: of the GPU's memory or of its time, whichever is more
     */
    public record Total(String recipe, String step, double elapsed, double asked, double measured, double needed) {
        /** The part of a GPU that the runs asked for, 1 for a whole GPU, each run weighed by its time; 0 without any time. */
        public double askedPart() {
            return elapsed > 0 ? asked / elapsed : 0;
        }

        /** The part of a GPU that they needed; empty: no run was measured. */
        public Optional<Double> neededPart() {
            return measured > 0 ? Optional.of(needed / measured) : Optional.empty();
        }
    }

    /** Totals in the order of recipes and steps. They include the runs that were archived. */
    public List<Total> totals() {
        return list(session.handle.createQuery(
                "select recipe, step, sum(elapsed_us) as elapsed_us, sum(asked_us) as asked_us,"
                        + " sum(measured_us) as measured_us, sum(needed_us) as needed_us from (select * from gpu_total"
                        + " union all " + GROUPED + "batch.counted = 0 group by scene.recipe, run.step) as parts"
                        + " group by recipe, step order by recipe, step"));
    }

    /** The same of the runs of one night that have ended. */
    public List<Total> ofNight(Nights.Firing firing) {
        return list(session.handle
                .createQuery("select * from (" + GROUPED + Nights.BATCH_OF_FIRING
                        + " group by scene.recipe, run.step) as night order by recipe, step")
                .bind("schedule", firing.schedule())
                .bind("due", firing.due().toEpochMilli()));
    }

    private static List<Total> list(Query query) {
        return query.reduceRows(new ArrayList<>(), (totals, row) -> {
            totals.add(new Total(
                    row.getColumn("recipe", String.class),
                    row.getColumn("step", String.class),
                    row.getColumn("elapsed_us", Double.class) / 1e6,
                    row.getColumn("asked_us", Double.class) / 1e6,
                    row.getColumn("measured_us", Double.class) / 1e6,
                    row.getColumn("needed_us", Double.class) / 1e6));
            return totals;
        });
    }

    /** Adds the runs of batches that are counted in this transaction: see {@link Usage#count}. */
    void count(Collection<String> tokens) {
        session.handle
                .createUpdate(
                        "insert into gpu_total (recipe, step, elapsed_us, asked_us, measured_us, needed_us) " + GROUPED
                                + "batch.token in (<tokens>) group by scene.recipe, run.step"
                                + " on conflict (recipe, step) do update set"
                                + " elapsed_us = gpu_total.elapsed_us + excluded.elapsed_us,"
                                + " asked_us = gpu_total.asked_us + excluded.asked_us,"
                                + " measured_us = gpu_total.measured_us + excluded.measured_us,"
                                + " needed_us = gpu_total.needed_us + excluded.needed_us")
                .bindList("tokens", tokens)
                .execute();
    }
}
