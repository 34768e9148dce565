package io.swath.ledger;

import io.swath.model.BoundingBox;
import io.swath.model.Coverage;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.Query;

/** The scenes in the ledger. */
public final class Scenes {
    /** One change of a scene's state. */
    public record Change(Instant at, SceneState state, String reason) {}

    /**
     * The order of the work: the most urgent scenes first; scenes of the night in the order in which they were chosen.
     */
    static final String URGENCY =
            "case scene.priority when 'URGENT' then 0 when 'NORMAL' then 1 else 2 end, scene.night";

    private final Session session;

    Scenes(Session session) {
        this.session = session;
    }

    /**
     * Adds a new scene, and its event to the outbox.
     *
     * @return false, with nothing changed, if there is a scene with this id, or with the same recipe and content
     */
    public boolean add(Scene scene) {
        int added = session.handle
                .createUpdate(
                        "insert into scene (id, name, recipe, recipe_hash, content_key, door, priority, state, reason,"
                                + " accepted_at, changed_at) values (:id, :name, :recipe, :hash, :key, :origin,"
                                + " :priority, :state, :reason, :at, :at) on conflict do nothing")
                .bind("id", scene.id())
                .bind("name", scene.name())
                .bind("recipe", scene.recipe())
                .bind("hash", scene.recipeHash())
                .bind("key", scene.arrival().contentKey())
                .bind("origin", scene.arrival().origin().name())
                .bind("priority", scene.priority().name())
                .bind("state", scene.state().name())
                .bind("reason", scene.reason())
                .bind("at", scene.arrival().acceptedAt().toEpochMilli())
                .execute();
        if (added == 1) {
            recordChange(scene.id(), scene.state(), scene.reason());
        }
        return added == 1;
    }

    /**
     * Moves a scene to another state and records this in its history. If the state has an event, it is added to the
     * outbox.
     *
     * @return false, with nothing changed, if the scene is in none of the states {@code from}
     */
    public boolean move(String id, Collection<SceneState> from, SceneState to, String reason) {
        int moved = session.handle
                .createUpdate("update scene set state = :to, reason = :reason, changed_at = :now"
                        + " where id = :id and state in (<from>)")
                .bind("to", to.name())
                .bind("reason", reason)
                .bind("now", session.now().toEpochMilli())
                .bind("id", id)
                .bindList("from", from.stream().map(Enum::name).toList())
                .execute();
        if (moved == 1) {
            recordChange(id, to, reason);
        }
        return moved == 1;
    }

    /**
     * Starts the next version of a failed scene, by day. Products that were delivered before stay until the new ones
     * replace them.
     *
     * @return false, with nothing changed, if the scene is not FAILED, or has a batch that has not ended
     */
    public boolean planAgain(String id, String reason) {
        int changed = session.handle
                .createUpdate(
                        "update scene set state = 'ACCEPTED', version = version + 1, work = 'WHOLE', reason = :reason,"
                                + " changed_at = :now, priority = case when night > 0 then 'NORMAL' else priority end, night = 0"
                                + " where id = :id and state = 'FAILED' and not exists"
                                + " (select 1 from batch where batch.scene_id = scene.id and batch.state <> 'DONE')")
                .bind("reason", reason)
                .bind("now", session.now().toEpochMilli())
                .bind("id", id)
                .execute();
        if (changed == 1) {
            recordChange(id, SceneState.ACCEPTED, reason);
        }
        return changed == 1;
    }

    /** Adds a state to the scene's history, and its event, if it has one, to the outbox. */
    void recordChange(String id, SceneState state, String reason) {
        session.handle.execute(
                "insert into scene_history (scene_id, at, state, reason) values (?, ?, ?, ?)",
                id,
                session.now().toEpochMilli(),
                state.name(),
                reason);
        switch (state) {
            case ACCEPTED, REJECTED, DELIVERED, FAILED, CANCELLED ->
                session.outbox().scene(id, state, reason);
            case PLANNED, PROCESSING, ASSEMBLING -> {}
        }
    }

