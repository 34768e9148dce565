package io.swath.ledger;

import io.swath.model.Scene;
import java.time.Instant;
import java.util.List;

/** What is left in the work folders of scenes that have ended. Used within the session that returned it. */
public final class WorkFolders {
    /** What a scene's work folder holds. */
    public enum Content {
        /** Everything that its jobs needed and left. */
        WHOLE,
        /** What is left of it while it is packed and removed. */
        STARTED,
        /** As STARTED, and the file with the logs and the evidence is complete. */
        PACKED,
        /** One file for each version, with the logs and the evidence. */
        LOGS,
        /** Nothing; the folder is removed. */
        NONE
    }

    /** What the index of these scenes says, too. SQLite uses it only for a query that has the same words. */
    private static final String LEFT = " and work <> 'NONE'";

    private static final String OPEN_BATCH =
            " and not exists (select 1 from batch where batch.scene_id = scene.id and batch.state <> 'DONE')";

    /** Whole folders that are reduced: those of delivered scenes at once, others {@code :before} a time. */
    static final String WHOLE_AND_DUE = "work = 'WHOLE'" + LEFT + " and (state = 'DELIVERED'"
            + " or state in ('FAILED', 'CANCELLED', 'REJECTED') and changed_at < :before)" + OPEN_BATCH;

    static final String LOGS_AND_DUE = "work = 'LOGS'" + LEFT
            + " and state in ('DELIVERED', 'FAILED', 'CANCELLED', 'REJECTED') and changed_at < :before";

    private final Session session;

    WorkFolders(Session session) {
        this.session = session;
    }

    /** The ledger's time. */
    public Instant now() {
        return session.now();
    }

    /** Scenes whose work folder is being packed and removed, or was when Swath stopped. */
    public List<Scene> started(int limit) {
        return Scenes.scenes(session.handle
                .createQuery("select * from scene where work in ('STARTED', 'PACKED')" + LEFT + " limit :limit")
                .bind("limit", limit));
    }

    /**
     * Records that a scene's work folder is being packed and removed.
     *
     * @return false, with nothing changed, when the scene has not ended any more, or has an open batch
     */
    public boolean begin(Scene scene) {
        session.scenes().lock(scene.id());
        return session.handle.execute(
                        "update scene set work = 'STARTED' where id = ? and version = ? and work = 'WHOLE'"
                                + " and state in ('DELIVERED', 'FAILED', 'CANCELLED', 'REJECTED')" + OPEN_BATCH,
                        scene.id(),
                        scene.version())
                == 1;
    }

    /** Delivered scenes with a whole work folder and no open batch, the first delivered first. */
    public List<Scene> ofDelivered(int limit) {
        return Scenes.scenes(session.handle
                .createQuery("select * from scene where work = 'WHOLE' and state = 'DELIVERED'" + LEFT + OPEN_BATCH
                        + " order by changed_at limit :limit")
                .bind("limit", limit));
    }

    /** Scenes that ended before a time in any state, with a whole work folder and no open batch. */
    public List<Scene> wholeBefore(Instant before, int limit) {
        return Scenes.scenes(session.handle
                .createQuery("select * from scene where work = 'WHOLE'" + LEFT
                        + " and state in ('DELIVERED', 'FAILED', 'CANCELLED', 'REJECTED')"
                        + " and changed_at < :before" + OPEN_BATCH + " limit :limit")
                .bind("before", before.toEpochMilli())
                .bind("limit", limit));
    }

    /** Scenes that ended before a time, of which only logs are left. */
    public List<Scene> logsBefore(Instant before, int limit) {
        return Scenes.scenes(session.handle
                .createQuery("select * from scene where " + LOGS_AND_DUE + " limit :limit")
                .bind("before", before.toEpochMilli())
                .bind("limit", limit));
    }

    /** Whether everything is there that a retry of the scene's present version needs: its work folder, tiles and runs. */
    public boolean isComplete(String sceneId) {
        return session.handle
                .createQuery("select id from scene where id = :id and work = 'WHOLE' and archived < version")
                .bind("id", sceneId)
                .mapTo(String.class)
                .findFirst()
                .isPresent();
    }

    /** What is left of the scene's work folder. */
    public Content content(String sceneId) {
        return session.handle
                .createQuery("select work from scene where id = :id")
                .bind("id", sceneId)
                .mapTo(Content.class)
                .one();
    }

    /**
     * Records what is left of a scene's work folder.
     *
     * @param scene as it was before the folder was changed; nothing is recorded when another version has begun since
     */
    public void record(Scene scene, Content content) {
        session.handle.execute(
                "update scene set work = ? where id = ? and version = ?", content.name(), scene.id(), scene.version());
    }
}
