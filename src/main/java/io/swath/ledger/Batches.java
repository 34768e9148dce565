package io.swath.ledger;

import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.GpuRequest;
import io.swath.model.Placement;
import io.swath.model.Request;
import io.swath.model.SceneState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.Query;

/** The batches in the ledger: everything that was or will be submitted to the cluster. */
public final class Batches {
    private final Session session;

    Batches(Session session) {
        this.session = session;
    }

    /** Records a batch before it is submitted. Its runs are added with {@link Runs#add}. */
    public void add(Batch batch) {
        Request request = batch.request();
        session.handle
                .createUpdate(
                        "insert into batch (token, scene_id, number, step_index, step, size, per_task, partition_, cpus,"
                                + " memory_mib, time_s, gpus, gpu_type, shards, mps, gpu_part, excluded, placement, depends_on, state, created_at, due_at,"
                                + " version, recipe_hash, why) values (:token, :scene, :number, :stepIndex, :step, :size, :perTask, :partition, :cpus,"
                                + " :memory, :time, :gpus, :gpuType, :shards, :mps, :gpuPart, :excluded, :placement, :dependsOn, :state, :created, 0, :version, :recipeHash,"
                                + " :why)")
                .bind("token", batch.token())
                .bind("scene", batch.sceneId())
                .bind("number", batch.number())
                .bind("stepIndex", batch.stepIndex())
                .bind("step", batch.step())
                .bind("size", batch.size())
                .bind("perTask", batch.perTask())
                .bind("partition", request.partition())
                .bind("cpus", request.cpus())
                .bind("memory", request.memoryMiB())
                .bind("time", request.time().toSeconds())
                .bind("gpus", request.gpu().whole())
                .bind("gpuType", request.gpu().type())
                .bind("shards", request.gpu().shards())
                .bind("mps", request.gpu().mps())
                .bind("gpuPart", request.gpu().part())
                .bind("excluded", Session.join(request.excludedNodes()))
                .bind("placement", request.placement().text())
                .bind("dependsOn", Session.join(batch.dependsOn()))
                .bind("state", batch.state().name())
                .bind("created", batch.createdAt().toEpochMilli())
                .bind("version", batch.version())
                .bind("recipeHash", batch.recipeHash())
                .bind("why", batch.why())
                .execute();
    }

    /** Changes how much memory, time and GPU a batch asks for that was not sent yet. */
    public void resize(String token, Request request, String why) {
        session.handle.execute(
                "update batch set memory_mib = ?, time_s = ?, gpus = ?, gpu_type = ?, shards = ?, mps = ?, gpu_part = ?,"
                        + " why = ? where token = ? and state = 'INTENT'",
                request.memoryMiB(),
                request.time().toSeconds(),
                request.gpu().whole(),
                request.gpu().type(),
                request.gpu().shards(),
                request.gpu().mps(),
                request.gpu().part(),
                why,
                token);
    }

    /** Changes how much memory the tasks of a batch ask for that wait in the cluster. */
    public void resizeQueued(String token, int memoryMiB, String why) {
        session.handle.execute(
                "update batch set memory_mib = ?, why = ? where token = ? and state = 'SUBMITTED'",
                memoryMiB,
                why,
                token);
    }

    /**
     * Batches in the cluster of which a run has not started, the oldest first.
     *
     * @param after only those that come after this one; empty: from the oldest on
     */
    public List<Batch> withQueuedRuns(Optional<Batch> after, int limit) {
        return batches(session.handle
                .createQuery("select * from batch where state = 'SUBMITTED' and exists (select 1 from run"
                        + " where run.token = batch.token and run.state = 'QUEUED')"
                        + " and (created_at > :created or (created_at = :created and token > :token))"
                        + " order by created_at, token limit :limit")
                .bind(
                        "created",
                        after.map(batch -> batch.createdAt().toEpochMilli()).orElse(Long.MIN_VALUE))
                .bind("token", after.map(Batch::token).orElse(""))
                .bind("limit", limit));
    }

    /** The number of a scene's next batch. No batch had it before, not even one that was withdrawn. */
    public int nextNumber(String sceneId) {
        int highest = session.handle
                .createQuery("select coalesce(max(number), 0) from batch where scene_id = :scene")
                .bind("scene", sceneId)
                .mapTo(Integer.class)
                .one();
        int withdrawn = session.handle
                .createQuery("select last_batch from scene where id = :scene")
                .bind("scene", sceneId)
                .mapTo(Integer.class)
                .one();
        return Math.max(highest, withdrawn) + 1;
    }

    public Optional<Batch> find(String token) {
        return batches(session.handle
                        .createQuery("select * from batch where token = :token")
                        .bind("token", token))
                .stream()
                .findFirst();
    }

    /** Batches in the given states, in the order in which they were created. */
    public List<Batch> inStates(Collection<BatchState> states) {
        return batches(session.handle
                .createQuery("select * from batch where state in (<states>) order by created_at, scene_id, number")
                .bindList("states", states.stream().map(Enum::name).toList()));
    }

    /**
     * Batches that are to be submitted or looked up now: those of the most urgent scenes first, and then in the order
     * in which they were created. After these, the caller asks again, because more urgent batches may have come.
     *
     * @param now a time of the steady clock
     * @param limit how many batches at most
     */
    public List<Batch> due(Instant now, int limit) {
        return batches(session.handle
                .createQuery("select batch.* from batch join scene on scene.id = batch.scene_id"
                        + " where batch.state in ('INTENT', 'AMBIGUOUS') and batch.due_at <= :now order by "
                        + Scenes.URGENCY + ", batch.created_at, batch.scene_id, batch.number limit :limit")
                .bind("now", now.toEpochMilli())
                .bind("limit", limit));
    }

