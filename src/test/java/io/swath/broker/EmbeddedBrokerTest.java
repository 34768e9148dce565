package io.swath.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.swath.health.Incidents;
import io.swath.testing.BrokerKeys;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageProducer;
import jakarta.jms.ResourceAllocationException;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the broker inside Swath does when stations or its disk misbehave. */
@Tag("resources")
class EmbeddedBrokerTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String USER = "station";

    @TempDir
    Path folder;

    private final Incidents incidents = new Incidents(Clock.systemUTC());
    private final List<AutoCloseable> open = new ArrayList<>();
    private EmbeddedBroker broker;
    private BrokerKeys keys;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    private void start(String scheme, ListenerLimits limits, long leastFree, Optional<Long> storeLimit)
            throws Exception {
        Optional<Path> store = Optional.empty();
        if (scheme.equals("ssl")) {
            keys = BrokerKeys.make(Files.createDirectories(folder.resolve("keys")), "dns:localhost");
            store = Optional.of(keys.keyStore());
        }
        BrokerListener listener = new BrokerListener(
                URI.create(scheme + "://127.0.0.1:0"), USER, "secret", store, BrokerKeys.PASSWORD, limits);
        broker = new EmbeddedBroker(
                new StateSpace(folder.resolve("broker"), leastFree), Optional.of(listener), incidents, storeLimit);
        broker.start();
    }

    private int port() {
        return URI.create(broker.address().orElseThrow()).getPort();
    }

    private Connection station() throws JMSException {
        String address = broker.address().orElseThrow();
        Connection connection = address.startsWith("ssl")
                ? new BrokerClient(
                                "ssl://localhost:" + port(),
                                USER,
                                "secret",
                                Optional.of(Tls.trustPem(keys.certificate())))
                        .connections()
                        .createConnection()
                : new BrokerClient(address, USER, "secret").connections().createConnection();
        connection.start();
        open.add(connection);
        return connection;
    }

    private static void send(Connection connection, String queue, String text, int count) throws JMSException {
        try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageProducer producer = session.createProducer(session.createQueue(queue))) {
            for (int number = 0; number < count; number++) {
                producer.send(session.createTextMessage(text));
            }
        }
    }

    private Connection own() throws JMSException {
        Connection connection = broker.client().connections().createConnection();
        connection.start();
        open.add(connection);
        return connection;
    }

    private static Optional<String> take(Connection connection, String queue) throws JMSException {
        try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            TextMessage message = (TextMessage)
                    session.createConsumer(session.createQueue(queue)).receive(SOON.toMillis());
            return message == null ? Optional.empty() : Optional.of(message.getText());
        }
    }

    private String incident(String part) {
        return incidents.open().stream()
                .filter(one -> one.part().equals(part))
                .map(Incidents.Incident::what)
                .findFirst()
                .orElse("");
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(1);
            while (socket.getInputStream().read() >= 0) {
                // what the broker said before it closed the connection
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssl", "tcp"})
    void silent_connections_keep_no_station_out_and_are_closed(String scheme) throws Exception {
        start(scheme, new ListenerLimits(50, 150, 100, Duration.ofSeconds(3)), 0, Optional.empty());
        Connection quiet = station();
        List<Socket> silent = new ArrayList<>();
        for (int number = 0; number < 450; number++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
            silent.add(socket);
            open.add(socket);
        }
        send(station(), "swath.scenes", "while they are held", 1);
        await().atMost(SOON).until(() -> silent.stream().allMatch(EmbeddedBrokerTest::isClosed));
        send(quiet, "swath.scenes", "a station that said nothing for longer stays connected", 1);
    }

    @Test
    void a_handshake_that_trickles_is_closed() throws Exception {
        start("ssl", new ListenerLimits(50, 150, 100, Duration.ofSeconds(2)), 0, Optional.empty());
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        open.add(socket);
        byte[] hello = {22, 3, 1, 1, 0, 1, 0, 0, (byte) 252, 3, 3};
        int[] sent = {0};
        await().atMost(SOON).pollInterval(Duration.ofMillis(500)).until(() -> {
            if (isClosed(socket)) {
                return true;
            }
            try {
                socket.getOutputStream().write(hello[sent[0]++ % hello.length]);
            } catch (IOException e) {
                return true;
            }
            return false;
        });
        assertThat(sent[0]).isLessThan(10);
    }

    @Test
    void a_user_and_an_address_have_a_limit_of_connections() throws Exception {
        start("tcp", new ListenerLimits(50, 2, 100, Duration.ofSeconds(10)), 0, Optional.empty());
        station();
        Connection second = station();
        assertThatThrownBy(this::station)
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("broker.listen.connections-per-user");
        second.close();
        await().atMost(SOON).ignoreExceptions().until(() -> station() != null);
    }

    @Test
    void a_flood_is_slowed_down_and_another_connection_gets_through() throws Exception {
        start("tcp", new ListenerLimits(10, 150, 100, Duration.ofSeconds(10)), 0, Optional.empty());
        Connection flood = station();
        send(flood, "swath.scenes", "burst", 95);
        Thread flooding = new Thread(() -> {
            try {
                send(flood, "swath.scenes", "flood", 100);
            } catch (JMSException e) {
                assertThat(e).isNotNull(); // the connection is closed at the end
            }
        });
        flooding.start();
        long before = System.nanoTime();
        send(station(), "swath.scenes", "one", 1);
        send(station(), "swath.scenes", "two", 1);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
        assertThat(flooding.isAlive()).as("100 messages need 10 s at this rate").isTrue();
        flood.close();
        flooding.join();
    }

    @Test
    void a_message_does_not_expire_by_any_clock_and_survives_a_restart() throws Exception {
        start("tcp", ListenerLimits.DEFAULTS, 0, Optional.empty());
        try (Session session = station().createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageProducer producer = session.createProducer(session.createQueue("swath.scenes"))) {
            producer.setTimeToLive(1);
            producer.setDeliveryMode(jakarta.jms.DeliveryMode.NON_PERSISTENT);
            for (int number = 0; number < 20; number++) {
                producer.send(session.createTextMessage("expired"));
            }
        }
        send(station(), "swath.scenes", "later", 1);
        broker.close();
        start("tcp", ListenerLimits.DEFAULTS, 0, Optional.empty());
        Connection own = own();
        List<String> taken = new ArrayList<>();
        for (int number = 0; number < 21; number++) {
            taken.add(take(own, "swath.scenes").orElse("none"));
        }
        assertThat(taken)
                .containsOnlyOnce("later")
                .filteredOn("expired"::equals)
                .hasSize(20);
    }

    @Test
    void a_message_carries_the_user_whom_the_broker_knows() throws Exception {
        start("tcp", ListenerLimits.DEFAULTS, 0, Optional.empty());
        Session session = station().createSession(false, Session.AUTO_ACKNOWLEDGE);
        ActiveMQTextMessage forged = (ActiveMQTextMessage) session.createTextMessage("{}");
        forged.setUserID("swath-itself");
        session.createProducer(session.createQueue("swath.scenes")).send(forged);
        Session reading = own().createSession(false, Session.AUTO_ACKNOWLEDGE);
        assertThat(reading.createConsumer(reading.createQueue("swath.scenes"))
                        .receive(SOON.toMillis())
                        .getStringProperty("JMSXUserID"))
                .isEqualTo(USER);
    }

    @Test
    void with_too_little_space_a_send_fails_and_says_so() throws Exception {
        start("tcp", ListenerLimits.DEFAULTS, Long.MAX_VALUE, Optional.empty());
        assertThatThrownBy(() -> send(station(), "swath.scenes", "{}", 1))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("state.least-free")
                .hasMessageContaining("not accepted");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(incident("state.dir")).contains("state.least-free"));
    }

    @Test
    void a_broker_whose_disk_failed_is_opened_again_with_all_its_messages() throws Exception {
        start("tcp", ListenerLimits.DEFAULTS, 0, Optional.empty());
        int port = port();
        send(station(), "swath.scenes", "before", 1);
        assertThatThrownBy(() -> broker.service().handleIOException(new IOException("No space left on device")))
                .hasMessageContaining("ShutdownBrokerInitiated");
        assertThat(incident("broker inside Swath")).contains("No space left on device");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(incident("broker inside Swath")).isEmpty());
        assertThat(port()).isEqualTo(port);
        send(station(), "swath.scenes", "after", 1);
        Connection own = own();
        assertThat(take(own, "swath.scenes")).contains("before");
        assertThat(take(own, "swath.scenes")).contains("after");
    }

    @Test
    void unread_messages_that_fill_the_store_are_reported_and_stop_no_incoming_message() throws Exception {
        start("tcp", ListenerLimits.DEFAULTS, 0, Optional.of(40L << 20));
        Connection own = own();
        String mebibyte = "x".repeat(1 << 20);
        assertThatThrownBy(() -> send(own, "swath.events", mebibyte, 40))
                .isInstanceOf(ResourceAllocationException.class)
                .hasMessageContaining("swath.events");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(incident("unread messages")).contains("swath.events"));
        send(station(), "swath.scenes", "{}", 5);
        assertThat(take(own, "swath.scenes")).contains("{}");
        for (int number = 0; number < 25; number++) {
            assertThat(take(own, "swath.events")).isPresent();
        }
    }

    @Test
    void an_open_transaction_of_one_station_holds_up_no_other_station() throws Exception {
        start("tcp", new ListenerLimits(10_000, 150, 100, Duration.ofSeconds(10)), 0, Optional.empty());
        try (Session session = station().createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(session.createQueue("swath.scenes"))) {
            for (int number = 0; number < 40; number++) {
                producer.send(session.createTextMessage("x".repeat(500_000)));
            }
            send(station(), "swath.scenes", "{}", 1);
            assertThat(take(own(), "swath.scenes")).contains("{}");
            assertThatThrownBy(session::commit).isInstanceOf(JMSException.class);
        }
        send(station(), "swath.scenes", "{}", 1);
    }
}
