package io.swath.broker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.broker.Connection;
import org.apache.activemq.broker.TransportConnection;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.Response;
import org.apache.activemq.transport.Transport;
import org.apache.activemq.transport.TransportServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener for stations. A connection that does not give the password in time is closed. When too many connections
 * have not given it yet, the oldest of them is closed for the new one: no number of silent connections keeps a station
 * out. Thread-safe.
 */
final class StationConnector extends TransportConnector {
    private static final Logger log = LoggerFactory.getLogger(StationConnector.class);
    /** How many connections may be without a password at one time, from one address and in all. */
    static final int PENDING_PER_ADDRESS = 40;

    static final int PENDING = 100;

    private static final long REPORT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Duration loginTime;
    private final AtomicInteger ended = new AtomicInteger();
    private volatile long reportedAt = System.nanoTime() - REPORT_NANOS;
    /** The connections that have not given the password, the oldest first. */
    private final Set<StationConnection> pending = new LinkedHashSet<>();

    StationConnector(TransportServer server, Duration loginTime) {
        super(server);
        this.loginTime = loginTime;
    }

    @Override
    protected Connection createConnection(Transport transport) throws IOException {
        StationConnection connection = connection(transport);
        List<StationConnection> displaced = new ArrayList<>();
        synchronized (pending) {
            displace(
                    pending.stream()
                            .filter(other -> other.address.equals(connection.address))
                            .toList(),
                    PENDING_PER_ADDRESS,
                    displaced);
            displace(List.copyOf(pending), PENDING, displaced);
            pending.add(connection);
        }
        displaced.forEach(StationConnection::end);
        return connection;
    }

    private StationConnection connection(Transport transport) throws IOException {
        try {
            return new StationConnection(this, transport);
        } catch (Exception e) { // ActiveMQ declares Exception
            throw new IOException("the broker is not ready", e);
        }
    }

    /** Moves the oldest connections to {@code displaced} until there is a place for one more. */
    private void displace(List<StationConnection> from, int limit, List<StationConnection> displaced) {
        from.stream()
                .limit(Math.max(0, from.size() - limit + 1))
                .filter(pending::remove)
                .forEach(displaced::add);
    }

    /** Closes the connections that have not given the password in time. To be called regularly. */
    void closeLate() {
        long now = System.nanoTime();
        List<StationConnection> late;
        synchronized (pending) {
            late = pending.stream()
                    .filter(connection -> now - connection.openedAt > loginTime.toNanos())
                    .toList();
            late.forEach(pending::remove);
        }
        late.forEach(StationConnection::end);
        if (ended.get() > 0 && now - reportedAt >= REPORT_NANOS) {
            reportedAt = now;
            log.warn(
                    "{} connections to broker.listen were closed, because they gave no password. Stations can connect.",
                    ended.getAndSet(0));
        }
    }

    private void forget(StationConnection connection) {
        synchronized (pending) {
            pending.remove(connection);
        }
    }

    @Override
    public void onStopped(TransportConnection connection) {
        super.onStopped(connection);
        forget((StationConnection) connection);
    }

    /** The host of a transport's address, such as {@code 192.0.2.7} of {@code tcp://192.0.2.7:40022}. */
    static String host(String remoteAddress) {
        return String.valueOf(remoteAddress).replaceFirst("^[a-z+]+://", "").replaceFirst(":\\d+$", "");
    }

    /** A connection that knows whether its station has given the password. */
    private static final class StationConnection extends TransportConnection {
        private final StationConnector stations;
        private final String address;
        private final long openedAt = System.nanoTime();
        private volatile boolean started;

        StationConnection(StationConnector stations, Transport transport) throws Exception {
            super(
                    stations,
                    transport,
                    stations.getBrokerService().getBroker(),
                    stations.isDisableAsyncDispatch() ? null : stations.getTaskRunnerFactory(),
                    stations.getBrokerService().getTaskRunnerFactory());
            this.stations = stations;
            this.address = host(transport.getRemoteAddress());
        }

        @Override
        public void start() throws Exception {
            super.start(); // returns when the TLS handshake is done
            started = true;
        }

        @Override
        public Response processAddConnection(ConnectionInfo info) throws Exception {
            Response response = super.processAddConnection(info);
            stations.forget(this);
            return response;
        }

        /** Closes the connection without waiting for anything that its peer does. */
        void end() {
            stations.ended.incrementAndGet();
            log.debug("a connection from {} is closed, because it has given no password", address);
            if (started) {
                stopAsync();
                return;
            }
            stations.getBrokerService().getTaskRunnerFactory().execute(() -> {
                try {
                    getTransport().stop(); // ends the TLS handshake, and so the start of the connection
                } catch (Exception e) { // ActiveMQ declares Exception
                    log.debug("the connection from {} cannot be closed", address, e);
                }
            });
        }
    }
}
