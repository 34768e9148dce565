package io.swath.broker;

import jakarta.jms.ResourceAllocationException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.broker.ProducerBrokerExchange;
import org.apache.activemq.broker.region.MessageReference;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.TransactionId;

/**
 * What the embedded broker does with each message that is sent to it, and with each connection that has given the
 * password. It takes no message while the state folder is almost full. It slows down a user who sends too fast. A message
 * does not expire, because no station's clock is trusted, and it is always written to disk. Thread-safe.
 */
final class IncomingMessages extends BrokerFilter {
    /** A message costs one token, and one more for each of this many bytes. */
    private static final int BYTES_PER_TOKEN = 16 << 10;

    private final ListenerLimits limits;
    private final Supplier<Optional<String>> fullState;
    private final Map<String, RateLimit> rates = new ConcurrentHashMap<>();
    private final Map<ConnectionId, Peer> peers = new ConcurrentHashMap<>();

    private final OpenTransactions transactions = new OpenTransactions();

    private record Peer(String user, String address) {}

    /** @param fullState why no message can be taken now; empty when there is enough space */
    IncomingMessages(Broker next, ListenerLimits limits, Supplier<Optional<String>> fullState) {
        super(next);
        this.limits = limits;
        this.fullState = fullState;
    }

    private static boolean isStation(ConnectionContext context) {
        return context.getUserName() != null && !context.getUserName().equals(BrokerListener.SWATH_USER);
    }

    @Override
    public void send(ProducerBrokerExchange exchange, Message message) throws Exception {
        Optional<String> full = fullState.get();
        if (full.isPresent()) {
            throw new ResourceAllocationException(full.get() + " The message was not accepted. Send it again later");
        }
        ConnectionContext context = exchange.getConnectionContext();
        if (isStation(context)) {
            double cost = 1 + message.getSize() / (double) BYTES_PER_TOKEN;
            rates.computeIfAbsent(context.getUserName(), user -> new RateLimit(limits.messagesPerSecond()))
                    .acquire(cost, () -> context.getStopping().get());
        }
        if (isStation(context) && message.isInTransaction()) {
            OpenTransactions.requireLocal(message.getTransactionId());
            transactions.add(
                    context.getUserName(), context.getConnectionId(), message.getTransactionId(), message.getSize());
        }
        message.setExpiration(0);
        message.setPersistent(true);
        super.send(exchange, message);
    }

    @Override
    public void beginTransaction(ConnectionContext context, TransactionId transaction) throws Exception {
        if (isStation(context)) {
            OpenTransactions.requireLocal(transaction);
        }
        super.beginTransaction(context, transaction);
    }

    @Override
    public void commitTransaction(ConnectionContext context, TransactionId transaction, boolean onePhase)
            throws Exception {
        super.commitTransaction(context, transaction, onePhase);
        transactions.end(transaction);
    }

    @Override
    public void rollbackTransaction(ConnectionContext context, TransactionId transaction) throws Exception {
        super.rollbackTransaction(context, transaction);
        transactions.end(transaction);
    }

    /** A message that an older Swath has stored with an expiry is delivered too. */
    @Override
    public boolean isExpired(MessageReference message) {
        return false;
    }

    @Override
    public void addConnection(ConnectionContext context, ConnectionInfo info) throws Exception {
        super.addConnection(context, info); // checks the password
        if (!isStation(context)) {
            return;
        }
        Peer peer = new Peer(
                context.getUserName(),
                StationConnector.host(context.getConnection().getRemoteAddress()));
        peers.put(info.getConnectionId(), peer);
        Optional<String> tooMany = tooMany(peer);
        if (tooMany.isPresent()) {
            SecurityException refused = new SecurityException(tooMany.get());
            removeConnection(context, info, refused);
            throw refused;
        }
    }

    private Optional<String> tooMany(Peer peer) {
        long ofUser = peers.values().stream()
                .filter(other -> other.user().equals(peer.user()))
                .count();
        if (ofUser > limits.connectionsPerUser()) {
            return Optional.of("user " + peer.user() + " has " + limits.connectionsPerUser()
                    + " connections, and broker.listen.connections-per-user allows no more: close some of them");
        }
        long ofAddress = peers.values().stream()
                .filter(other -> other.address().equals(peer.address()))
                .count();
        return ofAddress > limits.connectionsPerAddress()
                ? Optional.of("address " + peer.address() + " has " + limits.connectionsPerAddress()
                        + " connections, and broker.listen.connections-per-address allows no more: close some of them")
                : Optional.empty();
    }

    @Override
    public void removeConnection(ConnectionContext context, ConnectionInfo info, Throwable error) throws Exception {
        peers.remove(info.getConnectionId());
        super.removeConnection(context, info, error);
        transactions.end(info.getConnectionId());
    }
}
