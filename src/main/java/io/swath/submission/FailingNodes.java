package io.swath.submission;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import java.time.Duration;
import java.util.List;

/** Finds nodes on which several different tiles failed recently with cause NODE: then the node is at fault. */
final class FailingNodes {
    private static final Duration RECENT = Duration.ofMinutes(10);
    private static final int TILES = 3;
    private static final String INCIDENT = "nodes";

    private final Ledger ledger;
    private final Incidents incidents;

    FailingNodes(Ledger ledger, Incidents incidents) {
        this.ledger = ledger;
        this.incidents = incidents;
    }

    /** The names of these nodes. While there are such nodes, an incident is open. */
    List<String> now() {
        List<String> failing =
                ledger.read(session -> session.runs().failingNodes(session.now().minus(RECENT), TILES));
        if (failing.isEmpty()) {
            incidents.resolve(INCIDENT);
        } else {
            incidents.report(
                    INCIDENT,
                    "within " + RECENT.toMinutes() + " minutes, " + TILES
                            + " or more tiles failed on each of these nodes: "
                            + String.join(", ", failing)
                            + ". New batches exclude them for now. Find out what is wrong with them");
        }
        return failing;
    }
}
