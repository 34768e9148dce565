package io.swath.submission;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds nodes that are at fault for failures of the last minutes: the cluster itself reports so, or several different
 * tiles have failed there and only there.
 */
final class FailingNodes {
    private static final Duration RECENT = Duration.ofMinutes(10);
    private static final int TILES = 3;
    private static final String NODES = "nodes";
    private static final String EVERYWHERE = "tasks on all nodes";

    private final Ledger ledger;
    private final Incidents incidents;
    private final NodeRepairs repairs;

    FailingNodes(Ledger ledger, Incidents incidents, NodeRepairs repairs) {
        this.ledger = ledger;
        this.repairs = repairs;
        this.incidents = incidents;
    }

    /** What the ledger holds about the last minutes. */
    private record Failures(List<String> suspected, List<Run> broken, int tilesEverywhere) {
        Failures withBroken(List<Run> runs) {
            return new Failures(suspected, runs, tilesEverywhere);
        }
    }

    /** The names of these nodes. While there are such nodes, an incident is open. */
    List<String> now() {
        Failures failures = ledger.read(session -> {
            Instant since = session.now().minus(RECENT);
            return new Failures(
                    session.faults().failingNodes(since, TILES),
                    session.faults().onBrokenNodes(since),
                    session.faults().tilesFailingEverywhere(since));
        });
        Set<String> stillBroken = repairs.stillBroken(
                failures.broken().stream().map(FailingNodes::node).collect(Collectors.toSet()));
        failures = failures.withBroken(failures.broken().stream()
                .filter(run -> stillBroken.contains(node(run)))
                .toList());
        reportNodes(failures);
        reportEverywhere(failures.tilesEverywhere());
        Set<String> nodes = new TreeSet<>(failures.suspected());
        failures.broken().forEach(run -> nodes.add(node(run)));
        return List.copyOf(nodes);
    }

    private static String node(Run run) {
        return run.facts().allocation().node();
    }

    private void reportNodes(Failures failures) {
        List<String> texts = new ArrayList<>();
        if (!failures.broken().isEmpty()) {
            texts.add(failures.broken().stream()
                    .map(run -> run.detail() + " (scene " + run.sceneId() + ")")
                    .collect(Collectors.joining("; ")));
        }
        if (!failures.suspected().isEmpty()) {
            texts.add("within " + RECENT.toMinutes() + " minutes, " + TILES
                    + " or more tiles failed on each of these nodes: "
                    + String.join(", ", failures.suspected()));
        }
        if (texts.isEmpty()) {
            incidents.resolve(NODES);
        } else {
            incidents.report(
                    NODES,
                    String.join("; ", texts)
                            + ". New batches exclude these nodes for now. Find out what is wrong with them");
        }
    }

    private void reportEverywhere(int tiles) {
        if (tiles < TILES) {
            incidents.resolve(EVERYWHERE);
        } else {
            incidents.report(
                    EVERYWHERE,
                    "within " + RECENT.toMinutes() + " minutes, " + tiles
                            + " tiles failed on two or more nodes each, so no single node is at fault. Look at what"
                            + " the nodes share: the storage, the software that the recipe needs, the recipe itself."
                            + " ./swath status SCENE --runs shows each failure");
        }
    }
}
