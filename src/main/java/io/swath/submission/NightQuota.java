package io.swath.submission;

import java.util.function.BooleanSupplier;

/**
 * What the night's work may have of the queue.
 *
 * @param open tells whether the night lasts: only then is anything of it submitted
 * @param part of the tasks that may be queued at once, above 0 and at most 1: the rest is the day's alone
 */
public record NightQuota(BooleanSupplier open, double part) {
    /** All, at any time. */
    public static final NightQuota ALWAYS = new NightQuota(() -> true, 1);

    boolean lasts() {
        return open.getAsBoolean();
    }

    /** Its tasks of so many; at least one, lest nothing be done at all. */
    int share(int tasks) {
        return Math.max(1, (int) (tasks * part));
    }
}
