package io.swath.broker;

import jakarta.jms.ResourceAllocationException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.transaction.xa.XAException;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.LocalTransactionId;
import org.apache.activemq.command.TransactionId;

/**
 * The messages in transactions that stations have not ended. The broker keeps them in memory, which all stations share,
 * so a user may have only a few megabytes there. Thread-safe.
 */
final class OpenTransactions {
    /** For one user, in all its open transactions. */
    static final long MOST_BYTES = 4L << 20;

    private record Open(String user, ConnectionId connection, long bytes) {}

    private final Map<TransactionId, Open> transactions = new ConcurrentHashMap<>();

    /** @throws XAException for a distributed transaction: one that is prepared would stay in the broker for ever */
    static void requireLocal(TransactionId transaction) throws XAException {
        if (!(transaction instanceof LocalTransactionId)) {
            XAException refused = new XAException("Swath's broker allows no distributed (XA) transactions");
            refused.errorCode = XAException.XAER_PROTO;
            throw refused;
        }
    }

    /**
     * Counts a message.
     *
     * @throws ResourceAllocationException when it is too much; the message has to be refused then
     */
    synchronized void add(String user, ConnectionId connection, TransactionId transaction, long bytes)
            throws ResourceAllocationException {
        long open = transactions.values().stream()
                .filter(one -> one.user().equals(user))
                .mapToLong(Open::bytes)
                .sum();
        if (open > 0 && open + bytes > MOST_BYTES) {
            throw new ResourceAllocationException("user " + user + " has more than " + (MOST_BYTES >> 20)
                    + " MiB of messages in transactions that are not committed. The message was not accepted. Commit"
                    + " more often");
        }
        transactions.merge(
                transaction,
                new Open(user, connection, bytes),
                (before, more) -> new Open(user, connection, before.bytes() + more.bytes()));
    }

    void end(TransactionId transaction) {
        transactions.remove(transaction);
    }

    void end(ConnectionId connection) {
        transactions.values().removeIf(open -> open.connection().equals(connection));
    }
}
