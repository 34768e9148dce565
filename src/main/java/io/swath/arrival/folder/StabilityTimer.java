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
    /** The longest time between two looks that counts as looking. */
    private static final Duration LONGEST_CYCLE = Duration.ofSeconds(30);

    private final Duration settle;
    private final LongSupplier nanos;
    private final Map<Path, Sighting> sightings = new HashMap<>();

    /**
     * A path that stands still.
     *
     * @param snapshot a value that changes when the content changes
     * @param lastNanos the last look
     * @param stillNanos the time in which looks found no change, without the time in which nobody looked
     */
    private record Sighting(Object snapshot, long sinceNanos, long lastNanos, long stillNanos) {}

    StabilityTimer(Duration settle, LongSupplier nanos) {
        this.settle = settle;
        this.nanos = nanos;
    }

    /** Records this snapshot. Returns whether every snapshot within the settling time was equal to it. */
    boolean isStill(Path path, Object snapshot) {
        long now = nanos.getAsLong();
        Sighting before = sightings.get(path);
        if (before == null || !before.snapshot().equals(snapshot)) {
            sightings.put(path, new Sighting(snapshot, now, now, 0));
            return settle.isZero();
        }
        long passed = Math.min(now - before.lastNanos(), LONGEST_CYCLE.toNanos());
        sightings.put(path, new Sighting(snapshot, before.sinceNanos(), now, before.stillNanos() + passed));
        return now - before.sinceNanos() >= settle.toNanos();
    }

    /**
     * For how long a path that was recorded has stood still. Time in which Swath did not look, because the storage did not
     * answer, does not count.
     */
    Duration stillFor(Path path) {
        Sighting sighting = sightings.get(path);
        return sighting == null ? Duration.ZERO : Duration.ofNanos(sighting.stillNanos());
    }

    /** Forgets every path that is not among these. */
    void keepOnly(Set<Path> present) {
        sightings.keySet().retainAll(present);
    }

    Duration settle() {
        return settle;
    }
}
