package io.swath.broker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A token bucket: lets messages pass at a rate, after a first burst, and makes their senders wait. Senders that wait pass
 * in the order in which they came, so that a sender of many messages does not delay a sender of one. Thread-safe.
 */
final class RateLimit {
    private static final int BURST_SECONDS = 10;
    private static final long LONGEST_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final double perNano;
    private final double capacity;
    private final ReentrantLock turn = new ReentrantLock(true);
    private double tokens;
    private long refilledAt = System.nanoTime();

    /** A full bucket holds the tokens of 10 s. */
    RateLimit(int perSecond) {
        perNano = perSecond / 1e9;
        capacity = (double) perSecond * BURST_SECONDS;
        tokens = capacity;
    }

    /**
     * Waits until {@code cost} tokens are there and takes them; a cost above the capacity takes a full bucket.
     *
     * @param stopping ends the wait early when it becomes true
     */
    void acquire(double cost, BooleanSupplier stopping) throws InterruptedException {
        double taken = Math.min(cost, capacity);
        turn.lockInterruptibly();
        try {
            refill();
            while (tokens < taken && !stopping.getAsBoolean()) {
                long missing = (long) Math.ceil((taken - tokens) / perNano);
                TimeUnit.NANOSECONDS.sleep(Math.min(missing, LONGEST_SLEEP_NANOS));
                refill();
            }
            tokens -= taken;
        } finally {
            turn.unlock();
        }
    }

    private void refill() {
        long now = System.nanoTime();
        tokens = Math.min(capacity, tokens + (now - refilledAt) * perNano);
        refilledAt = now;
    }
}
