package io.swath.submission;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import java.time.Duration;
import java.util.List;

/** Nodes on which so many different tiles failed of late that it is the node's fault. */
final class FailingNodes {
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    private static final int TILES = 3;

    private final Ledger ledger;
    private final Incidents incidents;

    FailingNodes(Ledger ledger, Incidents incidents) {
        this.ledger = ledger;
        this.incidents = incidents;
    }

    /** Their names; told as trouble as long as there are any. */
    List<String> now() {
        List<String> sick =
                ledger.read(session -> session.runs().failingNodes(session.now().minus(REMEMBERED), TILES));
        if (sick.isEmpty()) {
            incidents.resolve("nodes");
        } else {
            incidents.report(
                    "nodes",
                    TILES + " tiles or more could not work on " + String.join(", ", sick) + " within "
                            + REMEMBERED.toMinutes()
                            + " minutes: new batches go elsewhere for now; see what is wrong there");
        }
        return sick;
    }
}
