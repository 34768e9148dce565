package io.swath.arrival;

import io.swath.health.GrowingPause;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Archives that could not be unpacked. Each attempt may write as much as the disk has, so the pauses grow. Not
 * thread-safe.
 */
final class UnpackFailures {
    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofSeconds(5), Duration.ofMinutes(5));

    private record Failure(EntrySnapshot archive, int count, Instant at, UnpackException cause) {}

    private final Clock clock;
    private final Map<Path, Failure> failures = new HashMap<>();

    UnpackFailures(Clock clock) {
        this.clock = clock;
    }

    void add(Path path, EntrySnapshot archive, UnpackException cause) {
        Failure before = failures.get(path);
        int count = before != null && before.archive().equals(archive) ? before.count() + 1 : 1;
        failures.put(path, new Failure(archive, count, clock.instant(), cause));
    }

    /**
     * @throws UnpackException with that of the last attempt as its cause, while the pause after it lasts and the archive is
     *     the same
     */
    void requireDue(Path path, EntrySnapshot archive) throws UnpackException {
        Failure last = failures.get(path);
        if (last != null && last.archive().equals(archive)) {
            Duration passed = Duration.between(last.at(), clock.instant());
            // The wall clock may also jump back.
            if (!passed.isNegative() && passed.compareTo(PAUSE.after(last.count())) < 0) {
                throw new UnpackException(last.cause());
            }
        }
    }

    void remove(Path path) {
        failures.remove(path);
    }

    Set<Path> paths() {
        return Set.copyOf(failures.keySet());
    }
}
