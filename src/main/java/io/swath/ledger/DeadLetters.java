package io.swath.ledger;

import io.swath.model.Rejection;
import java.util.Optional;

/**
 * What was sent and cannot be used, until it is sent back. It leaves through the outbox and not in the transaction in
 * which its message is taken: a broker that is restarted in between may commit the one half and drop the other.
 */
public final class DeadLetters {
    /**
     * A message that cannot be used, and why.
     *
     * @param messageId its own
     * @param correlationId its sender's; empty where there is none
     * @param body what was sent, as far as it was text
     */
    public record Entry(String messageId, String correlationId, String body, Rejection rejection) {}

    private final Session session;

    DeadLetters(Session session) {
        this.session = session;
    }

    /** Writes one down and puts it into the outbox; the same message twice is one. */
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
