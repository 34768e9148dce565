package io.swath.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;

/** An ActiveMQ inside this program: its messages are on the disk, and nobody outside can connect to it. */
final class EmbeddedBroker implements AutoCloseable {
    /** How this program connects to it. */
    static final String URL = "vm://swath?create=false";

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);

    private final BrokerService broker = new BrokerService();

    EmbeddedBroker(Path folder) throws Exception {
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
    }

    void start() throws Exception {
        broker.start();
        broker.waitUntilStarted();
    }

    /** Connections of a client of the broker at {@code url}; a send that no broker takes fails after a while. */
    static ActiveMQConnectionFactory connections(String url, String user, String password) {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(withSendTimeout(url));
        if (!user.isEmpty()) {
            factory.setUserName(user);
            factory.setPassword(password);
        }
        factory.setTrustAllPackages(false);
        factory.setWatchTopicAdvisories(false);
        return factory;
    }

    /** Without it, the failover transport waits for ever, and nobody is told that the broker is away. */
    private static String withSendTimeout(String url) {
        if (!url.startsWith("failover:(") || url.contains("timeout=")) {
            return url;
        }
        return url + (url.indexOf('?', url.lastIndexOf(')')) < 0 ? "?" : "&") + "timeout=" + SEND_TIMEOUT.toMillis();
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
