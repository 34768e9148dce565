package io.swath.health;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong with the plumbing just now. Each trouble is logged when it begins and when it ends, not in between;
 * none costs a tile a retry. Thread-safe.
 */
public final class Incidents {
    /** One thing that is wrong, since when, and what Swath is waiting for. */
    public record Incident(String part, String what, Instant since) {}

    private static final Logger log = LoggerFactory.getLogger(Incidents.class);
    private final Map<String, Incident> open = new ConcurrentHashMap<>();
    private final Clock clock;

    public Incidents(Clock clock) {
        this.clock = clock;
    }

    /** The part does not work; when it did not before either, only the words are renewed. */
    public void report(String part, String what) {
        Incident before = open.get(part);
        open.put(part, new Incident(part, what, before == null ? clock.instant() : before.since()));
        if (before == null) {
            log.warn("{}: {}. Nothing is lost; Swath tries again.", part, what);
        }
    }

    /** The part works. */
    public void resolve(String part) {
        Incident before = open.remove(part);
        if (before != null) {
            log.info("{}: works again; it did not since {}.", part, before.since());
        }
    }

    public List<Incident> open() {
        return open.values().stream()
                .sorted(java.util.Comparator.comparing(Incident::since))
                .toList();
    }
}
