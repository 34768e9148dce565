package io.swath.arrival.station;

import io.swath.ledger.Ledger;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old rejected messages from the ledger, so that wrong messages do not fill it. A message is removed only after its
 * dead letter and its event were sent. Thread-safe.
 */
public final class RejectedTidy {
    private static final Logger log = LoggerFactory.getLogger(RejectedTidy.class);
    /** Messages in one transaction. */
    private static final int CHUNK = 200;

    private final Ledger ledger;
    private final Duration keep;
    private final int most;

    /**
     * @param keep how long a rejected message stays in the ledger
     * @param most how many rejected messages stay in the ledger
     */
    public RejectedTidy(Ledger ledger, Duration keep, int most) {
        this.ledger = ledger;
        this.keep = keep;
        this.most = most;
    }

    /** Removes every message that is old enough, or one of too many. */
    public void tidy() {
        int removed = 0;
        int last;
        do {
            last = ledger.write(
                    session -> session.deadLetters().removeSent(session.now().minus(keep), most, CHUNK));
            removed += last;
        } while (last == CHUNK);
        if (removed > 0) {
            log.info("{} rejected messages were removed from the ledger.", removed);
        }
    }
}
