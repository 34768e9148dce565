package io.swath.broker;

import io.swath.health.Incidents;
import io.swath.model.Secret;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQSslConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.transport.DefaultTransportListener;

/** The address of a broker and the credentials for it, from which connections are made. Immutable. */
public record BrokerClient(String url, String user, String password, Optional<TrustManager[]> trusted) {
    /** How many messages at most wait in memory for each consumer. */
    public static final int PREFETCH = 50;

    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration FIRST_REDELIVERY = Duration.ofMillis(500);
    private static final Duration LONGEST_REDELIVERY = Duration.ofSeconds(15);
    static final String INCIDENT = "connection to the broker";

    /** For the external broker that {@code broker.url} names. */
    public static BrokerClient external(BrokerSettings settings) {
        return new BrokerClient(
                settings.url(),
                settings.user(),
                settings.password().value(),
                settings.ca().map(Tls::trustPem));
    }

    /** For the embedded broker of a Swath that runs on this machine, with the rights of a station. */
    public static BrokerClient station(BrokerListener listener, BrokerSettings settings) {
        if (listener.keyStore().isEmpty() || settings.ca().isPresent()) {
            return new BrokerClient(
                    listener.localUrl(),
                    listener.user(),
                    listener.password(),
                    listener.keyStore().isEmpty()
                            ? Optional.empty()
                            : settings.ca().map(Tls::trustPem));
        }
        // The client trusts only the listener's own certificate, so the host name in the certificate does not matter.
        return new BrokerClient(
                listener.localUrl() + "?socket.verifyHostName=false",
                listener.user(),
                listener.password(),
                Optional.of(Tls.trustKeyStore(listener.keyStore().get(), listener.keyStorePassword())));
    }

    /** A client without certificates of its own, for example for a broker in this program. */
    public BrokerClient(String url, String user, String password) {
        this(url, user, password, Optional.empty());
    }

    /**
     * Makes connections. A send that no broker accepts fails after 10 s. A message that is rolled back is delivered again
     * without limit, with growing pauses; the client never moves it to a dead letter queue.
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
        RedeliveryPolicy redelivery = factory.getRedeliveryPolicy();
        redelivery.setMaximumRedeliveries(RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES);
        redelivery.setInitialRedeliveryDelay(FIRST_REDELIVERY.toMillis());
        redelivery.setRedeliveryDelay(FIRST_REDELIVERY.toMillis());
        redelivery.setUseExponentialBackOff(true);
        redelivery.setBackOffMultiplier(2);
        redelivery.setMaximumRedeliveryDelay(LONGEST_REDELIVERY.toMillis());
        // After a reconnection the client would move messages that it regards as duplicates to a dead letter queue. The
        // ledger recognizes duplicates itself.
        factory.setCheckForDuplicates(false);
        // The broker judges by its own clock what has expired. By the clock of this machine, which may be wrong, the
        // client
        // would drop messages without a trace.
        factory.setConsumerExpiryCheckEnabled(false);
        return factory;
    }

    /** The same client for a command: when the broker cannot be reached, a connection fails after a few attempts. */
    public BrokerClient withFewAttempts() {
        if (!url.startsWith("failover:(")) {
            return this;
        }
        return new BrokerClient(
                withParameters(url, "startupMaxReconnectAttempts=3&maxReconnectAttempts=3"), user, password, trusted);
    }

    /** As {@link #connections()}, and reports an incident while a connection is lost. */
    public ActiveMQConnectionFactory connections(Incidents incidents) {
        ActiveMQConnectionFactory factory = connections();
        factory.setTransportListener(new DefaultTransportListener() {
            @Override
            public void transportInterupted() {
                incidents.report(INCIDENT, "the connection was interrupted");
            }

            @Override
            public void transportResumed() {
                incidents.resolve(INCIDENT);
            }

            @Override
            public void onException(IOException error) {
                incidents.report(INCIDENT, Secret.hide(String.valueOf(error.getMessage())));
            }
        });
        return factory;
    }

    private ActiveMQSslConnectionFactory overTls(TrustManager[] managers) {
        ActiveMQSslConnectionFactory factory = new ActiveMQSslConnectionFactory();
        factory.setKeyAndTrustManagers(null, managers, null);
        return factory;
    }

    /** Without a timeout, a send over the failover transport waits for ever while no broker answers. */
    private static String withSendTimeout(String url) {
        if (!url.startsWith("failover:(") || url.contains("timeout=")) {
            return url;
        }
        return withParameters(url, "timeout=" + SEND_TIMEOUT.toMillis());
    }

    private static String withParameters(String failoverUrl, String parameters) {
        boolean hasSome = failoverUrl.indexOf('?', failoverUrl.lastIndexOf(')')) >= 0;
        return failoverUrl + (hasSome ? "&" : "?") + parameters;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return Secret.hide(url) + (user.isEmpty() ? "" : " as " + user);
    }
}
