package io.swath.ledger;

import io.swath.model.Run;
import io.swath.model.SceneState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Messages that are to be sent. Each is written in the transaction that changes the state which the message reports. */
public final class Outbox {
    /** The type of an accounting record. */
    public static final String ACCOUNTING = "io.swath.accounting.run";
    /** The first part of the type of every scene event. */
    public static final String SCENE = "io.swath.scene.";
    /** The type of the event of a night that has ended. */
    public static final String NIGHT = "io.swath.night.ended";
    /** The type of a dead letter: a message to Swath that was rejected. */
    public static final String DEAD = "io.swath.dead";

    static final String SENT_AND_DUE = "sent_at is not null and sent_at < :before and type <> '" + DEAD + "'";

    /**
     * A message that is to be sent.
     *
     * @param id the same each time the message is sent
     * @param subject the id of the scene, of the run, of the night, or of the rejected message
     * @param data of a scene event, the reason of the state; of a night, the event's data in JSON; else empty
     */
    public record Entry(String id, String type, String subject, String data, Instant createdAt) {}

    private final Session session;

    Outbox(Session session) {
        this.session = session;
    }

    void scene(String id, SceneState state, String reason) {
        String word = state.name().toLowerCase(Locale.ROOT);
        long now = session.now().toEpochMilli();
        int change = session.handle
                .createQuery("select count(*) from scene_history where scene_id = :scene")
                .bind("scene", id)
                .mapTo(Integer.class)
                .one();
        session.handle.execute(
                "insert into outbox (id, type, subject, data, created_at) values (?, ?, ?, ?, ?)",
                id + "/" + word + "/" + change, // a count and not the time: a clock may show the same time twice
                SCENE + word,
                id,
                reason,
                now);
    }

    /**
     * Adds the event of a night, once for each.
     *
     * @param night its schedule and when it was due, as in {@code nightly/2026-11-26T01:00:00Z}
     * @param data the event's data in JSON
     */
    public void night(String night, String data) {
        session.handle.execute(
                "insert into outbox (id, type, subject, data, created_at) values (?, ?, ?, ?, ?)",
                "night/" + night,
                NIGHT,
                night,
                data,
                session.now().toEpochMilli());
    }

    void dead(String messageId) {
        session.handle.execute(
                "insert into outbox (id, type, subject, data, created_at) values (?, ?, ?, '', ?)",
                deadId(messageId),
                DEAD,
                messageId,
                session.now().toEpochMilli());
    }

    static String deadId(String messageId) {
        return "dead/" + messageId;
    }

    void runs(Collection<Run> runs) {
        if (runs.isEmpty()) {
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch(
                "insert into outbox (id, type, subject, data, created_at) values (?, ?, ?, '', ?)");
        long now = session.now().toEpochMilli();
        runs.forEach(run -> batch.add(run.id(), ACCOUNTING, run.id(), now));
        batch.execute();
    }

    /** The oldest messages that have not been sent. */
    public List<Entry> unsent(int limit) {
        return unsentWhere("", limit);
    }

    /**
     * The messages to send next, the oldest first. Dead letters come only when there is nothing else: a broker that takes no
     * more of them must not keep back events and accounting records.
     */
    public List<Entry> due(int limit) {
        List<Entry> entries = unsentWhere(" and type <> '" + DEAD + "'", limit);
        return entries.isEmpty() ? unsent(limit) : entries;
    }

    private List<Entry> unsentWhere(String condition, int limit) {
        return session.handle
                .createQuery("select * from outbox where sent_at is null" + condition
                        + " order by created_at, id limit :limit")
                .bind("limit", limit)
                .reduceRows(new ArrayList<>(), (entries, row) -> {
                    entries.add(new Entry(
                            row.getColumn("id", String.class),
                            row.getColumn("type", String.class),
                            row.getColumn("subject", String.class),
                            row.getColumn("data", String.class),
                            Session.instant(row, "created_at")));
                    return entries;
                });
    }

    /** Marks messages as sent. */
    public void sent(Collection<String> ids) {
        if (ids.isEmpty()) {
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch("update outbox set sent_at = ? where id = ?");
        ids.forEach(id -> batch.add(session.now().toEpochMilli(), id));
        batch.execute();
    }

    /**
     * Removes some messages that were sent before a time; dead letters stay ({@link DeadLetters#removeSent}).
     *
     * @return how many were removed
     */
    public int removeSent(Instant before, int limit) {
        return session.handle
                .createUpdate("delete from outbox where id in (select id from outbox where " + SENT_AND_DUE
                        + " order by sent_at limit :limit)"
                        + " and sent_at is not null")
                .bind("before", before.toEpochMilli())
                .bind("limit", limit)
                .execute();
    }

    /** How many messages there are, sent or not. */
    public int count() {
        return session.handle
                .createQuery("select count(*) from outbox")
                .mapTo(Integer.class)
                .one();
    }

    public int unsentCount() {
        return session.handle
                .createQuery("select count(*) from outbox where sent_at is null")
                .mapTo(Integer.class)
                .one();
    }
}
