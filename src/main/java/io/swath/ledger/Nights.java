package io.swath.ledger;

import io.swath.model.Scene;
import io.swath.model.SceneFilter;
import io.swath.model.SceneState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/** The firings that were worked, and the scenes that were chosen for reprocessing. */
public final class Nights {
    /** Holds for the batches of a firing's runs; it has the parameters {@code schedule} and {@code due}. */
    static final String BATCH_OF_FIRING =
            "exists (select 1 from night_choice where night_choice.scene_id = batch.scene_id"
                    + " and night_choice.version = batch.version and night_choice.schedule = :schedule"
                    + " and night_choice.fire_time = :due)";

    private static final int CHUNK = 2_000;

    /**
     * A firing that was worked, or a mark from which firings count.
     *
     * @param schedule the name of the schedule; a schedule has one firing at a time
     * @param cron the rule by which the firing was due; empty when a person started it
     * @param chosen how many scenes are reprocessed
     * @param worked false for a mark
     */
    public record Firing(String schedule, Instant due, String cron, int chosen, boolean worked) {}

    private final Session session;

    Nights(Session session) {
        this.session = session;
    }

    /**
     * Adds a firing, in the transaction that marks its scenes.
     *
     * @return false, and nothing is changed, when the ledger has this firing already; then it must not be worked
     */
    public boolean add(Firing firing, String note) {
        return session.handle.execute(
                        "insert into schedule_run (schedule, fire_time, cron, worked_at, chosen, note)"
                                + " values (?, ?, ?, ?, ?, ?) on conflict do nothing",
                        firing.schedule(),
                        firing.due().toEpochMilli(),
                        firing.cron(),
                        firing.worked() ? session.now().toEpochMilli() : 0,
                        firing.chosen(),
                        note)
                == 1;
    }

    /** Records how many scenes a firing reprocesses. */
    public void setChosen(Firing firing, int scenes) {
        session.handle.execute(
                "update schedule_run set chosen = ? where schedule = ? and fire_time = ?",
                scenes,
                firing.schedule(),
                firing.due().toEpochMilli());
    }

    /** The last firing of a schedule that was due by now. A later firing comes from a wrong clock and is ignored. */
    public Optional<Firing> last(String schedule, Instant now) {
        return firings(session.handle
                        .createQuery("select * from schedule_run where schedule = :schedule and fire_time <= :now"
                                + " order by fire_time desc limit 1")
                        .bind("schedule", schedule)
                        .bind("now", now.toEpochMilli()))
                .stream()
                .findFirst();
    }

    /** The last firing of any schedule that was due by now and was worked. */
    public Optional<Firing> lastWorked(Instant now) {
        return firings(session.handle
                        .createQuery("select * from schedule_run where worked_at > 0 and fire_time <= :now"
                                + " order by fire_time desc limit 1")
                        .bind("now", now.toEpochMilli()))
                .stream()
                .findFirst();
    }

    /** The firings that were due by now and were worked, and have no event yet, the oldest first. */
    public List<Firing> unreported(Instant now) {
        return firings(session.handle
                .createQuery("select * from schedule_run where worked_at > 0 and reported_at = 0 and fire_time <= :now"
                        + " order by fire_time, schedule")
                .bind("now", now.toEpochMilli()));
    }

    /**
     * Records that a firing has its event, in the transaction that writes it.
     *
     * @return false, and nothing is changed, when it had one already
     */
    public boolean markReported(Firing firing) {
        return session.handle.execute(
                        "update schedule_run set reported_at = ? where schedule = ? and fire_time = ? and reported_at = 0",
                        session.now().toEpochMilli(),
                        firing.schedule(),
                        firing.due().toEpochMilli())
                == 1;
    }

    /** The scenes of a firing by their states. A scene that was reprocessed again since counts with the later firing. */
    public Map<SceneState, Integer> scenes(Firing firing) {
        return session.handle
                .createQuery(
                        "select scene.state as state, count(*) as scenes from night_choice join scene"
                                + " on scene.id = night_choice.scene_id and scene.version = night_choice.version"
                                + " where night_choice.schedule = :schedule and night_choice.fire_time = :due group by scene.state")
                .bind("schedule", firing.schedule())
                .bind("due", firing.due().toEpochMilli())
                .reduceRows(new EnumMap<SceneState, Integer>(SceneState.class), (counts, row) -> {
                    counts.put(
                            SceneState.valueOf(row.getColumn("state", String.class)),
                            row.getColumn("scenes", Integer.class));
                    return counts;
                });
    }

