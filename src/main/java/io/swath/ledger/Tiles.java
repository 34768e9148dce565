package io.swath.ledger;

import io.swath.model.Batch;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.model.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/** The tiles in the ledger. They are written in bulk. */
public final class Tiles {
    private static final int CHUNK = 2_000;
    private final Session session;

    Tiles(Session session) {
        this.session = session;
    }

    /**
     * Adds tiles. A tile for which {@code empty} holds is done at once; the other tiles wait to be submitted.
     */
    public void add(String sceneId, Iterable<Tile> tiles, Predicate<Tile> empty) {
        PreparedBatch batch =
                session.handle.prepareBatch("insert into tile (scene_id, idx, core_x, core_y, core_w, core_h,"
                        + " read_x, read_y, read_w, read_h, state, step) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        for (Tile tile : tiles) {
            TileProgress progress = TileProgress.notSubmitted(sceneId, tile);
            batch.add(
                    sceneId,
                    tile.index(),
                    tile.core().x(),
                    tile.core().y(),
                    tile.core().width(),
                    tile.core().height(),
                    tile.read().x(),
                    tile.read().y(),
                    tile.read().width(),
                    tile.read().height(),
                    (empty.test(tile) ? TileState.DONE : progress.state()).name(),
                    progress.step());
            if (batch.size() == CHUNK) {
                batch.execute();
            }
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    /** Removes all tiles of a scene, including the assembly, before the scene is planned again. */
    public void remove(String sceneId) {
        session.handle.execute("delete from tile where scene_id = ?", sceneId);
    }

    /** Tiles that wait to be submitted and are not paused, without the assembly and the preparation. */
    public List<TileProgress> waiting(String sceneId, Instant now, int limit) {
        return tiles(session.handle
                .createQuery("select * from tile where scene_id = :scene and state = 'WAITING' and idx >= 0"
                        + " and due_at <= :now order by idx limit :limit")
                .bind("scene", sceneId)
                .bind("now", now.toEpochMilli())
                .bind("limit", limit));
    }

    public List<TileProgress> find(String sceneId, Collection<Integer> indices) {
        List<TileProgress> found = new ArrayList<>();
        List<Integer> all = List.copyOf(indices);
        for (int from = 0; from < all.size(); from += CHUNK) {
            found.addAll(tiles(session.handle
                    .createQuery("select * from tile where scene_id = :scene and idx in (<indices>)")
                    .bind("scene", sceneId)
                    .bindList("indices", all.subList(from, Math.min(all.size(), from + CHUNK)))));
        }
        return found;
    }

    /** The tile that stands for the scene's assembly; empty before planning. */
    public Optional<TileProgress> assembly(String sceneId) {
        return find(sceneId, List.of(TileProgress.ASSEMBLY)).stream().findFirst();
    }

    /** The tile that stands for the scene's preparation; empty before planning, and if the recipe has none. */
    public Optional<TileProgress> preparation(String sceneId) {
        return find(sceneId, List.of(TileProgress.PREPARATION)).stream().findFirst();
    }

    /** All tiles of a scene in the order of their indices, without the assembly and the preparation. */
    public List<TileProgress> ofScene(String sceneId) {
        return tiles(session.handle
                .createQuery("select * from tile where scene_id = :scene and idx >= 0 order by idx")
                .bind("scene", sceneId));
    }

    /** Indices of the tiles that are out of retries. */
    public List<Integer> failed(String sceneId) {
        return session.handle
                .createQuery("select idx from tile where scene_id = :scene and state = 'FAILED' order by idx")
                .bind("scene", sceneId)
                .mapTo(Integer.class)
                .list();
    }

    /** The number of tiles in each state, without the assembly and the preparation. A state without tiles has no entry. */
    public Map<TileState, Integer> counts(String sceneId) {
        return session.handle
                .createQuery(
                        "select state, count(*) as tiles from tile where scene_id = :scene and idx >= 0 group by state")
                .bind("scene", sceneId)
                .reduceRows(new EnumMap<TileState, Integer>(TileState.class), (counts, row) -> {
                    counts.put(
                            TileState.valueOf(row.getColumn("state", String.class)),
                            row.getColumn("tiles", Integer.class));
                    return counts;
                });
    }

    /** Updates the progress of tiles that are in the ledger. */
    public void update(Collection<TileProgress> tiles) {
        if (tiles.isEmpty()) {
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch(
                "update tile set state = ?, step = ?, attempts = ?, faults = ?, mishaps = ?, memory_mib = ?,"
                        + " time_s = ?, gpu = ?, excluded = ? where scene_id = ? and idx = ?");
        for (TileProgress tile : tiles) {
            batch.add(
                    tile.state().name(),
                    tile.step(),
                    tile.attempts(),
                    tile.faults(),
                    tile.infrastructureFailures(),
                    tile.tooLittleMiB().orElse(null),
                    tile.tooShort().map(Duration::toSeconds).orElse(null),
                    tile.gpu().orElse(null),
                    Session.join(tile.excludedNodes()),
                    tile.sceneId(),
                    tile.tile().index());
        }
        batch.execute();
    }

    /**
     * Makes DONE tiles wait, so that their last step is repeated. Tiles in another state stay as they are.
     *
     * @return the number of tiles that wait now
     */
    public int redo(String sceneId, Collection<Integer> indices, int lastStep) {
        PreparedBatch batch =
                session.handle.prepareBatch("update tile set state = 'WAITING', step = ?, due_at = 0 where scene_id = ?"
                        + " and idx = ? and idx >= 0 and state = 'DONE' and attempts > 0");
        indices.forEach(index -> batch.add(lastStep, sceneId, index));
        return indices.isEmpty() ? 0 : Arrays.stream(batch.execute()).sum();
    }

    /**
     * Makes a DONE preparation wait, so that it is repeated, because a task of this batch found its file missing or changed.
     * If it was repeated after the batch was written, nothing is changed.
     *
     * @return whether the preparation waits now
     */
    public boolean redoPreparation(Batch finder) {
        return session.handle.execute(
                        "update tile set state = 'WAITING', step = ?, due_at = 0 where scene_id = ? and idx = ?"
                                + " and state = 'DONE' and not exists (select 1 from batch where batch.scene_id = ?"
                                + " and batch.step_index = ? and batch.number > ?)",
                        Batch.PREPARATION,
                        finder.sceneId(),
                        TileProgress.PREPARATION,
                        finder.sceneId(),
                        Batch.PREPARATION,
                        finder.number())
                == 1;
    }

    /**
     * Resets all submitted tiles to their first step, because the file on which they depend has another content now. DONE
     * tiles wait again; a FAILED tile stays FAILED, and begins with its first step when it is retried. No tile is open. What
     * the present step asked for does not apply to the first one.
     */
    public void resetToFirstStep(String sceneId) {
        session.handle.execute(
                "update tile set state = case when state = 'DONE' then 'WAITING' else state end, step = 0, due_at = 0,"
                        + " memory_mib = null, time_s = null, gpu = null"
                        + " where scene_id = ? and idx >= 0 and attempts > 0 and state in ('DONE', 'WAITING', 'FAILED')",
                sceneId);
    }

    /** Pauses a tile: it is not submitted before {@code due}, a time of the steady clock. */
    public void pause(String sceneId, int index, Instant due) {
        session.handle.execute(
                "update tile set due_at = ? where scene_id = ? and idx = ?", due.toEpochMilli(), sceneId, index);
    }

    /** Whether a tile is paused at {@code now}, a time of the steady clock. */
    public boolean isPaused(String sceneId, int index, Instant now) {
        return session.handle
                        .createQuery(
                                "select count(*) from tile where scene_id = :scene and idx = :index and due_at > :now")
                        .bind("scene", sceneId)
                        .bind("index", index)
                        .bind("now", now.toEpochMilli())
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /** Ends all pauses. Called at the start, because they were measured by the steady clock of an earlier process. */
    public void endPauses(Instant now) {
        session.handle.execute(
                "update tile set due_at = 0 where state = 'WAITING' and due_at > 0 and due_at > ?", now.toEpochMilli());
    }

    /**
     * Resets the retries of failed tiles, including the assembly, so that they are submitted again. An open tile
     * without an open run counts as failed: its next submission was dropped when the scene ended.
     */
    public void retryFailed(String sceneId) {
        session.handle.execute(
                "update tile set state = 'WAITING', faults = 0, mishaps = 0, memory_mib = null, time_s = null,"
                        + " gpu = null, due_at = 0, excluded = '' where scene_id = ?"
                        + " and (state = 'FAILED' or (state = 'OPEN' and not exists"
                        + " (select 1 from run where run.scene_id = tile.scene_id and run.tile = tile.idx"
                        + " and run.state in ('INTENT', 'QUEUED', 'RUNNING'))))",
                sceneId);
    }

    private static List<TileProgress> tiles(Query query) {
        return query.reduceRows(new ArrayList<>(), (tiles, row) -> {
            tiles.add(tile(row));
            return tiles;
        });
    }

    private static TileProgress tile(RowView row) {
        return new TileProgress(
                row.getColumn("scene_id", String.class),
                new Tile(row.getColumn("idx", Integer.class), window(row, "core"), window(row, "read")),
                TileState.valueOf(row.getColumn("state", String.class)),
                row.getColumn("step", Integer.class),
                row.getColumn("attempts", Integer.class),
                new TileProgress.History(
                        row.getColumn("faults", Integer.class),
                        row.getColumn("mishaps", Integer.class),
                        Optional.ofNullable(row.getColumn("memory_mib", Integer.class)),
                        Optional.ofNullable(row.getColumn("time_s", Long.class)).map(Duration::ofSeconds),
                        Optional.ofNullable(row.getColumn("gpu", Double.class)),
                        Session.split(row.getColumn("excluded", String.class))));
    }

    private static Window window(RowView row, String which) {
        return new Window(
                row.getColumn(which + "_x", Integer.class),
                row.getColumn(which + "_y", Integer.class),
                row.getColumn(which + "_w", Integer.class),
                row.getColumn(which + "_h", Integer.class));
    }
}
