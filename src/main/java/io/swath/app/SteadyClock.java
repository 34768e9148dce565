package io.swath.app;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time at the start of this program, and from then on what has really passed: it only runs forward, however the
 * clock on the wall is set meanwhile. For pauses and deadlines; the record has the time on the wall. Thread-safe.
 */
final class SteadyClock extends Clock {
    private final Instant start = Instant.now();
    private final long nanos = System.nanoTime();

    @Override
    public Instant instant() {
        return start.plusNanos(System.nanoTime() - nanos);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
