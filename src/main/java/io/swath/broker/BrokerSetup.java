package io.swath.broker;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SslContext;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.plist.PListStoreImpl;
import org.apache.activemq.transport.TransportFactorySupport;
import org.apache.activemq.transport.tcp.TcpTransportServer;
import org.apache.activemq.usage.StoreUsage;

/**
 * Makes the ActiveMQ broker of {@link EmbeddedBroker}, each time that it is opened.
 *
 * @param space of the folder that holds {@code folder()}
 * @param storeLimit bytes that the messages may take; empty: half of the free space
 */
record BrokerSetup(StateSpace space, Optional<BrokerListener> listener, String ownPassword, Optional<Long> storeLimit) {
    private static final int MOST_CONNECTIONS = 400;
    private static final int LARGEST_FRAME = 4 << 20;
    private static final long MEMORY = 64L << 20;
    private static final long MEMORY_PER_QUEUE = 12L << 20;
    /** How long a sender waits for space in the store before its message is refused. */
    private static final long SPACE_TIMEOUT_MILLIS = 5_000;
    /** Shares of the store, in percent, up to which a queue takes messages. What comes in may use all of it. */
    private static final int DEAD_LETTERS = 60;

    private static final int OUTGOING = 80;
    /** Some files of the journal: with less, the broker could not even delete old messages. */
    private static final long LEAST_STORE = 64L << 20;

    /** @param failed is told why the store failed, when it does */
    BrokerService broker(Optional<URI> address, Consumer<IOException> failed) throws Exception {
        BrokerService broker = new BrokerService();
        KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(space.folder().toFile());
        store.setJournalMaxFileLength(8 << 20);
        broker.setBrokerName("swath");
        broker.setPersistenceAdapter(store);
        broker.setDataDirectoryFile(space.folder().toFile());
        broker.setUseJmx(false);
        broker.setUseShutdownHook(false);
        broker.setSchedulerSupport(false);
        broker.setAdvisorySupport(false);
        broker.setPopulateJMSXUserID(true); // who sent a message is what the broker knows, not what the message says
        broker.setUseAuthenticatedPrincipalForJMSXUserID(true);
        broker.setIoExceptionHandler(new StoreFailure(failed));
        limit(broker);
        broker.setDestinations(BrokerRights.destinations());
        BrokerPlugin incoming = next -> new IncomingMessages(
                next, listener.map(BrokerListener::limits).orElse(ListenerLimits.DEFAULTS), space::problem);
        broker.setPlugins(new BrokerPlugin[] {incoming});
        if (listener.isPresent()) {
            listen(broker, listener.get(), address.orElse(listener.get().uri()), incoming);
        }
        return broker;
    }

    private void limit(BrokerService broker) {
        PListStoreImpl temporary = new PListStoreImpl(); // every message is persistent, so nothing is stored there
        temporary.setDirectory(broker.getTmpDataDirectory());
        temporary.setJournalMaxFileLength(1 << 20);
        broker.setTempDataStore(temporary);
        // The limits are fractions of the free space, because the broker warns of limits above the free space.
        limitStore(broker);
        broker.getSystemUsage().getTempUsage().setLimit(space.free() / 10);
        broker.getSystemUsage().getMemoryUsage().setLimit(MEMORY);
        // Otherwise a sender would wait without end, and nobody would hear of it.
        broker.getSystemUsage().setSendFailIfNoSpaceAfterTimeout(SPACE_TIMEOUT_MILLIS);
        PolicyMap policies = new PolicyMap();
        policies.setPolicyEntries(Stream.concat(
                        Stream.of(policy(">", 100)),
                        BrokerRights.OUTGOING.stream()
                                .map(queue -> policy(queue, queue.equals("swath.dead") ? DEAD_LETTERS : OUTGOING)))
                .toList());
        broker.setDestinationPolicy(policies);
    }

    /** Sets the limit of the store to half of the space that is free or its own. To be called regularly. */
    void limitStore(BrokerService broker) {
        StoreUsage store = broker.getSystemUsage().getStoreUsage();
        store.setLimit(storeLimit.orElseGet(() -> Math.max(LEAST_STORE, (space.free() + store.getUsage()) / 2)));
    }

    private static PolicyEntry policy(String queue, int storeShare) {
        PolicyEntry policy = new PolicyEntry();
        policy.setQueue(queue);
        policy.setMemoryLimit(MEMORY_PER_QUEUE);
        policy.setStoreUsageHighWaterMark(storeShare);
        return policy;
    }

    /** Adds the listener and its rights. TLS is limited to the versions that are safe today. */
    private void listen(BrokerService broker, BrokerListener stations, URI address, BrokerPlugin incoming)
            throws Exception {
        broker.setPlugins(Stream.concat(
                        List.of(BrokerRights.plugins(stations, BrokerListener.SWATH_USER, ownPassword)).stream(),
                        Stream.of(incoming))
                .toArray(BrokerPlugin[]::new));
        String limits = "?maximumConnections=" + MOST_CONNECTIONS + "&wireFormat.maxFrameSize=" + LARGEST_FRAME;
        String scheme = address.getScheme();
        if (stations.keyStore().isPresent()) {
            KeyManager[] keys = Tls.keys(stations.keyStore().get(), stations.keyStorePassword());
            broker.setSslContext(new SslContext(keys, null, null));
            // Only this transport limits the time of the TLS handshake.
            scheme = "nio+ssl";
            limits += "&transport.enabledProtocols=TLSv1.3,TLSv1.2";
        }
        URI bound = URI.create(scheme + "://" + address.getAuthority() + limits);
        TcpTransportServer server = (TcpTransportServer) TransportFactorySupport.bind(broker, bound);
        Duration loginTime = stations.limits().loginTime();
        server.setSoTimeout(Math.toIntExact(loginTime.toMillis()));
        broker.addConnector(new StationConnector(server, loginTime));
    }
}
