package io.swath.ledger;

import io.swath.model.Cause;
import io.swath.model.GpuRequest;
import io.swath.model.GpuUse;
import io.swath.model.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * What runs that have ended have taught about the needs of later runs, and the runs that have not taught it yet. To the
 * ledger, what is taught is a text.
 */
public final class LearnedSizes {
    /** Versions of a recipe of which a class is kept. */
    private static final int KEPT_VERSIONS = 3;

    /** What a task measures and what the cluster counts differ by this at most, unless the task was suspended. */
    private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(5);

    private static final String OF_CLASS = " where recipe = :recipe and step = :step and partition_ = :partition"
            + " and gpu = :gpu and quantity = :quantity ";

    /**
     * The runs that teach together, whatever version of the recipe they run.
     *
     * @param gpu whether they ask for a GPU
     */
    public record RunClass(String recipe, String step, String partition, boolean gpu) {
        /** The class of the runs that ask for this. */
        public static RunClass of(String recipe, String step, Request request) {
            return new RunClass(recipe, step, request.partition(), request.gpu().any());
        }
    }

    /**
     * What the runs of a class have taught about one quantity.
     *
     * @param recipeHash the version of the recipe whose runs they are
     * @param runs their number
     * @param megabytes what the last of them read
     * @param cardMiB the smallest GPU on which one of them was measured, in MiB; 0: none was
     */
    public record Taught(
            RunClass key, String quantity, String recipeHash, long runs, double megabytes, String state, int cardMiB) {}

    /**
     * A run that has ended and has taught nothing yet.
     *
     * @param version of the scene
     * @param megabytes what the task read: of its tile's window, or of the scene; 0: not known
     * @param cause why it failed; empty if it succeeded
     * @param lost whether it was the last attempt at its tile, which has failed
     * @param memoryKiB its peak
     * @param elapsed its time on the node; empty: not known, or it was suspended meanwhile
     * @param asked what it asked for of a GPU
     * @param gpu what it used of a GPU
     */
    public record Ended(
            Runs.TaskRef ref,
            RunClass key,
            String recipeHash,
            String sceneId,
            int version,
            int tile,
            String node,
            double megabytes,
            boolean succeeded,
            Optional<Cause> cause,
            boolean lost,
            int requestedMiB,
            Duration limit,
            Optional<Long> memoryKiB,
            Optional<Duration> elapsed,
            GpuRequest asked,
            GpuUse gpu) {}

    private final Session session;

    LearnedSizes(Session session) {
        this.session = session;
    }

    /** What was taught by runs of this version of the recipe. */
    public Optional<Taught> find(RunClass key, String quantity, String recipeHash) {
        return taught(
                        session.handle
                                .createQuery("select * from sizing" + OF_CLASS + "and recipe_hash = :hash")
                                .bind("hash", recipeHash),
                        key,
                        quantity)
                .stream()
                .findFirst();
    }

    /** What was taught last by runs of any version of the recipe. */
    public Optional<Taught> latest(RunClass key, String quantity) {
        return taught(
                        session.handle.createQuery("select * from sizing" + OF_CLASS
                                + "order by changed_at desc, recipe_hash desc limit 1"),
                        key,
                        quantity)
                .stream()
                .findFirst();
    }

    /** Everything that was taught, in the order of recipes and steps, the latest version of a recipe first. */
    public List<Taught> all() {
        return session.handle
                .createQuery("select * from sizing order by recipe, step, partition_, gpu, quantity, changed_at desc")
                .reduceRows(new ArrayList<>(), LearnedSizes::add);
    }

