package io.swath.ledger;

import io.swath.model.Wait;
import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.statement.PreparedBatch;

/** What scenes wait for. Each source records its own waits, and replaces them with each look. */
public final class Waits {
    /** The source that reads the cluster's queue. */
    public static final String QUEUE = "queue";

    /** The source that reads the ledger. */
    public static final String SWATH = "swath";

    /**
     * A cause that was not seen for this long is over. Slurm's main and backfill schedulers may write different reasons
     * for a job in turn.
     */
    private static final Duration GONE_AFTER = Duration.ofMinutes(3);

    private static final String NOT_ENDED = "('ACCEPTED', 'PLANNED', 'PROCESSING', 'ASSEMBLING')";

    private final Session session;

    Waits(Session session) {
        this.session = session;
    }

    private record Key(String sceneId, String slot) {}

    /** A row as it is before a look. */
    private record Row(long since, long waited, long unseen, long started) {}

    /**
     * Records what a source found in one look. A wait that was found before keeps its start. All waits of a scene that the
     * source no longer names are removed at once; a cause is removed when it was not found for some minutes.
     *
     * @param found by scene id
     * @param started what {@link #started} returned; it is read before, because reading it may take long
     * @param passed the time since the source's last look, by a clock that only runs forward; zero for the first look
     */
    public void record(
            String source,
            Map<String, ? extends Collection<WaitCause>> found,
            Map<String, Long> started,
            Duration passed) {
        Map<Key, Row> before = rows(source);
        Map<Key, WaitCause> current = new LinkedHashMap<>();
        found.forEach((sceneId, causes) -> causes.forEach(cause -> current.put(new Key(sceneId, slot(cause)), cause)));
        List<Key> gone = new ArrayList<>();
        List<Key> unseen = new ArrayList<>();
        before.forEach((key, row) -> {
            if (!current.containsKey(key)) {
                boolean over =
                        !found.containsKey(key.sceneId()) || row.unseen() + passed.toMillis() > GONE_AFTER.toMillis();
                (over ? gone : unseen).add(key);
            }
        });
        change("delete from scene_wait", source, gone);
        change("update scene_wait set unseen = unseen + " + passed.toMillis(), source, unseen);
        put(source, current, before, started, passed);
    }

    private static String slot(WaitCause cause) {
        return cause.kind().interchangeable() ? cause.kind().name() : cause.reason();
    }

    private Map<Key, Row> rows(String source) {
        return session.handle
                .createQuery("select * from scene_wait where source = :source")
                .bind("source", source)
                .reduceRows(new HashMap<>(), (rows, row) -> {
                    rows.put(
                            new Key(row.getColumn("scene_id", String.class), row.getColumn("slot", String.class)),
                            new Row(
                                    row.getColumn("since", Long.class),
                                    row.getColumn("waited", Long.class),
                                    row.getColumn("unseen", Long.class),
                                    row.getColumn("started", Long.class)));
                    return rows;
                });
    }

