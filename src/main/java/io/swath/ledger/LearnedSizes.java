package io.swath.ledger;

import io.swath.model.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * What runs that have ended have taught about what later runs need, and the runs that have not taught it yet. What is
 * taught is text to the ledger.
 */
public final class LearnedSizes {
    /**
     * The runs that teach together.
     *
     * @param gpu whether they ask for a GPU
     */
    public record Key(String recipe, String step, String partition, boolean gpu) {}

    /**
     * What the runs of a class have taught about one quantity.
     *
     * @param recipeHash of the recipe whose runs they are
     * @param runs their number
     */
    public record Taught(Key key, String quantity, String recipeHash, long runs, String state) {}

    /**
     * A run that has ended and has taught nothing yet.
     *
     * @param megabytes what the task read: of its tile's window, or of the scene; 0: not known
     * @param cause empty if it succeeded
     * @param memoryKiB its peak
     * @param elapsed its time on the node
     * @param note what the recipe's script wrote
     */
    public record Ended(
            Runs.TaskRef ref,
            Key key,
            String recipeHash,
            String sceneId,
            String node,
            double megabytes,
            Optional<Cause> cause,
            boolean succeeded,
            int requestedMiB,
            Duration limit,
            Optional<Long> memoryKiB,
            Optional<Duration> elapsed,
            String note) {}

    private final Session session;

    LearnedSizes(Session session) {
        this.session = session;
    }

    public Optional<Taught> find(Key key, String quantity) {
        return session.handle
                .createQuery("select * from sizing where recipe = :recipe and step = :step and partition_ = :partition"
                        + " and gpu = :gpu and quantity = :quantity")
                .bind("recipe", key.recipe())
                .bind("step", key.step())
                .bind("partition", key.partition())
                .bind("gpu", key.gpu() ? 1 : 0)
                .bind("quantity", quantity)
                .reduceRows(new ArrayList<Taught>(), LearnedSizes::add)
                .stream()
                .findFirst();
    }

    /** Everything that was taught, in the order of recipes and steps. */
    public List<Taught> all() {
        return session.handle
                .createQuery("select * from sizing order by recipe, step, partition_, gpu, quantity")
                .reduceRows(new ArrayList<>(), LearnedSizes::add);
    }

    public void save(Taught taught) {
        session.handle
                .createUpdate("insert into sizing (recipe, step, partition_, gpu, quantity, recipe_hash, runs, state,"
                        + " changed_at) values (:recipe, :step, :partition, :gpu, :quantity, :hash, :runs, :state, :now)"
                        + " on conflict (recipe, step, partition_, gpu, quantity) do update set"
                        + " recipe_hash = excluded.recipe_hash, runs = excluded.runs, state = excluded.state,"
                        + " changed_at = excluded.changed_at")
                .bind("recipe", taught.key().recipe())
                .bind("step", taught.key().step())
                .bind("partition", taught.key().partition())
                .bind("gpu", taught.key().gpu() ? 1 : 0)
                .bind("quantity", taught.quantity())
                .bind("hash", taught.recipeHash())
                .bind("runs", taught.runs())
                .bind("state", taught.state())
                .bind("now", session.now().toEpochMilli())
                .execute();
    }

    /**
     * Runs that have ended and have not taught anything yet, in the order of their ends.
     *
     * @param limit how many at most
     */
    public List<Ended> ended(int limit) {
        return session.handle
                .createQuery("select run.token, run.idx, run.node, run.state, run.cause, run.memory_kib, run.elapsed_s,"
                        + " run.wall_us, run.note, run.tile, batch.scene_id, batch.step, batch.partition_, batch.gpus,"
                        + " batch.shards, batch.memory_mib, batch.time_s, batch.recipe_hash, scene.recipe,"
                        + " scene.pixel_bytes, tile.read_w, tile.read_h"
                        + " from run join batch on batch.token = run.token join scene on scene.id = batch.scene_id"
                        + " left join tile on tile.scene_id = run.scene_id and tile.idx = run.tile"
                        + " where run.learned = 0 and run.ended_at is not null order by run.ended_at limit :limit")
                .bind("limit", limit)
                .reduceRows(new ArrayList<>(), (runs, row) -> {
                    runs.add(ended(row));
                    return runs;
                });
    }

    /** Records that these runs have taught what they can: they are not among {@link #ended} any more. */
    public void markLearned(Collection<Runs.TaskRef> runs) {
        PreparedBatch batch =
                session.handle.prepareBatch("update run set learned = 1 where token = ? and idx = ?");
        runs.forEach(run -> batch.add(run.token(), run.index()));
        batch.execute();
    }

    private static List<Taught> add(List<Taught> taught, RowView row) {
        taught.add(new Taught(
                new Key(
                        row.getColumn("recipe", String.class),
                        row.getColumn("step", String.class),
                        row.getColumn("partition_", String.class),
                        row.getColumn("gpu", Integer.class) == 1),
                row.getColumn("quantity", String.class),
                row.getColumn("recipe_hash", String.class),
                row.getColumn("runs", Long.class),
                row.getColumn("state", String.class)));
        return taught;
    }

    private static Ended ended(RowView row) {
        Optional<Double> window = Optional.ofNullable(row.getColumn("read_w", Integer.class))
                .map(width -> (double) width * row.getColumn("read_h", Integer.class));
        Optional<Duration> wall = Optional.ofNullable(row.getColumn("wall_us", Long.class))
                .map(micros -> Duration.ofNanos(micros * 1000));
        Optional<Duration> elapsed =
                Optional.ofNullable(row.getColumn("elapsed_s", Long.class)).map(Duration::ofSeconds);
        return new Ended(
                new Runs.TaskRef(row.getColumn("token", String.class), row.getColumn("idx", Integer.class)),
                new Key(
                        row.getColumn("recipe", String.class),
                        row.getColumn("step", String.class),
                        row.getColumn("partition_", String.class),
                        row.getColumn("gpus", Integer.class) + row.getColumn("shards", Integer.class) > 0),
                row.getColumn("recipe_hash", String.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("node", String.class),
                window.orElse(0.0) * row.getColumn("pixel_bytes", Integer.class) / 1e6,
                Optional.ofNullable(row.getColumn("cause", String.class)).map(Cause::valueOf),
                row.getColumn("state", String.class).equals("SUCCEEDED"),
                row.getColumn("memory_mib", Integer.class),
                Duration.ofSeconds(row.getColumn("time_s", Long.class)),
                Optional.ofNullable(row.getColumn("memory_kib", Long.class)),
                wall.isPresent() && (elapsed.isEmpty() || wall.get().compareTo(elapsed.get()) > 0) ? wall : elapsed,
                row.getColumn("note", String.class));
    }
}
