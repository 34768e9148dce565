package io.swath.ledger;

import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Priority;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.statement.Query;

/** The batches that the cluster has not accepted: what it answered, and how they are withdrawn. */
public final class UnsentBatches {
    private static final String UNSENT = "('INTENT', 'AMBIGUOUS')";
    private static final String OPEN = "('INTENT', 'QUEUED', 'RUNNING')";
    private static final String REFUSED =
            "select batch.* from batch join scene on scene.id = batch.scene_id" + " where batch.state in " + UNSENT;
    private static final int CHUNK = 2_000;

    /**
     * A batch that the cluster has refused, and not accepted since.
     *
     * @param refusals how often in a row
     * @param why the cluster's last answer
     * @param since when the first of these refusals came
     */
    public record Refused(
            String token, String sceneId, String step, int size, int refusals, String why, Instant since) {}

    /**
     * Open runs that count together.
     *
     * @param recipe of their scenes
     * @param step that they run
     * @param partition the partition that they ask for
     * @param priority of their scenes
     * @param nightly whether they belong to the nightly reprocessing
     * @param paused whether a person holds or has suspended their scenes
     * @param sent whether the cluster has them, or may have them
     * @param refused whether the cluster has refused their batches
     * @param running how many of them run
     * @param batches the number of these batches
     */
    public record OpenRuns(
            String recipe,
            String step,
            String partition,
            Priority priority,
            boolean nightly,
            boolean paused,
            boolean sent,
            boolean refused,
            int runs,
            int running,
            int batches) {}

    private final Session session;

    UnsentBatches(Session session) {
        this.session = session;
    }

    /** Records what the cluster answered to a batch, without counting a refusal. */
    public void answered(String token, String answer) {
        session.handle.execute("update batch set refusal = ? where token = ? and state in " + UNSENT, answer, token);
    }

    /** Counts a refusal of a batch. */
    public void refuse(String token, String why) {
        session.handle.execute(
                "update batch set refusal = ?, refused_at = case when refusals = 0 then ? else refused_at end,"
                        + " refusals = refusals + 1 where token = ? and state in " + UNSENT,
                why,
                session.now().toEpochMilli(),
                token);
    }

    /** The refused batches of scenes that have not ended, in the order in which they were first refused. */
    public List<Refused> refused() {
        return refused(
                session.handle.createQuery(REFUSED + " and refusals > 0 and scene.state in ('PLANNED', 'PROCESSING',"
                        + " 'ASSEMBLING') order by refused_at, token"));
    }

    /** The batches of a scene to which the cluster has answered, but not with an acceptance. */
    public List<Refused> ofScene(String sceneId) {
        return refused(session.handle
                .createQuery(REFUSED + " and refusal <> '' and scene_id = :scene order by number")
                .bind("scene", sceneId));
    }