    /** Records the result of planning; see {@link Scene.Plan}. */
    public void recordPlan(String id, String recipeHash, Scene.Plan plan) {
        session.handle.execute(
                "update scene set recipe_hash = ?, width = ?, height = ?, tile_count = ?, pixel_bytes = ?, plan = ?,"
                        + " prepared = '' where id = ?",
                recipeHash,
                plan.width(),
                plan.height(),
                plan.tileCount(),
                plan.pixelBytes(),
                plan.json(),
                id);
    }

    /** Records the SHA-256 of the file that the scene's preparation made. */
    public void recordPrepared(String id, String sha256) {
        session.handle.execute("update scene set prepared = ? where id = ?", sha256, id);
    }

    /** Records the facts by which nightly reprocessing can select the scene. */
    public void recordCoverage(String id, Coverage coverage) {
        Optional<BoundingBox> box = coverage.box();
        session.handle.execute(
                "update scene set covered = 1, acquired_at = ?, sensors = ?, west = ?, south = ?, east = ?, north = ?"
                        + " where id = ?",
                Session.millis(coverage.acquired()),
                coverage.sensors().isEmpty() ? "" : " " + Session.join(coverage.sensors()) + " ",
                box.map(BoundingBox::west).orElse(null),
                box.map(BoundingBox::south).orElse(null),
                box.map(BoundingBox::east).orElse(null),
                box.map(BoundingBox::north).orElse(null),
                id);
    }

    /** Planned scenes whose coverage is not recorded, because an older Swath planned them. */
    public List<Scene> withoutCoverage(int limit) {
        return scenes(session.handle
                .createQuery("select * from scene where covered = 0 and plan <> '' order by id limit :limit")
                .bind("limit", limit));
    }

    /** Takes a scene out of the nightly reprocessing, so that it is submitted by day, too. */
    public void removeFromNight(String id) {
        session.handle.execute(
                "update scene set priority = case when night > 0 then 'NORMAL' else priority end, night = 0"
                        + " where id = ?",
                id);
    }

    /**
     * Locks a scene until the transaction ends. A transaction that decides by a scene's tiles and runs what to write
     * locks the scene first. Otherwise, on PostgreSQL, two such transactions at the same time would not see what the
     * other writes (isolation level READ COMMITTED). On SQLite, only one transaction writes at a time.
     */
    public void lock(String id) {
        if (session.concurrent) {
            // Rows that refer to the scene can still be inserted.
            session.handle
                    .createQuery("select id from scene where id = :id for no key update")
                    .bind("id", id)
                    .mapTo(String.class)
                    .list();
        }
    }

    public void hold(String id, boolean held) {
        session.handle.execute("update scene set held = ? where id = ?", held ? 1 : 0, id);
    }

    public void suspend(String id, boolean suspended) {
        session.handle.execute("update scene set suspended = ? where id = ?", suspended ? 1 : 0, id);
    }

    public Optional<Scene> find(String id) {
        return scenes(session.handle
                        .createQuery("select * from scene where id = :id")
                        .bind("id", id))
                .stream()
                .findFirst();
    }

    /** The scene with this recipe and content; rejected and cancelled scenes do not count. */
    public Optional<Scene> find(String recipe, String contentKey) {
        return scenes(session.handle
                        .createQuery("select * from scene where recipe = :recipe and content_key = :key"
                                + " and state not in ('REJECTED', 'CANCELLED')")
                        .bind("recipe", recipe)
                        .bind("key", contentKey))
                .stream()
                .findFirst();
    }

    /** Scenes in the given states: the most urgent first; scenes of the day before scenes of the night; then by age. */
    public List<Scene> inStates(Collection<SceneState> states) {
        return scenes(session.handle
                .createQuery("select * from scene where state in (<states>) order by " + URGENCY + ", accepted_at, id")
                .bindList("states", states.stream().map(Enum::name).toList()));
    }

