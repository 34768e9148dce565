package io.swath.delivery;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SceneState;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the folders in which an interrupted delivery gathered products of a scene that is not delivered any more: it was
 * cancelled, or failed, meanwhile. To be called from the thread that delivers.
 */
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);
    private static final Duration PAUSE = Duration.ofMinutes(10);
    private static final String INCIDENT = "interrupted deliveries";

    private final Ledger ledger;
    private final Storage storage;
    private final Incidents incidents;
    private final Clock steady;
    private Instant next = Instant.MIN;

    /** @param steady a clock that never jumps */
    Leftovers(Ledger ledger, Storage storage, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.storage = storage;
        this.incidents = incidents;
        this.steady = steady;
    }

    /** Looks for them, unless it did so a short while ago. */
    void remove() {
        Instant now = steady.instant();
        if (now.isBefore(next) || !storage.missing().isEmpty()) {
            return;
        }
        next = now.plus(PAUSE);
        try {
            for (String name : RegularFiles.names(storage.root(), storage.delivered(), Integer.MAX_VALUE)) {
                Optional<String> id = Storage.gatheredScene(name);
                if (id.isPresent()) {
                    remove(id.get());
                }
            }
            incidents.resolve(INCIDENT);
        } catch (IOException e) {
            incidents.report(INCIDENT, "what they left cannot be removed: " + e.getMessage());
        }
    }

    private void remove(String id) throws IOException {
        boolean ended = ledger.read(session -> session.scenes().find(id))
                .filter(scene -> scene.state() != SceneState.ASSEMBLING)
                .isPresent();
        if (ended) {
            Path folder = storage.gathering(id);
            ledger.guard(() -> {
                Removal.remove(folder);
                return folder;
            });
            log.info("what an interrupted delivery left is removed scene={} folder={}", id, folder);
        }
    }
}
