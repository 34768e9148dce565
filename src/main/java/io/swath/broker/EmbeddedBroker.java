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
 * An ActiveMQ broker inside this program, which keeps its messages on disk. Without a listener no other program can
 * connect. With a listener, stations can connect with the rights in {@link BrokerRights}.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /** The URL for connections from this program. */
    public static final String URL = "vm://swath?create=false";

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
        // The limits are fractions of the free space, because the broker warns of limits above the free space.
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

    /** The address of the listener, as {@code scheme://host:port}; empty without a listener. */
    public Optional<String> address() throws Exception {
        if (!secured) {
            return Optional.empty();
        }
        URI uri = broker.getTransportConnectors().get(0).getConnectUri();
        return Optional.of(uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort());
    }

    /** How many messages of a queue its consumers have received and not yet acknowledged. */
    public long unacknowledged(String queue) throws Exception {
        return broker.getDestination(new ActiveMQQueue(queue))
                .getDestinationStatistics()
                .getInflight()
                .getCount();
    }

    /** For connections from this program, with all rights. */
    public BrokerClient client() {
        return secured ? new BrokerClient(URL, BrokerListener.SWATH_USER, ownPassword) : new BrokerClient(URL, "", "");
    }

    /** Adds the listener and its rights. TLS is limited to the versions that are safe today. */
    private void listen(BrokerListener listener) throws Exception {
        broker.setPlugins(BrokerRights.plugins(listener, BrokerListener.SWATH_USER, ownPassword));
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
        } catch (Exception e) { // ActiveMQ declares Exception
            throw new IOException("the embedded broker could not be stopped", e);
        }
    }
}
