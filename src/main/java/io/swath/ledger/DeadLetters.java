package io.swath.ledger;

import io.swath.model.Rejection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Messages that were rejected. The outbox sends a rejected message as a dead letter. The JMS transaction that receives
 * the message does not send it: a broker that is restarted at that moment may commit the receipt and lose the dead
 * letter.
 */
public final class DeadLetters {
    /**
     * A rejected message.
     *
     * @param messageId the message's own id
     * @param correlationId as the sender gave it; empty without one
     * @param body the message's text; empty when it had none
     */
    public record Entry(String messageId, String correlationId, String body, Rejection rejection) {}

    private final Session session;

    DeadLetters(Session session) {
        this.session = session;
    }

    /** Records a rejected message, and puts its dead letter into the outbox. The same message twice counts once. */
    public void add(Entry dead) {
        int added = session.handle.execute(
                "insert into dead_letter (message_id, correlation_id, body, rule, field, what, remedy)"
                        + " values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                dead.messageId(),
                dead.correlationId(),
                dead.body(),
                dead.rejection().rule(),
                dead.rejection().field(),
                dead.rejection().what(),
                dead.rejection().remedy());
        if (added == 1) {
            session.outbox().dead(dead.messageId());
        }
    }

    /**
     * Removes dead letters that were sent, each with its announcement and the rejected scene that shows it in the ledger.
     * A scene that is used in another way, such as by a control request, stays.
     *
     * @param before a dead letter that was sent before this time is removed
     * @param most so many of the newest dead letters stay at most
     * @param limit how many are removed at most
     * @return how many were removed
     */
    public int removeSent(Instant before, int most, int limit) {
        List<String> messages = session.handle
                .createQuery("select subject from outbox where type = '" + Outbox.DEAD + "' and sent_at is not null"
                        + " and sent_at <= :before order by sent_at, id limit :limit")
                .bind("before", Math.max(before.toEpochMilli(), surplusSentAt(most)))
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
        messages.forEach(this::remove);
        return messages.size();
    }

    /** When the newest dead letter of those that are too many was sent; 0 when they are not too many. */
    private long surplusSentAt(int most) {
        return session.handle
                .createQuery("select sent_at from outbox where type = '" + Outbox.DEAD + "' and sent_at is not null"
                        + " order by sent_at desc limit 1 offset :most")
                .bind("most", most)
                .mapTo(Long.class)
                .findFirst()
                .orElse(0L);
    }

    private void remove(String messageId) {
        Optional<String> scene = session.handle
                .createQuery("select scene_id from announcement where message_id = :id and state = 'REJECTED'"
                        + " and scene_id is not null")
                .bind("id", messageId)
                .mapTo(String.class)
                .findFirst();
        session.handle.execute("delete from outbox where id = ?", Outbox.deadId(messageId));
        session.handle.execute("delete from dead_letter where message_id = ?", messageId);
        session.handle.execute("delete from announcement where message_id = ? and state = 'REJECTED'", messageId);
        scene.ifPresent(this::removeScene);
    }

    private void removeScene(String id) {
        int unused = session.handle
                .createQuery("select count(*) from scene where id = :id and state = 'REJECTED'"
                        + " and not exists (select 1 from announcement where scene_id = :id)"
                        + " and not exists (select 1 from outbox where subject = :id and sent_at is null)"
                        + " and not exists (select 1 from control where scene_id = :id)"
                        + " and not exists (select 1 from tile where scene_id = :id)"
                        + " and not exists (select 1 from batch where scene_id = :id)"
                        + " and not exists (select 1 from product where scene_id = :id)"
                        + " and not exists (select 1 from night_choice where scene_id = :id)")
                .bind("id", id)
                .mapTo(Integer.class)
                .one();
        if (unused == 1) {
            session.handle.execute("delete from outbox where subject = ? and type <> '" + Outbox.ACCOUNTING + "'", id);
            session.handle.execute("delete from scene_history where scene_id = ?", id);
            session.handle.execute("delete from scene where id = ?", id);
        }
    }

    public Optional<Entry> find(String messageId) {
        return session.handle
                .createQuery("select * from dead_letter where message_id = :id")
                .bind("id", messageId)
                .map((row, context) -> new Entry(
                        row.getString("message_id"),
                        row.getString("correlation_id"),
                        row.getString("body"),
                        new Rejection(
                                row.getString("rule"),
                                row.getString("field"),
                                row.getString("what"),
                                row.getString("remedy"))))
                .findFirst();
    }
}
