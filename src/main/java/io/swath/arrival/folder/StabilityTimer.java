package io.swath.arrival.folder;

import io.swath.arrival.FilesSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Remembers what was seen of each path and for how long it has stood still. Time is counted by a clock that only runs
 * forward: a file's own times can lie ({@code cp -p}), and the clock on the wall can jump. Not thread-safe.
 */
final class StabilityTimer {
    private final Duration settle;
    private final LongSupplier nanos;
    private final InstantSource clock;
    private final Map<Path, FilesSnapshot> sightings = new HashMap<>();

    /** @param look anything that changes when the content does */
    private record FilesSnapshot(Object look, long sinceNanos, Instant firstSeen) {}

    StabilityTimer(Duration settle, LongSupplier nanos, InstantSource clock) {
        this.settle = settle;
        this.nanos = nanos;
        this.clock = clock;
    }

    /** Notes this look, and tells whether every look for the settling time was the same. */
    boolean still(Path path, Object look) {
        long now = nanos.getAsLong();
        FilesSnapshot before = sightings.get(path);
        if (before == null || !before.look().equals(look)) {
            Instant first = before == null ? clock.instant() : before.firstSeen();
            sightings.put(path, new FilesSnapshot(look, now, first));
            return settle.isZero();
        }
        return now - before.sinceNanos() >= settle.toNanos();
    }

    Instant firstSeen(Path path) {
        FilesSnapshot sighting = sightings.get(path);
        return sighting == null ? clock.instant() : sighting.firstSeen();
    }

    /** Forgets all others. */
    void keepOnly(Set<Path> present) {
        sightings.keySet().retainAll(present);
    }

    Duration settle() {
        return settle;
    }
}
