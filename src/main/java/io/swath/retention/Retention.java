package io.swath.retention;

import io.swath.accounting.RunsCsv;
import io.swath.health.Incidents;
import io.swath.ledger.Kept;
import io.swath.ledger.Ledger;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The stage that keeps the ledger and the storage from growing: it adds runs that have ended to the totals, packs and removes
 * work folders, archives old runs, and removes old messages. It works in short steps, so that other stages can write between
 * them. To be called from one thread.
 */
public final class Retention {
    private static final String INCIDENT = "retention of runs";
    /** How many runs one transaction adds to the totals: some 20 ms. */
    private static final int COUNTED_AT_ONCE = 5_000;
    /** How many messages one transaction removes: some 10 ms. */
    private static final int MESSAGES_AT_ONCE = 2_000;
    /** For so long each kind of work goes on in one call, so that none waits long for another. */
    private static final Duration ROUND = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Storage storage;
    private final RetentionSettings keep;
    private final RunArchive archive;
    private final WorkTidy work;
    private final Incidents incidents;
    private final Clock steady;

    /**
     * @param cluster the adapter's name, for the accounting records
     * @param steady a clock that never jumps
     */
    public Retention(
            Ledger ledger, Storage storage, RetentionSettings keep, String cluster, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.storage = storage;
        this.keep = keep;
        this.archive = new RunArchive(ledger, storage, new RunsCsv(ledger, cluster), keep.runs());
        this.work = new WorkTidy(ledger, storage, keep, incidents, steady, Removal::remove);
        this.incidents = incidents;
        this.steady = steady;
    }

    /** What is due now, for people. */
    public static Kept.Due due(Ledger ledger, RetentionSettings keep) {
        return ledger.read(session -> {
            Instant now = session.now();
            return session.kept()
                    .due(
                            now.minus(keep.work()),
                            now.minus(keep.logs()),
                            now.minus(keep.runs()),
                            now.minus(keep.messages()));
        });
    }

    /** Does some of what is due. The rest is done by the next calls. */
    public void tidy() {
        repeat(() -> ledger.write(session -> session.usage().count(COUNTED_AT_ONCE)) > 0);
        repeat(this::removeMessages);
        if (!storage.missing().isEmpty()) {
            return;
        }
        repeat(work::tidy);
        try {
            repeat(archive::step);
            incidents.resolve(INCIDENT);
        } catch (IOException e) {
            incidents.report(
                    INCIDENT,
                    "old runs cannot be archived (" + e.getMessage() + "). They stay in the ledger. Check that Swath's"
                            + " user may write to the folder archive of the storage, and that it has free space");
        }
    }

    private boolean removeMessages() {
        return ledger.write(session ->
                session.outbox().removeSent(session.now().minus(keep.messages()), MESSAGES_AT_ONCE) > 0);
    }

    private interface Step<X extends Exception> {
        /** Returns whether there may be more to do. */
        boolean run() throws X;
    }

    private <X extends Exception> void repeat(Step<X> step) throws X {
        Instant end = steady.instant().plus(ROUND);
        boolean more = step.run();
        while (more && steady.instant().isBefore(end)) {
            more = step.run();
        }
    }
}
