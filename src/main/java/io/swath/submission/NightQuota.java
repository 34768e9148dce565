package io.swath.submission;

import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import java.util.function.BooleanSupplier;

/**
 * How much of the queue the nightly reprocessing may use, and when.
 *
 * @param open whether it is night now: only then is nightly reprocessing submitted
 * @param part the part of the queue limit that nightly tasks may fill, above 0 and at most 1; the rest stays free for
 *     other scenes
 */
public record NightQuota(BooleanSupplier open, double part) {
    /** The whole queue, at any time. */
    public static final NightQuota ALWAYS = new NightQuota(() -> true, 1);

    /** Whether the scene is not submitted now: it is held or suspended, or it is nightly and it is day. */
    boolean paused(Scene scene) {
        return scene.status().held() || scene.status().suspended() || (scene.nightly() && !open.getAsBoolean());
    }

    /** Reads from the ledger which tasks are open now. */
    OpenTasks openTasks(Ledger ledger) {
        return new OpenTasks(ledger.read(session -> session.unsentBatches().openRuns()), open.getAsBoolean());
    }

    /** How many of this number of tasks may be nightly tasks: at least one, so that nightly work continues. */
    int share(int tasks) {
        return Math.max(1, (int) (tasks * part));
    }
}
