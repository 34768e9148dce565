package io.swath.broker;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SslContext;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;

/**
 * An ActiveMQ inside this program: its messages are on the disk. Nobody outside can connect to it, unless it is told to
 * listen; then a station may do what {@link BrokerRights} says.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /** How this program connects to it. */
    public static final String URL = "vm://swath?create=false";

    /** Who this program is there, when it listens. */
    public static final String OWN_USER = "swath-itself";

    private static final int MOST_CONNECTIONS = 200;
    private static final int LARGEST_FRAME = 4 << 20;

    private final BrokerService broker = new BrokerService();
    private final boolean secured;
    private final String ownPassword = new BigInteger(256, new SecureRandom()).toString(36);

    public EmbeddedBroker(Path folder, Optional<BrokerListener> listener) throws Exception {
        KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(folder.toFile());
        store.setJournalMaxFileLength(8 << 20);
        broker.setBrokerName("swath");
        broker.setPersistenceAdapter(store);
        broker.setDataDirectoryFile(folder.toFile());
        broker.setUseJmx(false);
        broker.setUseShutdownHook(false);
        broker.setSchedulerSupport(false);
        broker.setAdvisorySupport(false);
        // Parts of what is free on the disk: the broker warns of limits that it cannot have.
        Files.createDirectories(folder);
        long free = folder.toFile().getUsableSpace();
        broker.getSystemUsage().getStoreUsage().setLimit(free / 2);
        broker.getSystemUsage().getTempUsage().setLimit(free / 10);
        broker.getSystemUsage().getMemoryUsage().setLimit(64L << 20);
        broker.setDestinations(BrokerRights.destinations());
        secured = listener.isPresent();
        if (secured) {
            listen(listener.get());
        }
    }

    public void start() throws Exception {
        broker.start();
        broker.waitUntilStarted();
    }

    /** Where it listens, as {@code scheme://host:port}; empty: nowhere. */
    public Optional<String> address() throws Exception {
        if (!secured) {
            return Optional.empty();
        }
        URI uri = broker.getTransportConnectors().get(0).getConnectUri();
        return Optional.of(uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort());
    }

    /** How many messages of a queue have been handed to its consumers, who have not acknowledged them yet. */
    public long unacknowledged(String queue) throws Exception {
        return broker.getDestination(new ActiveMQQueue(queue))
                .getDestinationStatistics()
                .getInflight()
                .getCount();
    }

    /** How this program connects to it. */
    public BrokerClient client() {
        return secured ? new BrokerClient(URL, OWN_USER, ownPassword) : new BrokerClient(URL, "", "");
    }

    /** TLS of the versions that are safe, for a listener that others can reach. */
    private void listen(BrokerListener listener) throws Exception {
        broker.setPlugins(BrokerRights.plugins(listener, OWN_USER, ownPassword));
        String limits = "?maximumConnections=" + MOST_CONNECTIONS + "&wireFormat.maxFrameSize=" + LARGEST_FRAME;
        if (listener.keyStore().isPresent()) {
            KeyManager[] keys = Tls.keys(listener.keyStore().get(), listener.keyStorePassword());
            broker.setSslContext(new SslContext(keys, null, null));
            limits += "&transport.enabledProtocols=TLSv1.3,TLSv1.2";
        }
        broker.addConnector(listener.uri() + limits);
    }

    @Override
    public void close() throws IOException {
        try {
            broker.stop();
            broker.waitUntilStopped();
        } catch (Exception e) { // that is how ActiveMQ declares it
            throw new IOException("the embedded broker could not be stopped", e);
        }
    }
}
