package io.swath.app;

import io.swath.ledger.DamageCheck;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the whole ledger while Swath works, so that a start does not take longer with a longer history. Stateless. */
final class BackgroundCheck {
    private static final Logger log = LoggerFactory.getLogger(BackgroundCheck.class);

    private BackgroundCheck() {}

    /** Returns at once. The answer never ends well: it fails when the ledger is damaged or cannot be read. */
    static CompletableFuture<Void> start(DamageCheck check) {
        CompletableFuture<Void> damage = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        check.readAll();
                        log.debug("the whole ledger was read, and is intact");
                    } catch (RuntimeException e) {
                        damage.completeExceptionally(e);
                    }
                },
                "ledger-check");
        thread.setDaemon(true);
        thread.start();
        return damage;
    }
}