    /** Whether the cluster has refused a batch of the scene, and not accepted it since. */
    public boolean isRefused(String sceneId) {
        return session.handle
                        .createQuery("select count(*) from batch where scene_id = :scene and refusals > 0 and state in "
                                + UNSENT)
                        .bind("scene", sceneId)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /** How often in a row the cluster has refused the batch; 0 for a batch that was withdrawn or accepted. */
    public int refusals(String token) {
        return session.handle
                .createQuery("select refusals from batch where token = :token and state in " + UNSENT)
                .bind("token", token)
                .mapTo(Integer.class)
                .findOne()
                .orElse(0);
    }

    /** The cluster's last answer to a batch that it has not accepted; empty when there is none. */
    public String answer(String token) {
        return session.handle
                .createQuery("select refusal from batch where token = :token and state in " + UNSENT)
                .bind("token", token)
                .mapTo(String.class)
                .findOne()
                .orElse("");
    }

    private static List<Refused> refused(Query query) {
        return query.map((row, context) -> new Refused(
                        row.getString("token"),
                        row.getString("scene_id"),
                        row.getString("step"),
                        row.getInt("size"),
                        row.getInt("refusals"),
                        row.getString("refusal"),
                        Instant.ofEpochMilli(row.getLong("refused_at"))))
                .list();
    }

    /**
     * The tasks of all open runs, counted by what decides against which limits they count. A task of several runs counts once,
     * because all of its runs end together.
     */
    public List<OpenRuns> openRuns() {
        return session.handle
                .createQuery(
                        "select scene.recipe as recipe, batch.step as step, batch.partition_ as part, scene.priority as priority,"
                                + " case when scene.night > 0 then 1 else 0 end as nightly,"
                                + " case when scene.held <> 0 or scene.suspended <> 0 then 1 else 0 end as paused,"
                                + " case when batch.state = 'INTENT' then 0 else 1 end as sent,"
                                + " case when batch.refusals > 0 then 1 else 0 end as refused,"
                                + " sum((open.runs + batch.per_task - 1) / batch.per_task) as tasks,"
                                + " sum((open.running + batch.per_task - 1) / batch.per_task) as running,"
                                + " count(*) as batches from (select token, count(*) as runs,"
                                + " sum(case when state = 'RUNNING' then 1 else 0 end) as running from run"
                                + " where state in " + OPEN + " group by token) as open"
                                + " join batch on batch.token = open.token join scene on scene.id = batch.scene_id"
                                + " group by 1, 2, 3, 4, 5, 6, 7, 8")
                .map((row, context) -> new OpenRuns(
                        row.getString("recipe"),
                        row.getString("step"),
                        row.getString("part"),
                        Priority.valueOf(row.getString("priority")),
                        row.getInt("nightly") == 1,
                        row.getInt("paused") == 1,
                        row.getInt("sent") == 1,
                        row.getInt("refused") == 1,
                        row.getInt("tasks"),
                        row.getInt("running"),
                        row.getInt("batches")))
                .list();
    }

    /**
     * Removes a batch that is certainly not in the cluster, and the batches that wait for it. Their tiles wait to be
     * submitted again, in other batches: at once, or after a run of an earlier step has ended ({@link #awaitNextStep}).
     * Locks the scene.
     *
     * @return false when a batch that waits for this batch may be in the cluster; then nothing was changed
     */
    public boolean withdraw(Batch batch) {
        session.scenes().lock(batch.sceneId());
        List<Batch> unsent = unsentFrom(batch);
        if (unsent.stream()
                .anyMatch(each -> !each.token().equals(batch.token()) && each.state() != BatchState.INTENT)) {
            return false;
        }
        Set<Integer> tiles = new HashSet<>();
        unsent.forEach(each -> session.runs().open(each.token()).forEach(run -> tiles.add(run.tile())));
        for (Batch each : unsent) {
            session.handle.execute(
                    "update batch set state = 'INTENT' where token = ? and state in " + UNSENT, each.token());
            session.batches().withdraw(each.token());
        }
        reopen(batch, tiles);
        return true;
    }

    /** The batch, and all batches that wait for it directly or indirectly. */
    private List<Batch> unsentFrom(Batch batch) {
        Set<String> tokens = new HashSet<>(Set.of(batch.token()));
        List<Batch> found = new ArrayList<>();
        for (Batch each : session.batches().ofScene(batch.sceneId())) { // a batch waits for earlier batches only
            if (tokens.contains(each.token()) || each.dependsOn().stream().anyMatch(tokens::contains)) {
                tokens.add(each.token());
                found.add(each);
            }
        }
        return found;
    }

    /** Tiles without an open run wait again. An attempt of which no run is left was never made. */
    private void reopen(Batch batch, Collection<Integer> tiles) {
        Set<Integer> open = new HashSet<>(session.handle
                .createQuery("select distinct tile from run where scene_id = :scene and state in " + OPEN)
                .bind("scene", batch.sceneId())
                .mapTo(Integer.class)
                .list());
        Set<String> made = new HashSet<>(session.handle
                .createQuery("select distinct run.tile || '/' || run.attempt from run join batch on"
                        + " batch.token = run.token where run.scene_id = :scene and batch.version = :version")
                .bind("scene", batch.sceneId())
                .bind("version", batch.version())
                .mapTo(String.class)
                .list());
        session.tiles()
                .update(session.tiles().find(batch.sceneId(), tiles).stream()
                        .filter(tile -> tile.state() == TileState.OPEN
                                && !open.contains(tile.tile().index()))
                        .map(tile -> tile.withState(TileState.WAITING)
                                .withAttempts(
                                        made.contains(tile.tile().index() + "/" + tile.attempts())
                                                ? tile.attempts()
                                                : tile.attempts() - 1))
                        .toList());
    }

    /**
     * Makes tiles wait to be submitted whose present step has no open run, because the batch of that step was withdrawn.
     * The transaction has locked the scene before it read the tiles ({@link Scenes#lock}).
     *
     * @param tiles as they are in the ledger
     */
    public void awaitNextStep(String sceneId, Collection<TileProgress> tiles) {
        List<TileProgress> open =
                tiles.stream().filter(tile -> tile.state() == TileState.OPEN).toList();
        for (int from = 0; from < open.size(); from += CHUNK) {
            List<TileProgress> chunk = open.subList(from, Math.min(open.size(), from + CHUNK));
            Set<String> queued = new HashSet<>(session.handle
                    .createQuery(
                            "select tile || '/' || step_index from run where scene_id = :scene and tile in (<tiles>)"
                                    + " and state in " + OPEN)
                    .bind("scene", sceneId)
                    .bindList(
                            "tiles",
                            chunk.stream().map(tile -> tile.tile().index()).toList())
                    .mapTo(String.class)
                    .list());
            session.tiles()
                    .update(chunk.stream()
                            .filter(tile -> !queued.contains(tile.tile().index() + "/" + tile.step()))
                            .map(tile -> tile.withState(TileState.WAITING))
                            .toList());
        }
    }

    /** The number of a scene's tiles that have an open run of this step. */
    public int tilesQueued(String sceneId, int step) {
        return session.handle
                .createQuery("select count(distinct run.tile) from batch cross join run"
                        + " where batch.scene_id = :scene and batch.step_index = :step and batch.state <> 'DONE'"
                        + " and run.token = batch.token and run.state in " + OPEN)
                .bind("scene", sceneId)
                .bind("step", step)
                .mapTo(Integer.class)
                .one();
    }
}
