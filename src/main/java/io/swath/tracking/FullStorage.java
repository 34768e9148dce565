package io.swath.tracking;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Run;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Reports the scenes that wait because the storage accepted no more data from their jobs. Not thread-safe. */
final class FullStorage {
    private static final String INCIDENT = "storage for jobs";
    private static final int SHOWN = 5;
    private static final Duration INTERVAL = Duration.ofSeconds(15);

    private final Ledger ledger;
    private final Incidents incidents;
    private final Clock steady;
    private Instant due;

    FullStorage(Ledger ledger, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.incidents = incidents;
        this.steady = steady;
        this.due = steady.instant();
    }

    /** Makes the next {@link #report} ask the ledger. */
    void wake() {
        due = steady.instant();
    }

    /**
     * Opens or closes the incident, from what the ledger holds. So the incident is there again after a restart. Asks the
     * ledger every 15 s, or sooner after {@link #wake}.
     */
    void report() {
        Instant now = steady.instant();
        if (now.isBefore(due)) {
            return;
        }
        due = now.plus(INTERVAL);
        List<Run> runs = ledger.read(session -> session.faults().withoutStorage());
        if (runs.isEmpty()) {
            incidents.resolve(INCIDENT);
            return;
        }
        String scenes = runs.stream().limit(SHOWN).map(Run::sceneId).collect(Collectors.joining(", "));
        String more = runs.size() > SHOWN ? " and " + (runs.size() - SHOWN) + " more" : "";
        incidents.report(
                INCIDENT,
                "jobs of " + scenes + more + " could not write to the storage ("
                        + runs.get(0).sceneId() + ": "
                        + runs.get(0).detail() + "). Their tiles are retried after a pause that grows. Look at the"
                        + " free space and inodes, at the quota of the jobs' user and group, and at the rights on the"
                        + " scenes' folders in work/");
    }
}
