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
public final class Troubles {
    /** One thing that is wrong, since when, and what Swath is waiting for. */
    public record Trouble(String part, String what, Instant since) {}

    private static final Logger log = LoggerFactory.getLogger(Troubles.class);
    private final Map<String, Trouble> open = new ConcurrentHashMap<>();
    private final Clock clock;

    public Troubles(Clock clock) {
        this.clock = clock;
    }

    /** The part does not work; when it did not before either, only the words are renewed. */
    public void begin(String part, String what) {
        Trouble before = open.get(part);
        open.put(part, new Trouble(part, what, before == null ? clock.instant() : before.since()));
        if (before == null) {
            log.warn("{}: {}. Nothing is lost; Swath tries again.", part, what);
        }
    }

    /** The part works. */
    public void end(String part) {
        Trouble before = open.remove(part);
        if (before != null) {
            log.info("{}: works again; it did not since {}.", part, before.since());
        }
    }

    public List<Trouble> open() {
        return open.values().stream()
                .sorted(java.util.Comparator.comparing(Trouble::since))
                .toList();
    }
}
