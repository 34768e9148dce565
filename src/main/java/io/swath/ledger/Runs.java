package io.swath.ledger;

import io.swath.model.Run;
import io.swath.model.Run.Facts;
import io.swath.model.RunState;
import io.swath.model.TileProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/** The runs in the ledger. They are written in bulk. */
public final class Runs {
    /** A task: the token of its batch, and its index there. */
    public record TaskRef(String token, int index) {}

    /** A run that has not ended. Tracking compares it with the cluster's accounting. */
    public record Open(String token, int index, int tile, int attempt, RunState state, String clusterState) {
        /** The same as {@link Run#id}. */
        public String id() {
            return token + "/" + index;
        }
    }

    private static final String OPEN = "('INTENT', 'QUEUED', 'RUNNING')";
    /** How many rows PostgreSQL sends at once. */
    private static final int FETCHED = 1_000;

    /** For how much memory of each node a run asked, in MiB; 0: for none. */
    static final String ASKED_MIB =
            "case when batch.memory_mib > 0 then coalesce(run.memory_mib, batch.memory_mib) else 0 end";

    private final Session session;

    Runs(Session session) {
        this.session = session;
    }

    /** Records runs before they are submitted. */
    public void add(Collection<Run> runs) {
        PreparedBatch batch =
                session.handle.prepareBatch("insert into run (token, idx, scene_id, step_index, step, tile,"
                        + " attempt, state, learned) values (?, ?, ?, ?, ?, ?, ?, ?, 0)");
        for (Run run : runs) {
            batch.add(
                    run.token(),
                    run.index(),
                    run.sceneId(),
                    run.stepIndex(),
                    run.step(),
                    run.tile(),
                    run.attempt(),
                    run.state().name());
        }
        batch.execute();
    }

    /** The number of runs that have not ended. */
    public int openCount() {
        return session.handle
                .createQuery("select count(*) from run where state in " + OPEN)
                .mapTo(Integer.class)
                .one();
    }

    /** The number of failed runs of a batch. */
    public int failedCount(String token) {
        return session.handle
                .createQuery("select count(*) from run where token = :token and state = 'FAILED'")
                .bind("token", token)
                .mapTo(Integer.class)
                .one();
    }

    /** For each tile that is out of retries, including the assembly: its last failed run. */
    public List<Run> failures(String sceneId, int limit) {
        String sql = "select run.* from run"
                + " join tile on tile.scene_id = run.scene_id and tile.idx = run.tile and tile.attempts = run.attempt"
                + " join batch on batch.token = run.token"
                + " join scene on scene.id = batch.scene_id and scene.version = batch.version"
                + " where run.scene_id = :scene and tile.state = 'FAILED' and run.state = 'FAILED'"
                + " and run.step_index = tile.step order by run.tile limit :limit";
        List<Run> failures = new ArrayList<>();
        RunRows.each(session.handle.createQuery(sql).bind("scene", sceneId).bind("limit", limit), failures::add);
        return failures;
    }

    /**
     * Adds to how the last run of each tile ended, if it failed at the tile's present step. Accounting records that were made
     * before stay as they are.
     */
    public void addToFailures(Collection<TileProgress> tiles, String more) {
        PreparedBatch batch = session.handle.prepareBatch("update run set detail = detail || ? where scene_id = ?"
                + " and tile = ? and attempt = ? and step_index = ? and state = 'FAILED' and exists (select 1 from batch"
                + " join scene on scene.id = batch.scene_id and scene.version = batch.version"
                + " where batch.token = run.token)");
        tiles.forEach(tile -> batch.add(more, tile.sceneId(), tile.tile().index(), tile.attempts(), tile.step()));
        batch.execute();
    }

    /** The runs of a batch that have not ended. */
    public List<Open> open(String token) {
        return session.handle
                .createQuery("select token, idx, tile, attempt, state, word from run where token = :token"
                        + " and state in " + OPEN + " order by idx")
                .bind("token", token)
                .reduceRows(new ArrayList<>(), (runs, row) -> {
                    runs.add(new Open(
                            row.getColumn("token", String.class),
                            row.getColumn("idx", Integer.class),
                            row.getColumn("tile", Integer.class),
                            row.getColumn("attempt", Integer.class),
                            RunState.valueOf(row.getColumn("state", String.class)),
                            row.getColumn("word", String.class)));
                    return runs;
                });
    }

