package io.swath.broker;

import io.swath.health.Incidents;
import io.swath.model.Secret;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.util.Optional;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;
import org.messaginghub.pooled.jms.pool.PooledConnectionKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker that the settings name, external or inside this program, and a pool of connections to it. Thread-safe. */
public final class Broker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);

    private final Optional<EmbeddedBroker> embedded;
    private final JmsPoolConnectionFactory connections;

    private Broker(Optional<EmbeddedBroker> embedded, Incidents incidents) {
        this.embedded = embedded;
        this.connections = new Connections(incidents);
    }

    /**
     * Starts the embedded broker, if the settings ask for it.
     *
     * @param space the folder for the messages of the embedded broker
     */
    public static Broker open(
            BrokerSettings settings, ListenerSettings listening, StateSpace space, Incidents incidents)
            throws Exception {
        Optional<BrokerListener> listener = BrokerListener.of(listening, settings);
        Optional<EmbeddedBroker> embedded =
                settings.embedded() ? Optional.of(new EmbeddedBroker(space, listener, incidents)) : Optional.empty();
        Broker broker = new Broker(embedded, incidents);
        try {
            if (embedded.isPresent()) {
                embedded.get().start();
                listener.ifPresent(address -> log.info("Ground stations may connect to {}", address.uri()));
            }
            broker.connections.setConnectionFactory(
                    embedded.isPresent() // it reports itself when it stops
                            ? embedded.get().client().connections()
                            : BrokerClient.external(settings).connections(incidents));
            return broker;
        } catch (Exception e) { // ActiveMQ declares Exception
            try (broker) {
                throw e;
            }
        }
    }

    /** Reports an incident when no connection can be made, and resolves it when one is made. */
    private static final class Connections extends JmsPoolConnectionFactory {
        private final Incidents incidents;

        Connections(Incidents incidents) {
            this.incidents = incidents;
        }

        @Override
        protected Connection createProviderConnection(PooledConnectionKey key) throws JMSException {
            try {
                Connection connection = super.createProviderConnection(key);
                incidents.resolve(BrokerClient.INCIDENT);
                return connection;
            } catch (JMSException e) {
                incidents.report(BrokerClient.INCIDENT, "no connection can be made: " + Secret.hide(e.getMessage()));
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
