package io.swath.ledger;

import io.swath.model.AtFault;
import io.swath.model.Cause;
import io.swath.model.Run;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who is at fault for failed runs: nodes, the storage. Used within the session that returned it. */
public final class Faults {
    private static final int CHUNK = 2_000;

    private final Session session;

    Faults(Session session) {
        this.session = session;
    }

    /** Records who is at fault for the failure of a run. */
    public void setAtFault(String token, int index, AtFault atFault) {
        session.handle.execute("update run set at_fault = ? where token = ? and idx = ?", atFault.name(), token, index);
    }

    /**
     * Nodes that seem to be at fault since {@code since}: those on which at least {@code tiles} different tiles have
     * failed. A tile that has also failed on another node, and has not succeeded elsewhere since, is no evidence against
     * a node: its script or the storage may be at fault.
     */
    public List<String> failingNodes(Instant since, int tiles) {
        return session.handle
                .createQuery("select node from run where at_fault = 'NODE' and ended_at > :since and node <> ''"
                        + " and (not exists (select 1 from run other where other.scene_id = run.scene_id"
                        + " and other.tile = run.tile and other.step_index = run.step_index"
                        + " and other.at_fault = 'NODE' and other.ended_at > :since and other.node <> run.node)"
                        + " or exists (select 1 from run good where good.scene_id = run.scene_id"
                        + " and good.tile = run.tile and good.step_index = run.step_index"
                        + " and good.state = 'SUCCEEDED' and good.ended_at > :since and good.node <> run.node))"
                        + " group by node having count(distinct scene_id || '/' || tile) >= :tiles order by node")
                .bind("since", since.toEpochMilli())
                .bind("tiles", tiles)
                .mapTo(String.class)
                .list();
    }

    /**
     * On which node the last run of each of these tiles that failed for this cause ran, by the tile's index. A tile without such
     * a run, or whose node is not known, is not in it.
     */
    public Map<Integer, String> lastNode(String sceneId, int stepIndex, Collection<Integer> tiles, Cause cause) {
        Map<Integer, String> nodes = new HashMap<>();
        List<Integer> all = List.copyOf(tiles);
        for (int from = 0; from < all.size(); from += CHUNK) {
            session.handle
                    .createQuery("select tile, node from run where scene_id = :scene and step_index = :step"
                            + " and tile in (<tiles>) and cause = :cause and node <> '' order by ended_at")
                    .bind("scene", sceneId)
                    .bind("step", stepIndex)
                    .bindList("tiles", all.subList(from, Math.min(all.size(), from + CHUNK)))
                    .bind("cause", cause.name())
                    .map((row, context) -> nodes.put(row.getInt("tile"), row.getString("node")))
                    .list();
        }
        return nodes;
    }

    /** How many tiles have failed on two or more nodes since {@code since}, and have not succeeded since. */
    public int tilesFailingEverywhere(Instant since) {
        return session.handle
                .createQuery("select count(*) from (select scene_id, tile, step_index from run"
                        + " where at_fault = 'NODE' and ended_at > :since and node <> ''"
                        + " and not exists (select 1 from run good where good.scene_id = run.scene_id"
                        + " and good.tile = run.tile and good.step_index = run.step_index"
                        + " and good.state = 'SUCCEEDED' and good.ended_at > :since)"
                        + " group by scene_id, tile, step_index having count(distinct node) > 1) as everywhere")
                .bind("since", since.toEpochMilli())
                .mapTo(Integer.class)
                .one();
    }

    /** The last failed run on each node that the cluster itself has reported as unusable since {@code since}. */
    public List<Run> onBrokenNodes(Instant since) {
        List<Run> runs = new ArrayList<>();
        RunRows.each(
                session.handle
                        .createQuery("select * from run where at_fault = 'BROKEN_NODE' and ended_at > :since"
                                + " and node <> '' order by ended_at desc, token, idx")
                        .bind("since", since.toEpochMilli()),
                runs::add);
        Set<String> seen = new HashSet<>();
        return runs.stream()
                .filter(run -> seen.add(run.facts().allocation().node()))
                .toList();
    }

    /**
     * For each unfinished scene whose storage accepted no more data from its jobs: the last such run of a tile that has
     * not succeeded since.
     */
    public List<Run> withoutStorage() {
        List<Run> runs = new ArrayList<>();
        RunRows.each(
                // From the scenes to their runs: SQLite keeps the order of a cross join.
                session.handle.createQuery("select run.* from scene"
                        + " cross join run"
                        + " join batch on batch.token = run.token and batch.version = scene.version"
                        + " join tile on tile.scene_id = run.scene_id and tile.idx = run.tile"
                        + " where run.scene_id = scene.id and run.at_fault = 'STORAGE' and scene.state in ('PLANNED', 'PROCESSING', 'ASSEMBLING')"
                        + " and run.step_index = tile.step"
                        + " and (tile.state = 'WAITING' and run.attempt = tile.attempts"
                        + " or tile.state = 'OPEN' and run.attempt = tile.attempts - 1)"
                        + " order by run.scene_id, run.ended_at desc, run.tile"),
                runs::add);
        Set<String> seen = new HashSet<>();
        return runs.stream().filter(run -> seen.add(run.sceneId())).toList();
    }
}