    /** Batches in the cluster whose scene has ended, in the order in which they were created. */
    public List<Batch> ofEndedScenes() {
        return batches(session.handle
                .createQuery("select batch.* from batch join scene on scene.id = batch.scene_id"
                        + " where batch.state = 'SUBMITTED' and scene.state in (<ended>)"
                        + " order by batch.created_at, batch.scene_id, batch.number")
                .bindList(
                        "ended",
                        Arrays.stream(SceneState.values())
                                .filter(SceneState::terminal)
                                .map(Enum::name)
                                .toList()));
    }

    /** The batches of a scene, in the order in which they were created. */
    public List<Batch> ofScene(String sceneId) {
        return batches(session.handle
                .createQuery("select * from batch where scene_id = :scene order by number")
                .bind("scene", sceneId));
    }

    /** The first batches whose runs are archived in this file, and are still in the ledger. */
    List<Batch> ofArchive(String name, int limit) {
        return batches(session.handle
                .createQuery("select * from batch where archive = :name order by created_at, token limit :limit")
                .bind("name", name)
                .bind("limit", limit));
    }

    /** Records that the cluster has accepted the batch with this job id. Its runs are queued now. */
    public void submitted(String token, String clusterId, Instant at) {
        int submitted = session.handle.execute(
                "update batch set state = 'SUBMITTED', cluster_id = ?, submitted_at = ?, attempts = 0, refusals = 0,"
                        + " refusal = '' where token = ? and state in ('INTENT', 'AMBIGUOUS')",
                clusterId,
                at.toEpochMilli(),
                token);
        session.handle.execute("update run set state = 'QUEUED' where token = ? and state = 'INTENT'", token);
        if (submitted > 0) {
            session.commandCounts().addTasks(find(token).orElseThrow().tasks());
        }
    }

    /**
     * Postpones a batch that was not submitted, or may have been. It is due again at {@code due}, a time of the steady
     * clock.
     */
    public void postpone(String token, BatchState state, int attempts, Instant due) {
        session.handle.execute(
                "update batch set state = ?, attempts = ?, due_at = ? where token = ?"
                        + " and state in ('INTENT', 'AMBIGUOUS')",
                state.name(),
                attempts,
                due.toEpochMilli(),
                token);
    }

    /**
     * Makes every intent ambiguous. To be called at the start: an earlier process may have sent the batch, so it is
     * looked up in the cluster first. The lookups of ambiguous batches start again, because their pauses were measured
     * by the steady clock of the earlier process.
     *
     * @return the number of batches that are ambiguous now
     */
    public int markIntentsAmbiguous(Instant now) {
        return session.handle.execute(
                "update batch set state = 'AMBIGUOUS', attempts = 0, due_at = ? where state in ('INTENT', 'AMBIGUOUS')",
                now.toEpochMilli());
    }

    /** Records that the cluster has the batch under another job id than the recorded one. */
    public void adopted(String token, String clusterId) {
        session.handle.execute(
                "update batch set cluster_id = ? where token = ? and state = 'SUBMITTED'", clusterId, token);
    }

    /** Removes a batch that was never sent, with its runs. Its number is not used again. */
    public void withdraw(String token) {
        session.handle.execute(
                "update scene set last_batch = (select case when max(number) > scene.last_batch then max(number)"
                        + " else scene.last_batch end from batch where batch.scene_id = scene.id)"
                        + " where id = (select scene_id from batch where token = ? and state = 'INTENT')",
                token);
        session.handle.execute(
                "delete from run where token = ? and exists"
                        + " (select 1 from batch where batch.token = run.token and batch.state = 'INTENT')",
                token);
        session.handle.execute("delete from batch where token = ? and state = 'INTENT'", token);
    }

    /** Marks as done every batch of which all runs have ended. */
    public void closeEnded() {
        session.handle.execute(
                "update batch set state = 'DONE' where state = 'SUBMITTED' and not exists (select 1 from run"
                        + " where run.token = batch.token and run.state in ('INTENT', 'QUEUED', 'RUNNING'))");
    }

    private static List<Batch> batches(Query query) {
        return query.reduceRows(new ArrayList<>(), (batches, row) -> {
            batches.add(batch(row));
            return batches;
        });
    }

    static GpuRequest gpu(RowView row) {
        return new GpuRequest(
                row.getColumn("gpus", Integer.class),
                row.getColumn("gpu_type", String.class),
                row.getColumn("shards", Integer.class),
                row.getColumn("mps", Integer.class),
                row.getColumn("gpu_part", Double.class));
    }

    private static Batch batch(RowView row) {
        return new Batch(
                row.getColumn("token", String.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("number", Integer.class),
                row.getColumn("step_index", Integer.class),
                row.getColumn("step", String.class),
                row.getColumn("size", Integer.class),
                row.getColumn("per_task", Integer.class),
                new Request(
                        row.getColumn("partition_", String.class),
                        row.getColumn("cpus", Integer.class),
                        row.getColumn("memory_mib", Integer.class),
                        Duration.ofSeconds(row.getColumn("time_s", Long.class)),
                        gpu(row),
                        Session.split(row.getColumn("excluded", String.class)),
                        Placement.parse(row.getColumn("placement", String.class))),
                Session.split(row.getColumn("depends_on", String.class)),
                BatchState.valueOf(row.getColumn("state", String.class)),
                row.getColumn("cluster_id", String.class),
                row.getColumn("attempts", Integer.class),
                Session.instant(row, "created_at"),
                Session.instant(row, "submitted_at"),
                row.getColumn("version", Integer.class),
                row.getColumn("recipe_hash", String.class),
                row.getColumn("why", String.class));
    }
}