    /** Keeps what was taught, and forgets old versions of the recipe. */
    public void save(Taught taught) {
        bind(
                        session.handle.createUpdate(
                                "insert into sizing (recipe, recipe_hash, step, partition_, gpu,"
                                        + " quantity, runs, megabytes, state, card_mib, changed_at) values (:recipe, :hash, :step,"
                                        + " :partition, :gpu, :quantity, :runs, :megabytes, :state, :card, :now)"
                                        + " on conflict (recipe, step, partition_, gpu, quantity, recipe_hash) do update set"
                                        + " runs = excluded.runs, megabytes = excluded.megabytes, state = excluded.state, card_mib = excluded.card_mib, changed_at = excluded.changed_at"),
                        taught.key(),
                        taught.quantity())
                .bind("hash", taught.recipeHash())
                .bind("runs", taught.runs())
                .bind("megabytes", taught.megabytes())
                .bind("state", taught.state())
                .bind("card", taught.cardMiB())
                .bind("now", session.now().toEpochMilli())
                .execute();
        bind(
                        session.handle.createUpdate("delete from sizing" + OF_CLASS + "and recipe_hash not in"
                                + " (select recipe_hash from sizing" + OF_CLASS
                                + "order by changed_at desc, recipe_hash desc limit :kept)"),
                        taught.key(),
                        taught.quantity())
                .bind("kept", KEPT_VERSIONS)
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
                        + " run.wall_us, run.tile, batch.scene_id, batch.version, batch.step, batch.partition_,"
                        + " batch.gpus, batch.gpu_type, batch.shards, batch.mps, batch.gpu_part, run.gpu_mib, run.gpu_card_mib,"
                        + " run.gpu_percent, run.gpu_source, " + Runs.ASKED_MIB
                        + " as memory_mib, batch.time_s, batch.per_task, batch.recipe_hash, scene.recipe,"
                        + " scene.pixel_bytes, tile.read_w, tile.read_h,"
                        + " case when tile.state = 'FAILED' and tile.attempts = run.attempt then 1 else 0 end as lost"
                        + " from run join batch on batch.token = run.token join scene on scene.id = batch.scene_id"
                        + " left join tile on tile.scene_id = run.scene_id and tile.idx = run.tile"
                        + " where run.learned = 0 and run.ended_at is not null"
                        + " order by run.ended_at, run.token, run.idx limit :limit")
                .bind("limit", limit)
                .reduceRows(new ArrayList<>(), (runs, row) -> {
                    runs.add(ended(row));
                    return runs;
                });
    }

    /** Records that these runs have taught what they can, so {@link #ended} does not have them any more. */
    public void markLearned(Collection<Runs.TaskRef> runs) {
        PreparedBatch batch = session.handle.prepareBatch("update run set learned = 1 where token = ? and idx = ?");
        runs.forEach(run -> batch.add(run.token(), run.index()));
        batch.execute();
    }

    private static <S extends SqlStatement<S>> S bind(S statement, RunClass key, String quantity) {
        return statement
                .bind("recipe", key.recipe())
                .bind("step", key.step())
                .bind("partition", key.partition())
                .bind("gpu", key.gpu() ? 1 : 0)
                .bind("quantity", quantity);
    }

    private static List<Taught> taught(org.jdbi.v3.core.statement.Query query, RunClass key, String quantity) {
        return bind(query, key, quantity).reduceRows(new ArrayList<>(), LearnedSizes::add);
    }

    private static List<Taught> add(List<Taught> taught, RowView row) {
        taught.add(new Taught(
                key(row, row.getColumn("gpu", Integer.class) > 0),
                row.getColumn("quantity", String.class),
                row.getColumn("recipe_hash", String.class),
                row.getColumn("runs", Long.class),
                row.getColumn("megabytes", Double.class),
                row.getColumn("state", String.class),
                row.getColumn("card_mib", Integer.class)));
        return taught;
    }

    private static RunClass key(RowView row, boolean gpu) {
        return new RunClass(
                row.getColumn("recipe", String.class),
                row.getColumn("step", String.class),
                row.getColumn("partition_", String.class),
                gpu);
    }

    private static Ended ended(RowView row) {
        Optional<Double> pixels = Optional.ofNullable(row.getColumn("read_w", Integer.class))
                .map(width -> (double) width * row.getColumn("read_h", Integer.class));
        GpuRequest asked = Batches.gpu(row);
        return new Ended(
                new Runs.TaskRef(row.getColumn("token", String.class), row.getColumn("idx", Integer.class)),
                key(row, asked.any()),
                row.getColumn("recipe_hash", String.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("version", Integer.class),
                row.getColumn("tile", Integer.class),
                row.getColumn("node", String.class),
                pixels.orElse(0.0) * row.getColumn("pixel_bytes", Integer.class) / 1e6,
                row.getColumn("state", String.class).equals("SUCCEEDED"),
                Optional.ofNullable(row.getColumn("cause", String.class)).map(Cause::valueOf),
                row.getColumn("lost", Integer.class) == 1,
                row.getColumn("memory_mib", Integer.class),
                limit(row),
                Optional.ofNullable(row.getColumn("memory_kib", Long.class)),
                elapsed(row),
                asked,
                RunRows.gpu(row));
    }

    /** How long the run might take. Of a task of several runs, a run that has reached the limit had what was left. */
    private static Duration limit(RowView row) {
        Duration ofTask = Duration.ofSeconds(row.getColumn("time_s", Long.class));
        int perTask = row.getColumn("per_task", Integer.class);
        boolean reached = Cause.TIMEOUT.name().equals(row.getColumn("cause", String.class));
        return perTask > 1 && reached ? elapsed(row).orElse(ofTask) : ofTask.dividedBy(perTask);
    }

    /**
     * The longer of what the cluster counted, in seconds, and what the task measured. A part of a task: what it measured. What
     * the task measured includes the time for which it was suspended, and what the cluster counted does not (sacct(1)): then
     * it is empty, or what the cluster counted for a run that has reached its limit.
     */
    private static Optional<Duration> elapsed(RowView row) {
        boolean reached = Cause.TIMEOUT.name().equals(row.getColumn("cause", String.class));
        // In whole seconds, which may be far too much. A run that was killed measured itself only until it was warned.
        boolean shared = row.getColumn("per_task", Integer.class) > 1 && !reached;
        Optional<Duration> measured = Optional.ofNullable(row.getColumn("wall_us", Long.class))
                .map(micros -> Duration.ofNanos(micros * 1000));
        Optional<Duration> counted =
                Optional.ofNullable(row.getColumn("elapsed_s", Long.class)).map(Duration::ofSeconds);
        boolean suspended = measured.isPresent()
                && counted.filter(seconds -> measured.get().compareTo(seconds.plus(CLOCKS_DIFFER)) > 0)
                        .isPresent();
        if (suspended) {
            return counted.filter(seconds -> reached);
        }
        return measured.filter(wall -> shared || counted.isEmpty() || wall.compareTo(counted.get()) > 0)
                .or(() -> counted);
    }
}
