package io.swath.broker;

import io.swath.app.settings.Settings;
import io.swath.health.Incidents;
import java.io.IOException;
import java.util.Optional;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker that the settings name: one's own, or the one inside this program; and a pool of connections to it. */
public final class Broker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);

    private final Optional<EmbeddedBroker> embedded;
    private final JmsPoolConnectionFactory connections = new JmsPoolConnectionFactory();

    private Broker(Optional<EmbeddedBroker> embedded) {
        this.embedded = embedded;
    }

    /** Starts it, where it is this program's. */
    public static Broker open(Settings settings, Incidents incidents) throws Exception {
        Optional<BrokerListener> listener = BrokerListener.of(settings);
        Optional<EmbeddedBroker> embedded = settings.text("broker.url").isEmpty()
                ? Optional.of(new EmbeddedBroker(settings.path("state.dir").resolve("broker"), listener))
                : Optional.empty();
        Broker broker = new Broker(embedded);
        try {
            if (embedded.isPresent()) {
                embedded.get().start();
                listener.ifPresent(one -> log.info("Stations may send to {}", one.uri()));
            }
            BrokerClient client = embedded.map(EmbeddedBroker::client).orElseGet(() -> BrokerClient.of(settings));
            broker.connections.setConnectionFactory(client.connections(incidents));
            return broker;
        } catch (Exception e) { // that is how ActiveMQ declares it
            try (broker) {
                throw e;
            }
        }
    }

    public JmsPoolConnectionFactory connections() {
        return connections;
    }

    @Override
    public void close() throws IOException {
        connections.stop();
        if (embedded.isPresent()) {
            embedded.get().close();
        }
    }
}
