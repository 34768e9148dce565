package io.swath.health;

import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The incidents that are open now: parts of the infrastructure (storage, cluster, broker, database) that do not work. An
 * incident is logged when it begins and when it ends, and not in between. It never counts as a failure of a tile.
 * Thread-safe.
 */
public final class Incidents {
    /**
     * One open incident.
     *
     * @param part what does not work
     * @param what why, and what to do
     * @param scenes the scenes that wait for it; empty if all may, or none
     * @param who who can mend it; empty if {@code what} says it
     */
    public record Incident(String part, String what, Instant since, List<String> scenes, String who) {
        public Incident {
            scenes = List.copyOf(scenes);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Incidents.class);
    private final Map<String, Incident> open = new ConcurrentHashMap<>();
    private final Clock clock;

    public Incidents(Clock clock) {
        this.clock = clock;
    }

    /** Opens an incident. If the part has one already, only its text is replaced. */
    public void report(String part, String what) {
        report(part, what, clock.instant());
    }

    /** Like {@link #report(String, String)}, for an incident that is known to have begun at {@code since}. */
    public void report(String part, String what, Instant since) {
        Incident before = open.get(part);
        put(new Incident(part, what, before == null ? since : before.since(), List.of(), ""));
    }

    /** Opens an incident that began earlier and concerns these scenes; or replaces what is known about it. */
    public void report(String part, String what, Instant since, List<String> scenes, String who) {
        put(new Incident(part, what, since, scenes, who));
    }

    private void put(Incident incident) {
        if (open.put(incident.part(), incident) == null) {
            log.warn("{}: {}. Nothing is lost; Swath retries.", incident.part(), incident.what());
        }
    }

    /** Closes the incident of a part that works again. Does nothing if the part has no incident. */
    public void resolve(String part) {
        Incident before = open.remove(part);
        if (before != null) {
            log.info("{}: recovered, after having failed since {}.", part, before.since());
        }
    }

    /** The open incidents, the oldest first. */
    public List<Incident> open() {
        return open.values().stream()
                .sorted(Comparator.comparing(Incident::since))
                .toList();
    }
}
