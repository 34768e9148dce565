package io.swath.submission;

import io.swath.cluster.Capabilities.Partition;
import io.swath.ledger.Session;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.TileProgress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes on which attempts at tiles were killed at their limits, so that a tile that was killed on a bad node asks for no
 * more on another. Immutable.
 *
 * @param memory by the tile's index, where its last attempt was killed that had too little memory
 * @param time the same for too little time
 */
record KilledOn(Map<Integer, String> memory, Map<Integer, String> time) {
    KilledOn {
        memory = Map.copyOf(memory);
        time = Map.copyOf(time);
    }

    /**
     * An attempt that was killed at its limit.
     *
     * @param limit in the quantity's unit
     * @param node empty: not known, or it cannot be avoided
     */
    record Kill(double limit, String node) {
        /** Without the node, if a retry with this request cannot avoid it. */
        Kill avoidedBy(Request retry, Partition partition) {
            boolean possible = retry.excludingNodes(List.of(node), partition.nodes())
                    .excludedNodes()
                    .contains(node);
            return possible ? this : new Kill(limit, "");
        }
    }

    /** Reads where these tiles were killed at a step. Tiles whose history has no kill are not looked up. */
    static KilledOn find(Session session, String sceneId, int stepIndex, List<TileProgress> tiles) {
        return new KilledOn(
                session.faults()
                        .lastNode(
                                sceneId,
                                stepIndex,
                                tiles.stream()
                                        .filter(tile -> tile.tooLittleMiB().isPresent())
                                        .map(tile -> tile.tile().index())
                                        .toList(),
                                Cause.OUT_OF_MEMORY),
                session.faults()
                        .lastNode(
                                sceneId,
                                stepIndex,
                                tiles.stream()
                                        .filter(tile -> tile.tooShort().isPresent())
                                        .map(tile -> tile.tile().index())
                                        .toList(),
                                Cause.TIMEOUT));
    }

    /** The nodes of a tile's kills, for comparing it with other tiles. */
    List<String> nodes(TileProgress tile) {
        return List.of(memoryNode(tile), timeNode(tile));
    }

    /** The kill of an attempt that had too little memory. */
    Optional<Kill> memory(TileProgress tile) {
        return tile.tooLittleMiB().map(limit -> new Kill(limit, memoryNode(tile)));
    }

    /** The kill of an attempt that had too little time. */
    Optional<Kill> time(TileProgress tile) {
        return tile.tooShort().map(limit -> new Kill(limit.toSeconds(), timeNode(tile)));
    }

    private String memoryNode(TileProgress tile) {
        return memory.getOrDefault(tile.tile().index(), "");
    }

    private String timeNode(TileProgress tile) {
        return time.getOrDefault(tile.tile().index(), "");
    }
}
