package io.swath.arrival.folder;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Measures for how long each path has stood still. It uses a clock that only runs forward: a file's own times can be
 * wrong ({@code cp -p}), and the wall clock can jump. Not thread-safe.
 */
final class StabilityTimer {
    private final Duration settle;
    private final LongSupplier nanos;
    private final Map<Path, Sighting> sightings = new HashMap<>();

    /** @param snapshot a value that changes when the content changes */
    private record Sighting(Object snapshot, long sinceNanos) {}

    StabilityTimer(Duration settle, LongSupplier nanos) {
        this.settle = settle;
        this.nanos = nanos;
    }

    /** Records this snapshot. Returns whether every snapshot within the settling time was equal to it. */
    boolean isStill(Path path, Object snapshot) {
        long now = nanos.getAsLong();
        Sighting before = sightings.get(path);
        if (before == null || !before.snapshot().equals(snapshot)) {
            sightings.put(path, new Sighting(snapshot, now));
            return settle.isZero();
        }
        return now - before.sinceNanos() >= settle.toNanos();
    }

    /** Forgets every path that is not among these. */
    void keepOnly(Set<Path> present) {
        sightings.keySet().retainAll(present);
    }

    Duration settle() {
        return settle;
    }
}
