package io.swath.submission;

import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import java.time.Duration;
import java.util.List;

/** Nodes on which so many different tiles failed of late that it is the node's fault. */
final class SickNodes {
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    private static final int TILES = 3;

    private final Ledger ledger;
    private final Troubles troubles;

    SickNodes(Ledger ledger, Troubles troubles) {
        this.ledger = ledger;
        this.troubles = troubles;
    }

    /** Their names; told as trouble as long as there are any. */
    List<String> now() {
        List<String> sick =
                ledger.read(session -> session.runs().sickNodes(session.now().minus(REMEMBERED), TILES));
        if (sick.isEmpty()) {
            troubles.end("nodes");
        } else {
            troubles.begin(
                    "nodes",
                    TILES + " tiles or more could not work on " + String.join(", ", sick) + " within "
                            + REMEMBERED.toMinutes()
                            + " minutes: new batches go elsewhere for now; see what is wrong there");
        }
        return sick;
    }
}
