package io.swath.cluster.slurm;

import java.time.Duration;
import java.time.Instant;

/** Tokens for commands: they come back at a steady rate, up to a number. There may be a debt. Not thread-safe. */
final class TokenBucket {
    private double capacity;
    private double perMinute;
    private double tokens;
    private Instant filledAt;

    /** A bucket that is full. */
    TokenBucket(double capacity, double perMinute, Instant now) {
        this.capacity = capacity;
        this.perMinute = perMinute;
        this.tokens = capacity;
        this.filledAt = now;
    }

    /** Changes what it holds, and how fast it fills. */
    void resize(double newCapacity, double newPerMinute) {
        capacity = newCapacity;
        perMinute = newPerMinute;
        tokens = Math.min(tokens, capacity);
    }

    /** Leaves at most so many tokens. */
    void drainTo(double most) {
        tokens = Math.min(tokens, most);
    }

    /** Adds what has come since the last call, and returns how many minutes that were. */
    double fill(Instant now) {
        double minutes = Math.max(0, Duration.between(filledAt, now).toNanos()) / 60e9;
        filledAt = now;
        tokens = Math.min(capacity, tokens + minutes * perMinute);
        return minutes;
    }

    /** How long these commands have to wait; zero: they may be taken. */
    Duration timeUntil(int commands, Precedence precedence) {
        double missing = precedence.tokensNeeded(commands, capacity) - tokens;
        return missing <= 0 ? Duration.ZERO : Duration.ofMillis(1 + (long) (60_000 * missing / perMinute));
    }

    void take(int commands) {
        tokens -= commands;
    }
}
