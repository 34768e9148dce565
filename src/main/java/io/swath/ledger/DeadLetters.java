package io.swath.ledger;

import io.swath.model.Rejection;
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
