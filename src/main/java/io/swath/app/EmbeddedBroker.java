package io.swath.app;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;

/** An ActiveMQ inside this program: its messages are on the disk, and nobody outside can connect to it. */
final class EmbeddedBroker implements AutoCloseable {
    /** How this program connects to it. */
    static final String URL = "vm://swath?create=false";

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
        // Shares of what the disk has, lest the broker warn that it cannot have its defaults of 100 GB.
        broker.getSystemUsage().getStoreUsage().setPercentLimit(50);
        broker.getSystemUsage().getTempUsage().setPercentLimit(10);
        broker.getSystemUsage().getMemoryUsage().setLimit(64L << 20);
    }

    void start() throws Exception {
        broker.start();
        broker.waitUntilStarted();
    }

    /** Connections of a client of the broker at {@code url}. */
    static ActiveMQConnectionFactory connections(String url, String user, String password) {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        if (!user.isEmpty()) {
            factory.setUserName(user);
            factory.setPassword(password);
        }
        factory.setTrustAllPackages(false);
        factory.setWatchTopicAdvisories(false);
        return factory;
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