    /** As {@link #inStates}, those that have a tile in this state; the assembly and the preparation count as tiles. */
    public List<Scene> withTile(Collection<SceneState> states, TileState tile) {
        return scenes(session.handle
                .createQuery("select * from scene where state in (<states>) and exists (select 1 from tile where"
                        + " tile.scene_id = scene.id and tile.state = :tile) order by " + URGENCY + ", accepted_at, id")
                .bindList("states", states.stream().map(Enum::name).toList())
                .bind("tile", tile.name()));
    }

    /** The ids of the scenes in these states of which a tile, and not only the assembly, is in this state. */
    public Set<String> withRealTile(Collection<SceneState> states, TileState tile) {
        return Set.copyOf(session.handle
                .createQuery("select id from scene where state in (<states>) and exists (select 1 from tile where"
                        + " tile.scene_id = scene.id and tile.state = :tile and tile.idx >= 0)")
                .bindList("states", states.stream().map(Enum::name).toList())
                .bind("tile", tile.name())
                .mapTo(String.class)
                .list());
    }

    /** As {@link #inStates}, the scenes in ASSEMBLING whose assembly is done. */
    public List<Scene> assembled() {
        return scenes(session.handle
                .createQuery("select scene.* from scene join tile on tile.scene_id = scene.id and tile.idx = :assembly"
                        + " where scene.state = 'ASSEMBLING' and tile.state = 'DONE' order by " + URGENCY
                        + ", scene.accepted_at, scene.id")
                .bind("assembly", TileProgress.ASSEMBLY));
    }

    public int count(Collection<SceneState> states) {
        return session.handle
                .createQuery("select count(*) from scene where state in (<states>)")
                .bindList("states", states.stream().map(Enum::name).toList())
                .mapTo(Integer.class)
                .one();
    }

    /** The scenes whose state changed last, the latest first. */
    public List<Scene> latest(int limit) {
        return scenes(session.handle
                .createQuery("select * from scene order by changed_at desc, id limit :limit")
                .bind("limit", limit));
    }

    public List<Change> history(String id) {
        return session.handle
                .createQuery("select at, state, reason from scene_history where scene_id = :id order by at")
                .bind("id", id)
                .reduceRows(new ArrayList<>(), (changes, row) -> {
                    changes.add(new Change(
                            Session.instant(row, "at"),
                            SceneState.valueOf(row.getColumn("state", String.class)),
                            row.getColumn("reason", String.class)));
                    return changes;
                });
    }

    static List<Scene> scenes(Query query) {
        return query.reduceRows(new ArrayList<>(), (scenes, row) -> {
            scenes.add(scene(row));
            return scenes;
        });
    }

    private static Scene scene(RowView row) {
        return new Scene(
                row.getColumn("id", String.class),
                row.getColumn("recipe", String.class),
                row.getColumn("recipe_hash", String.class),
                new Scene.Arrival(
                        row.getColumn("name", String.class),
                        row.getColumn("content_key", String.class),
                        Origin.valueOf(row.getColumn("door", String.class)),
                        Priority.valueOf(row.getColumn("priority", String.class)),
                        Session.instant(row, "accepted_at")),
                new Scene.Status(
                        SceneState.valueOf(row.getColumn("state", String.class)),
                        row.getColumn("reason", String.class),
                        Session.flag(row, "held"),
                        Session.flag(row, "suspended"),
                        Session.instant(row, "changed_at")),
                new Scene.Plan(
                        row.getColumn("width", Integer.class),
                        row.getColumn("height", Integer.class),
                        row.getColumn("tile_count", Integer.class),
                        row.getColumn("pixel_bytes", Integer.class),
                        row.getColumn("plan", String.class),
                        row.getColumn("prepared", String.class)),
                row.getColumn("version", Integer.class),
                row.getColumn("night", Long.class));
    }
}
