package io.swath.ledger;

import java.time.Instant;

/** What is kept only for some time, and how much of it is due to be removed. Used within the session that returned it. */
public final class Kept {
    /**
     * How much retention will archive or remove.
     *
     * @param work work folders that are reduced to their logs
     * @param logs scenes whose packed logs are removed
     * @param runs runs that are moved to the archive
     * @param messages messages that are removed
     */
    public record Due(long work, long logs, long runs, long messages) {}

    private final Session session;

    Kept(Session session) {
        this.session = session;
    }

    /** What is due if work folders, logs, runs and messages of before these times are not kept. */
    public Due due(Instant work, Instant logs, Instant runs, Instant messages) {
        return new Due(
                count("select count(*) from scene where " + WorkFolders.WHOLE_AND_DUE, work),
                count("select count(*) from scene where " + WorkFolders.LOGS_AND_DUE, logs),
                count("select coalesce(sum(size), 0) from batch where " + Archives.MAY_GO, runs),
                count("select count(*) from outbox where " + Outbox.SENT_AND_DUE, messages));
    }

    private long count(String query, Instant before) {
        return session.handle
                .createQuery(query)
                .bind("before", before.toEpochMilli())
                .mapTo(Long.class)
                .one();
    }
}
