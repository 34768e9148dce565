package io.swath.ledger;

import io.swath.model.Priority;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;

/** The tasks of Swath that are in front of others on a device, and the tiles that were moved from one device to another. */
public final class DeviceLoads {
    private static final int CHUNK = 2_000;

    /**
     * Open tasks of one step on one device.
     *
     * @param tasks that were written as batches and have not ended
     * @param running how many of them run
     * @param expectedStart when the cluster expects the first of those that wait to start; empty: it has not said
     * @param waitsSince since when the first of those that wait in the cluster, and not for another task, does so; empty:
     *     there is none
     */
    public record Load(
            String recipe,
            String step,
            int tasks,
            int running,
            Optional<Instant> expectedStart,
            Optional<Instant> waitsSince) {}

    private final Session session;

    DeviceLoads(Session session) {
        this.session = session;
    }

    /**
     * The open tasks that may run before those of a scene. Tasks that wait for a person do not count: of scenes that are held
     * or suspended, and of refused batches.
     *
     * @param priority of the scene; tasks of its own priority are in front
     * @param gpu whether they ask for a GPU
     * @param except the token of a batch that does not count; empty: all count
     */
    public List<Load> ahead(Priority priority, String partition, boolean gpu, String except) {
        RowMapper<Load> load = (row, context) -> new Load(
                row.getString("recipe"),
                row.getString("step"),
                row.getInt("tasks"),
                row.getInt("running"),
                time(row.getLong("starts")),
                time(row.getLong("since")));
        return session.handle
                .createQuery("select scene.recipe as recipe, batch.step as step, count(*) as tasks,"
                        + " sum(case when run.state = 'RUNNING' then 1 else 0 end) as running,"
                        + " min(case when run.state = 'QUEUED' then run.expected_start end) as starts,"
                        + " min(case when run.state = 'QUEUED' and batch.depends_on = '' then batch.submitted_at end) as since"
                        + " from run join batch on batch.token = run.token join scene on scene.id = run.scene_id"
                        + " where run.state in ('INTENT', 'QUEUED', 'RUNNING') and batch.partition_ = :partition"
                        + " and case when batch.gpus + batch.shards + batch.mps > 0 then 1 else 0 end = :gpu"
                        + " and scene.priority in (<priorities>) and batch.token <> :except"
                        + " and (run.state = 'RUNNING'"
                        + " or (scene.held = 0 and scene.suspended = 0 and batch.refusals = 0)) group by 1, 2")
                .bind("partition", partition)
                .bind("gpu", gpu ? 1 : 0)
                .bind("except", except)
                .bindList(
                        "priorities",
                        Stream.of(Priority.values())
                                .filter(other -> other.compareTo(priority) <= 0)
                                .map(Priority::name)
                                .toList())
                .map(load)
                .list();
    }

    private static Optional<Instant> time(long millis) {
        return Optional.of(millis).filter(known -> known > 0).map(Instant::ofEpochMilli);
    }

    /** Whether one of these tiles of a scene was moved to another device before. */
    public boolean anyMoved(String sceneId, Collection<Integer> tiles) {
        return chunks(tiles)
                .anyMatch(chunk -> session.handle
                                .createQuery(
                                        "select count(*) from tile where scene_id = :scene and idx in (<tiles>) and moved = 1")
                                .bind("scene", sceneId)
                                .bindList("tiles", chunk)
                                .mapTo(Integer.class)
                                .one()
                        > 0);
    }

    /** Records that these tiles of a scene are moved to another device. */
    public void markMoved(String sceneId, Collection<Integer> tiles) {
        chunks(tiles)
                .forEach(chunk -> session.handle
                        .createUpdate("update tile set moved = 1 where scene_id = :scene and idx in (<tiles>)")
                        .bind("scene", sceneId)
                        .bindList("tiles", chunk)
                        .execute());
    }

    private static Stream<List<Integer>> chunks(Collection<Integer> tiles) {
        List<Integer> all = List.copyOf(tiles);
        return Stream.iterate(0, from -> from < all.size(), from -> from + CHUNK)
                .map(from -> all.subList(from, Math.min(all.size(), from + CHUNK)));
    }
}
