package io.swath.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.app.settings.Settings;
import io.swath.model.SettingsException;
import io.swath.testing.BrokerKeys;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who can connect to the broker inside Swath, and with which settings. */
@Tag("resources")
class BrokerListenerTest {
    @TempDir
    Path folder;

    private static Settings settings(Map<String, String> overrides) {
        return Settings.load(Path.of("").toAbsolutePath(), Optional.empty(), Map.of(), overrides);
    }

    private static Optional<BrokerListener> listener(Map<String, String> overrides) {
        Settings settings = settings(overrides);
        return BrokerListener.of(settings.listener(), settings.broker());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ssl://0.0.0.0:61617           | broker.listen.user",
                "tcp://127.0.0.1:61616         | broker.listen.user",
                "tcp://0.0.0.0:61616           | without TLS",
                "tcp://swath.example.org:61616 | without TLS",
                "tcp://127.0.0.1.example:61616 | without TLS",
                "nio://127.0.0.1:61616         | give ssl://host:port",
                "ssl://0.0.0.0                 | give ssl://host:port",
                "ssl://0.0.0.0:61617?a=b       | give ssl://host:port",
                "61617                         | give ssl://host:port",
                "ssl://a b:1                   | give ssl://host:port"
            })
    void an_address_that_is_not_safe_or_not_an_address_is_rejected(String listen, String words) {
        assertThatThrownBy(() -> listener(Map.of("broker.listen", listen)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(listen)
                .hasMessageContaining(words);
    }

    @Test
    void a_missing_or_contradicting_setting_is_named() throws Exception {
        Map<String, String> given = new HashMap<>(Map.of(
                "broker.listen", "ssl://0.0.0.0:61617",
                "broker.listen.user", "station",
                "broker.listen.password", "secret"));
        assertThatThrownBy(() -> listener(given)).hasMessageContaining("broker.listen.key-store");
        given.put("broker.listen.key-store", folder.resolve("none.p12").toString());
        assertThatThrownBy(() -> listener(given)).hasMessageContaining("cannot be read");
        Path store = Files.writeString(folder.resolve("none.p12"), "no key store");
        BrokerListener listener = listener(given).orElseThrow();
        assertThatThrownBy(() -> new EmbeddedBroker(folder.resolve("broker"), Optional.of(listener)))
                .hasMessageContaining(store.toString())
                .hasMessageContaining("PKCS#12");
        given.put("broker.url", "tcp://127.0.0.1:61616");
        assertThatThrownBy(() -> listener(given)).hasMessageContaining("broker.url");
        given.put("broker.url", "");
        given.put("broker.listen.user", BrokerListener.SWATH_USER);
        assertThatThrownBy(() -> listener(given)).hasMessageContaining("own name");
        assertThat(listener(Map.of())).isEmpty();
    }

    private static void use(BrokerClient client) throws JMSException {
        try (Connection connection = client.connections().createConnection()) {
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            session.createProducer(session.createQueue("swath.scenes")).send(session.createTextMessage("{}"));
        }
    }

    @Test
    void a_client_with_a_wrong_clock_drops_no_message_as_expired() {
        BrokerClient client = new BrokerClient("tcp://localhost:61616", "station", "secret");
        assertThat(client.connections().isConsumerExpiryCheckEnabled()).isFalse();
    }

    @Test
    void over_tls_the_certificate_and_the_host_name_are_checked() throws Exception {
        BrokerKeys right = BrokerKeys.make(Files.createDirectory(folder.resolve("right")), "dns:localhost");
        BrokerKeys other = BrokerKeys.make(Files.createDirectory(folder.resolve("other")), "dns:localhost");
        BrokerListener listener = new BrokerListener(
                URI.create("ssl://127.0.0.1:0"),
                "station",
                "secret",
                Optional.of(right.keyStore()),
                BrokerKeys.PASSWORD);
        try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("broker"), Optional.of(listener))) {
            broker.start();
            int port = URI.create(broker.address().orElseThrow()).getPort();
            Optional<javax.net.ssl.TrustManager[]> trusted = Optional.of(Tls.trustPem(right.certificate()));
            use(new BrokerClient("ssl://localhost:" + port, "station", "secret", trusted));
            use(new BrokerClient("failover:(ssl://localhost:" + port + ")", "station", "secret", trusted));
            use(BrokerClient.station(
                    new BrokerListener(
                            URI.create("ssl://127.0.0.1:" + port),
                            "station",
                            "secret",
                            Optional.of(right.keyStore()),
                            BrokerKeys.PASSWORD),
                    settings(Map.of()).broker()));
            assertThatThrownBy(() -> use(new BrokerClient("ssl://127.0.0.1:" + port, "station", "secret", trusted)))
                    .as("the certificate is for localhost")
                    .isInstanceOf(JMSException.class);
            assertThatThrownBy(() -> use(new BrokerClient(
                            "ssl://localhost:" + port,
                            "station",
                            "secret",
                            Optional.of(Tls.trustPem(other.certificate())))))
                    .as("the certificate belongs to another broker")
                    .isInstanceOf(JMSException.class);
            assertThatThrownBy(() ->
                            use(new BrokerClient("ssl://localhost:" + port, "station", "secret", Optional.empty())))
                    .as("no authority that Java trusts has signed the certificate")
                    .isInstanceOf(JMSException.class);
            assertThatThrownBy(() ->
                            use(new BrokerClient("tcp://localhost:" + port, "station", "secret", Optional.empty())))
                    .as("the listener accepts TLS only")
                    .isInstanceOf(JMSException.class);
        }
    }

    @Test
    void a_broker_ca_without_a_certificate_is_named() throws Exception {
        Path file = Files.writeString(folder.resolve("ca.pem"), "no certificate");
        assertThatThrownBy(() -> Tls.trustPem(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(file.toString());
    }
}
