package io.swath.broker;

import io.swath.app.settings.Settings;
import io.swath.health.Incidents;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQSslConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.transport.DefaultTransportListener;

/** How this program connects to a broker, whichever it is. Immutable. */
public record BrokerClient(String url, String user, String password, Optional<TrustManager[]> trusted) {
    /** So many messages wait in memory, at most, for each consumer. */
    public static final int PREFETCH = 50;

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration FIRST_REDELIVERY = Duration.ofMillis(500);
    private static final Duration LONGEST_REDELIVERY = Duration.ofSeconds(15);
    private static final String INCIDENT = "connection to the broker";

    /** To the broker of one's own that {@code broker.url} names. */
    public static BrokerClient of(Settings settings) {
        Optional<TrustManager[]> trusted = settings.text("broker.ca").isEmpty()
                ? Optional.empty()
                : Optional.of(Tls.trustPem(settings.path("broker.ca")));
        return new BrokerClient(
                settings.text("broker.url"), settings.text("broker.user"), settings.secret("broker.password"), trusted);
    }

    /** To the embedded broker of another program on this machine, as a station. */
    public static BrokerClient of(BrokerListener listener, Settings settings) {
        if (listener.keyStore().isEmpty()) {
            return new BrokerClient(listener.localUrl(), listener.user(), listener.password(), Optional.empty());
        }
        if (!settings.text("broker.ca").isEmpty()) {
            return new BrokerClient(
                    listener.localUrl(),
                    listener.user(),
                    listener.password(),
                    Optional.of(Tls.trustPem(settings.path("broker.ca"))));
        }
        // It trusts that one certificate and no other, so whatever name is in it is the right one.
        return new BrokerClient(
                listener.localUrl() + "?socket.verifyHostName=false",
                listener.user(),
                listener.password(),
                Optional.of(Tls.trustKeyStore(listener.keyStore().get(), listener.keyStorePassword())));
    }

    /** Without TLS of its own, such as to a broker in this program. */
    public BrokerClient(String url, String user, String password) {
        this(url, user, password, Optional.empty());
    }

    /**
     * Its connections. A send that no broker takes fails after a while; a message that is rolled back is delivered again
     * for as long as it takes, with pauses, and never put aside by the client.
     */
    public ActiveMQConnectionFactory connections() {
        ActiveMQConnectionFactory factory =
                trusted.<ActiveMQConnectionFactory>map(this::overTls).orElseGet(ActiveMQConnectionFactory::new);
        factory.setBrokerURL(withSendTimeout(url));
        if (!user.isEmpty()) {
            factory.setUserName(user);
            factory.setPassword(password);
        }
        factory.setTrustAllPackages(false);
        factory.setWatchTopicAdvisories(false);
        factory.getPrefetchPolicy().setQueuePrefetch(PREFETCH);
        RedeliveryPolicy again = factory.getRedeliveryPolicy();
        again.setMaximumRedeliveries(RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES);
        again.setInitialRedeliveryDelay(FIRST_REDELIVERY.toMillis());
        again.setRedeliveryDelay(FIRST_REDELIVERY.toMillis());
        again.setUseExponentialBackOff(true);
        again.setBackOffMultiplier(2);
        again.setMaximumRedeliveryDelay(LONGEST_REDELIVERY.toMillis());
        // After a reconnection the client would put aside, as dead, what it takes for delivered twice: the ledger
        // knows.
        factory.setCheckForDuplicates(false);
        return factory;
    }

    /** The same for somebody who waits for the answer: one that cannot be reached is an error, and soon. */
    public BrokerClient impatient() {
        if (!url.startsWith("failover:(")) {
            return this;
        }
        String few = "startupMaxReconnectAttempts=3&maxReconnectAttempts=3";
        return new BrokerClient(
                url + (url.indexOf('?', url.lastIndexOf(')')) < 0 ? "?" : "&") + few, user, password, trusted);
    }

    /** As {@link #connections}, telling of a connection that is lost and comes back by itself. */
    public ActiveMQConnectionFactory connections(Incidents incidents) {
        ActiveMQConnectionFactory factory = connections();
        factory.setTransportListener(new DefaultTransportListener() {
            @Override
            public void transportInterupted() {
                incidents.report(INCIDENT, "it is lost");
            }

            @Override
            public void transportResumed() {
                incidents.resolve(INCIDENT);
            }

            @Override
            public void onException(IOException error) {
                incidents.report(INCIDENT, String.valueOf(error.getMessage()));
            }
        });
        return factory;
    }

    private ActiveMQSslConnectionFactory overTls(TrustManager[] managers) {
        ActiveMQSslConnectionFactory factory = new ActiveMQSslConnectionFactory();
        factory.setKeyAndTrustManagers(null, managers, null);
        return factory;
    }

    /** Without it, the failover transport waits for ever, and nobody is told that the broker is away. */
    private static String withSendTimeout(String url) {
        if (!url.startsWith("failover:(") || url.contains("timeout=")) {
            return url;
        }
        return url + (url.indexOf('?', url.lastIndexOf(')')) < 0 ? "?" : "&") + "timeout=" + SEND_TIMEOUT.toMillis();
    }
}