    /** How many firings were worked. */
    public int count() {
        return session.handle
                .createQuery("select count(*) from schedule_run where worked_at > 0")
                .mapTo(Integer.class)
                .one();
    }

    private static List<Firing> firings(Query query) {
        return query.reduceRows(new ArrayList<>(), (firings, row) -> {
            firings.add(new Firing(
                    row.getColumn("schedule", String.class),
                    Session.instant(row, "fire_time"),
                    row.getColumn("cron", String.class),
                    row.getColumn("chosen", Integer.class),
                    row.getColumn("worked_at", Long.class) > 0));
            return firings;
        });
    }

    /**
     * The scenes that a filter selects. A scene qualifies when it is delivered or failed, is neither held nor suspended,
     * and has no open batch and no unsent message. The newest come first; the scenes of a list come in the list's order.
     *
     * @param recipes the recipes that can be used, each with its current hash
     * @param retries a failed scene that was reprocessed this often with its current recipe does not qualify
     */
    public List<Scene> select(SceneFilter filter, Map<String, String> recipes, int retries, int limit) {
        if (recipes.isEmpty() || limit < 1) {
            return List.of();
        }
        if (filter.ids().isEmpty()) {
            return query(filter, recipes, retries, List.of(), limit);
        }
        List<String> ids = filter.ids().get();
        Map<String, Scene> found = new HashMap<>();
        for (int from = 0; from < ids.size(); from += CHUNK) {
            List<String> chunk = ids.subList(from, Math.min(ids.size(), from + CHUNK));
            query(filter, recipes, retries, chunk, CHUNK).forEach(scene -> found.put(scene.id(), scene));
        }
        return ids.stream()
                .distinct()
                .filter(found::containsKey)
                .map(found::get)
                .limit(limit)
                .toList();
    }

    private List<Scene> query(
            SceneFilter filter, Map<String, String> recipes, int retries, List<String> ids, int limit) {
        return Scenes.scenes(new SceneQuery(filter, recipes, retries, ids).query(session.handle, limit));
    }

    /**
     * Starts the next version of a scene with its current recipe. The products stay in their place until the new ones
     * replace them.
     *
     * @param seen the scene as it was chosen; nothing is changed when the scene has changed since
     * @param place the scene's place in the order of nightly reprocessing; larger for each scene of a transaction
     * @return false, and nothing is changed, when the scene has changed since it was chosen
     */
    public boolean reprocess(
            Scene seen, SceneFilter filter, Firing firing, String recipeHash, String reason, long place) {
        int changed = session.handle
                .createUpdate(
                        "update scene set state = 'ACCEPTED', version = version + 1, work = 'WHOLE', night = :night,"
                                + " priority = 'NIGHT', door = 'NIGHTLY', recipe_hash = :hash, reason = :reason, changed_at = :now"
                                + " where id = :id and version = :version and state in ('DELIVERED', 'FAILED')")
                .bind("night", place)
                .bind("hash", recipeHash)
                .bind("reason", reason)
                .bind("now", session.now().toEpochMilli())
                .bind("id", seen.id())
                .bind("version", seen.version())
                .execute();
        if (changed == 0) {
            return false;
        }
        session.handle.execute(
                "insert into night_choice (scene_id, version, clause, recipe_hash, schedule, fire_time)"
                        + " values (?, ?, ?, ?, ?, ?)",
                seen.id(),
                seen.version() + 1,
                filter.text(),
                recipeHash,
                firing.schedule(),
                firing.due().toEpochMilli());
        session.scenes().recordChange(seen.id(), SceneState.ACCEPTED, reason);
        return true;
    }

    /** The next free place in the order of nightly reprocessing. */
    public long nextPlace() {
        return session.handle
                .createQuery("select coalesce(max(night), 0) + 1 from scene where night > 0")
                .mapTo(Long.class)
                .one();
    }

    /** The scenes of nightly reprocessing that have not ended, in their order. */
    public List<Scene> waiting() {
        return Scenes.scenes(session.handle.createQuery("select * from scene where night > 0"
                + " and state in ('ACCEPTED', 'PLANNED', 'PROCESSING', 'ASSEMBLING') order by night"));
    }

    /** Those of these ids that are scenes in the ledger. */
    public List<String> known(List<String> ids) {
        List<String> known = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += CHUNK) {
            known.addAll(session.handle
                    .createQuery("select id from scene where id in (<ids>)")
                    .bindList("ids", ids.subList(from, Math.min(ids.size(), from + CHUNK)))
                    .mapTo(String.class)
                    .list());
        }
        return known;
    }
}