    /** Updates runs that have not ended: their state, and what the accounting reports so far. */
    public void update(Collection<Run> runs) {
        if (runs.isEmpty()) {
            return;
        }
        PreparedBatch batch =
                session.handle.prepareBatch("update run set state = ?, job_id = ?, word = ?, partition_ = ?,"
                        + " node = ?, submitted_at = ?, eligible_at = ?, started_at = ?, pending_reason = case"
                        + " when ? = 'RUNNING' then '' else pending_reason end where token = ? and idx = ? and state in "
                        + OPEN);
        for (Run run : runs) {
            Facts facts = run.facts();
            batch.add(
                    run.state().name(),
                    facts.jobId(),
                    facts.clusterState(),
                    facts.allocation().partition(),
                    facts.allocation().node(),
                    Session.millis(facts.timing().submitted()),
                    Session.millis(facts.timing().eligible()),
                    Session.millis(facts.timing().started()),
                    run.state().name(),
                    run.token(),
                    run.index());
        }
        batch.execute();
    }

    /**
     * Records why queued runs of a batch wait, and when they are expected to start.
     *
     * @param indices the runs; if empty, all queued runs of the batch
     */
    public void setPendingReason(
            String token, Collection<Integer> indices, String reason, Optional<Instant> expectedStart) {
        String sql = "update run set pending_reason = ?, expected_start = ? where token = ? and state = 'QUEUED'";
        if (indices.isEmpty()) {
            session.handle.execute(sql, reason, Session.millis(expectedStart), token);
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch(sql + " and idx = ?");
        indices.forEach(index -> batch.add(reason, Session.millis(expectedStart), token, index));
        batch.execute();
    }

    /**
     * Records the end of runs, and adds their accounting records to the outbox. A run that has already ended is not
     * changed.
     *
     * @return the runs that this call has ended
     */
    public List<Run> finish(Collection<Run> runs) {
        List<Run> all = List.copyOf(runs);
        if (all.isEmpty()) {
            return all;
        }
        PreparedBatch batch =
                session.handle.prepareBatch("update run set state = :state, cause = :cause, detail = :detail,"
                        + " job_id = :jobId, word = :clusterState, partition_ = :partition, node = :node,"
                        + " exit_code = :exitCode, signal = :signal, submitted_at = :submitted,"
                        + " eligible_at = :eligible, started_at = :started, ended_at = :ended,"
                        + " elapsed_s = :elapsed, cpus = :cpus, cpu_ms = :cpuMillis,"
                        + " memory_kib = :memory, memory_mib = :requestedMemory, wall_us = :wall, gpu_mib = :gpuMiB, gpu_card_mib = :gpuCardMiB,"
                        + " gpu_percent = :gpuPercent, gpu_source = :gpuSource, requested_tres = :requested,"
                        + " allocated_tres = :allocated, restarts = :restarts, note = :note,"
                        + " pending_reason = '', expected_start = null"
                        + " where token = :token and idx = :index and state in " + OPEN);
        for (Run run : all) {
            Facts facts = run.facts();
            batch.bind("state", run.state().name())
                    .bind("cause", run.cause().map(Enum::name).orElse(null))
                    .bind("detail", run.detail())
                    .bind("jobId", facts.jobId())
                    .bind("clusterState", facts.clusterState())
                    .bind("partition", facts.allocation().partition())
                    .bind("node", facts.allocation().node())
                    .bind("exitCode", facts.exit().code().orElse(null))
                    .bind("signal", facts.exit().signal().orElse(null))
                    .bind("submitted", Session.millis(facts.timing().submitted()))
                    .bind("eligible", Session.millis(facts.timing().eligible()))
                    .bind("started", Session.millis(facts.timing().started()))
                    .bind("ended", Session.millis(facts.timing().ended()))
                    .bind("elapsed", facts.timing().elapsedSeconds().orElse(null))
                    .bind("cpus", facts.allocation().cpus().orElse(null))
                    .bind("cpuMillis", facts.used().cpuMillis().orElse(null))
                    .bind("memory", facts.used().memoryKiB().orElse(null))
                    .bind(
                            "wall",
                            facts.used()
                                    .wall()
                                    .map(wall -> wall.toNanos() / 1000)
                                    .orElse(null))
                    .bind("gpuMiB", facts.used().gpu().memoryMiB().orElse(null))
                    .bind("gpuCardMiB", facts.used().gpu().cardMiB().orElse(null))
                    .bind("gpuPercent", facts.used().gpu().percent().orElse(null))
                    .bind("gpuSource", facts.used().gpu().source())
                    .bind("requestedMemory", facts.tres().requestedMiBPerNode().orElse(null))
                    .bind("requested", facts.tres().requested())
                    .bind("allocated", facts.tres().allocated())
                    .bind("restarts", facts.restarts())
                    .bind("note", facts.note())
                    .bind("token", run.token())
                    .bind("index", run.index())
                    .add();
        }
        int[] changed = batch.execute();
        List<Run> ended = new ArrayList<>();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i] == 1) {
                ended.add(all.get(i));
            }
        }
        session.outbox().runs(ended);
        return ended;
    }

    /** Whether a task of the last version that was submitted found that a file of the scene was changed. */
    public boolean inputChanged(String sceneId) {
        return session.handle
                        .createQuery("select count(*) from run join batch on batch.token = run.token"
                                + " where run.scene_id = :scene and run.cause = 'INPUT_CHANGED'"
                                + " and batch.version = (select max(version) from batch where scene_id = :scene)")
                        .bind("scene", sceneId)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    public Optional<Run> find(String token, int index) {
        List<Run> found = new ArrayList<>(1);
        RunRows.each(
                session.handle
                        .createQuery("select * from run where token = :token and idx = :index")
                        .bind("token", token)
                        .bind("index", index),
                found::add);
        return found.stream().findFirst();
    }

    /**
     * Passes every run of one version of a scene to the consumer, ordered by step, tile and attempt: the preparation first,
     * the assembly last.
     * The runs are not held in memory together.
     */
    public void forEach(String sceneId, int version, Consumer<Run> runs) {
        String sql = "select run.* from run join batch on batch.token = run.token"
                + " where run.scene_id = :scene and batch.version = :version"
                + " order by case when run.step_index = -1 then 1 else 0 end, run.step_index, run.tile, run.attempt";
        Query query = session.handle.createQuery(sql).bind("scene", sceneId).bind("version", version);
        if (session.concurrent) {
            // PostgreSQL's driver reads row by row only within a transaction, and otherwise all rows at once.
            session.handle.useTransaction(handle -> RunRows.each(query.setFetchSize(FETCHED), runs));
        } else {
            RunRows.each(query, runs);
        }
    }

    /** Passes every run of a batch to the consumer, by index. The runs are not held in memory together. */
    public void forEach(String token, Consumer<Run> runs) {
        RunRows.each(
                session.handle
                        .createQuery("select * from run where token = :token order by idx")
                        .bind("token", token),
                runs);
    }

    /**
     * The last run at a step of each tile of one version of a scene, by the tile's index.
     *
     * @param stepIndex the step
     */
    public Map<Integer, TaskRef> last(String sceneId, int version, int stepIndex) {
        return session.handle
                .createQuery("select run.tile, run.token, run.idx from run join batch on batch.token = run.token"
                        + " where run.scene_id = :scene and batch.version = :version and run.step_index = :step"
                        + " order by run.tile, run.attempt, batch.number")
                .bind("scene", sceneId)
                .bind("version", version)
                .bind("step", stepIndex)
                .reduceRows(new HashMap<Integer, TaskRef>(), (runs, row) -> {
                    runs.put(
                            row.getColumn("tile", Integer.class),
                            new TaskRef(row.getColumn("token", String.class), row.getColumn("idx", Integer.class)));
                    return runs;
                });
    }

    /** The number of runs of a scene in each state. A state without runs has no entry. */
    public Map<RunState, Integer> counts(String sceneId) {
        return session.handle
                .createQuery("select state, count(*) as runs from run where scene_id = :scene group by state")
                .bind("scene", sceneId)
                .reduceRows(new EnumMap<RunState, Integer>(RunState.class), (counts, row) -> {
                    counts.put(
                            RunState.valueOf(row.getColumn("state", String.class)),
                            row.getColumn("runs", Integer.class));
                    return counts;
                });
    }
}