    private void change(String sql, String source, List<Key> keys) {
        if (keys.isEmpty()) {
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch(sql + " where source = ? and scene_id = ? and slot = ?");
        keys.forEach(key -> batch.add(source, key.sceneId(), key.slot()));
        batch.execute();
    }

    private void put(
            String source,
            Map<Key, WaitCause> causes,
            Map<Key, Row> before,
            Map<String, Long> started,
            Duration passed) {
        if (causes.isEmpty()) {
            return;
        }
        long now = session.now().toEpochMilli();
        PreparedBatch batch =
                session.handle.prepareBatch("insert into scene_wait (scene_id, source, slot, reason, kind,"
                        + " what, who, since, waited, unseen, started) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
                        + " on conflict (scene_id, source, slot) do update set reason = excluded.reason, kind = excluded.kind,"
                        + " what = excluded.what, who = excluded.who, since = excluded.since, waited = excluded.waited,"
                        + " unseen = 0, started = excluded.started");
        causes.forEach((key, cause) -> {
            long tasks = started.getOrDefault(key.sceneId(), 0L);
            Row row = before.get(key);
            boolean same =
                    row != null && (row.started() == tasks || !cause.kind().interchangeable());
            batch.add(
                    key.sceneId(),
                    source,
                    key.slot(),
                    cause.reason(),
                    cause.kind().name(),
                    cause.what(),
                    cause.who(),
                    same ? row.since() : now,
                    same ? row.waited() + row.unseen() + passed.toMillis() : 0,
                    tasks);
        });
        batch.execute();
    }

    /** How many tasks have started or ended, for each scene that has not ended. */
    public Map<String, Long> started() {
        return session.handle
                .createQuery("select scene_id, count(*) as tasks from run where state not in ('INTENT', 'QUEUED')"
                        + " and scene_id in (select id from scene where state in " + NOT_ENDED + ") group by scene_id")
                .reduceRows(new HashMap<>(), (tasks, row) -> {
                    tasks.put(row.getColumn("scene_id", String.class), row.getColumn("tasks", Long.class));
                    return tasks;
                });
    }

    /** All waits of scenes that have not ended, the oldest first. */
    public List<Wait> all() {
        return session.handle
                .createQuery("select scene_wait.* from scene_wait join scene on scene.id = scene_wait.scene_id"
                        + " where scene.state in " + NOT_ENDED + " order by since, scene_wait.scene_id, slot")
                .map((row, context) -> new Wait(
                        row.getString("scene_id"),
                        new WaitCause(
                                row.getString("reason"),
                                Kind.valueOf(row.getString("kind")),
                                row.getString("what"),
                                row.getString("who")),
                        Instant.ofEpochMilli(row.getLong("since")),
                        Duration.ofMillis(row.getLong("waited"))))
                .list();
    }

    /** The scenes for which a source has recorded a wait. */
    public Set<String> scenes(String source) {
        return session.handle
                .createQuery("select distinct scene_id from scene_wait where source = :source")
                .bind("source", source)
                .mapTo(String.class)
                .set();
    }

    /**
     * How far the work has come. Two equal values mean that in between no task started or ended, and no scene ended.
     *
     * @param tasks how many tasks of scenes that have not ended have started, by state
     * @param scenes how many scenes have not ended
     */
    public record Progress(Map<String, Long> tasks, int scenes) {}

    /** How far the work has come now. */
    public Progress progress() {
        Map<String, Long> tasks = session.handle
                .createQuery("select state, count(*) as tasks from run where state not in ('INTENT', 'QUEUED')"
                        + " and scene_id in (select id from scene where state in " + NOT_ENDED + ") group by state")
                .reduceRows(new HashMap<>(), (states, row) -> {
                    states.put(row.getColumn("state", String.class), row.getColumn("tasks", Long.class));
                    return states;
                });
        int scenes = session.handle
                .createQuery("select count(*) from scene where state in " + NOT_ENDED)
                .mapTo(Integer.class)
                .one();
        return new Progress(tasks, scenes);
    }

    /**
     * A scene that has not ended and has no running task.
     *
     * @param at when it last moved: its state changed, a batch was made or accepted, or a task started or ended
     * @param tilesWait whether it has tiles that are in no batch
     */
    public record Idle(String sceneId, Instant at, boolean tilesWait) {}

    /** All scenes that have not ended and have no running task. */
    public List<Idle> idle() {
        String sql = "select scene.id as id, scene.changed_at as changed,"
                + " (select max(case when submitted_at > created_at then submitted_at else created_at end) from batch"
                + " where batch.scene_id = scene.id) as batch,"
                + " (select max(case when ended_at is null then started_at else ended_at end) from run"
                + " where run.scene_id = scene.id) as run,"
                + " (select count(*) from (select 1 from tile where tile.scene_id = scene.id and tile.state = 'WAITING'"
                + " and tile.idx >= 0 limit 1) as one) as tiles from scene where scene.state in " + NOT_ENDED
                + " and not exists (select 1 from run where run.scene_id = scene.id and run.state = 'RUNNING')";
        return session.handle
                .createQuery(sql)
                .map((row, context) -> {
                    long work = Math.max(row.getLong("batch"), row.getLong("run")); // 0 for null
                    return new Idle(
                            row.getString("id"),
                            Instant.ofEpochMilli(Math.max(row.getLong("changed"), work)),
                            row.getInt("tiles") > 0);
                })
                .list();
    }
}
