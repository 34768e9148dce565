package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.model.SceneState;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.util.ByteSequence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a message on the broker to a row in the ledger, with the shipped routes. */
@Tag("resources")
class StationRoutesTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String GOOD = "{\"path\": \"incoming/a.tif\", \"recipe\": \"ndvi\"}";

    @TempDir
    Path folder;

    private StationHarness harness;
    private Connection station;
    private Session session;

    @BeforeEach
    void open() throws Exception {
        harness = new StationHarness(folder, Duration.ZERO);
        station = harness.station();
        session = station.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    @AfterEach
    void close() throws Exception {
        if (station != null) {
            station.close();
        }
        harness.close();
    }

    private void send(String queue, Message message) throws JMSException {
        try (MessageProducer producer = session.createProducer(session.createQueue(queue))) {
            producer.send(message);
        }
    }

    private void send(String text) throws JMSException {
        send("swath.scenes", session.createTextMessage(text));
    }

    private void assertNothingIsLost() throws JMSException {
        assertThat(harness.all("swath.scenes")).isEmpty();
        assertThat(harness.all("ActiveMQ.DLQ")).isEmpty();
    }

    @Test
    void a_text_message_is_recorded_and_its_scene_is_accepted() throws Exception {
        Path incoming = Files.createDirectory(harness.bench.storage.root().resolve("incoming"));
        Files.writeString(incoming.resolve("a.tif"), "pixels");
        send(GOOD);
        await().atMost(SOON)
                .until(() -> harness.bench.ledger.read(s -> s.scenes().count(Set.of(SceneState.ACCEPTED))) == 1);
        assertNothingIsLost();
        assertThat(harness.all("swath.dead")).isEmpty();
    }

    @Test
    void utf8_in_a_bytes_message_is_read_as_text() throws Exception {
        BytesMessage bytes = session.createBytesMessage();
        bytes.writeBytes(GOOD.replace("a.tif", "å.tif").getBytes(StandardCharsets.UTF_8));
        send("swath.scenes", bytes);
        await().atMost(SOON).until(() -> harness.waiting() == 1);
        assertThat(harness.bench
                        .ledger
                        .read(s -> s.announcements().waiting(1))
                        .get(0)
                        .name())
                .isEqualTo("å.tif");
    }

    @ParameterizedTest
    @ValueSource(strings = {"swath.scenes", "swath.control"})
    void a_message_with_damaged_properties_does_not_stop_the_messages_behind_it(String queue) throws Exception {
        ActiveMQTextMessage damaged = (ActiveMQTextMessage) session.createTextMessage("no JSON");
        damaged.setMarshalledProperties(new ByteSequence(new byte[] {0, 0, 0, 9, 9, 9, 9}));
        send(queue, damaged);
        assertThat(harness.take("swath.dead", SOON)).isPresent();
        send(queue, session.createTextMessage("no JSON either"));
        assertThat(((TextMessage) harness.take("swath.dead", SOON).orElseThrow()).getText())
                .isEqualTo("no JSON either");
        assertNothingIsLost();
        assertThat(harness.bench.incidents.open()).isEmpty();
    }

    private interface Kind {
        Message of(Session session) throws JMSException;
    }

    static Stream<Kind> notText() {
        return Stream.of(
                session -> session.createObjectMessage("an object is never opened"),
                session -> {
                    var map = session.createMapMessage();
                    map.setString("path", "incoming/a.tif");
                    return map;
                },
                session -> {
                    var stream = session.createStreamMessage();
                    stream.writeString(GOOD);
                    return stream;
                },
                Session::createMessage,
                Session::createTextMessage,
                session -> {
                    var bytes = session.createBytesMessage();
                    bytes.writeBytes(new byte[] {'{', (byte) 0xff, '}'});
                    return bytes;
                },
                session -> { // it claims to be compressed, but is not
                    ActiveMQTextMessage text = (ActiveMQTextMessage) session.createTextMessage();
                    text.setCompressed(true);
                    text.setContent(new ByteSequence(new byte[] {1, 2, 3, 4, 5}));
                    return text;
                });
    }

    @ParameterizedTest
    @MethodSource("notText")
    void a_message_that_is_not_text_is_a_dead_letter_and_is_not_delivered_again(Kind kind) throws Exception {
        for (String queue : List.of("swath.scenes", "swath.control")) {
            send(queue, kind.of(session));
            Message dead = harness.take("swath.dead", SOON).orElseThrow();
            assertThat(dead.getStringProperty("swathReason")).startsWith("message-is-");
            assertThat(dead.getStringProperty("swathRemedy")).contains("JSON");
        }
        assertNothingIsLost();
        assertThat(harness.waiting()).isZero();
    }

    @Test
    void a_dead_letter_is_the_original_message_with_the_reason_and_a_remedy() throws Exception {
        TextMessage message = session.createTextMessage("{\"path\": \"incoming/a.tif\", \"recipe\": \"nvdi\"}");
        message.setJMSCorrelationID("pass 7");
        message.setJMSReplyTo(session.createQueue("swath.control"));
        message.setStringProperty("CamelJmsDestinationName", "swath.events");
        message.setStringProperty("CAMELJmsDestinationName", "swath.events");
        message.setStringProperty("CamelJmsDestination", "swath.events");
        message.setStringProperty("swathReason", "none at all");
        send("swath.scenes", message);
        TextMessage dead = (TextMessage) harness.take("swath.dead", SOON).orElseThrow();
        assertThat(dead.getText()).isEqualTo(message.getText());
        assertThat(dead.getStringProperty("swathReason")).isEqualTo("recipe-exists: there is no recipe nvdi");
        assertThat(dead.getStringProperty("swathField")).isEqualTo("recipe");
        assertThat(dead.getStringProperty("swathRemedy")).contains("ndvi");
        assertThat(dead.getStringProperty("swathMessageId")).isEqualTo(message.getJMSMessageID());
        assertThat(dead.getJMSCorrelationID()).isEqualTo("pass 7");
        assertThat(dead.getJMSType()).isEqualTo("io.swath.dead");
        assertThat(dead.getJMSDeliveryMode()).isEqualTo(jakarta.jms.DeliveryMode.PERSISTENT);
        assertNothingIsLost();
        assertThat(harness.all("swath.events"))
                .as("the event about the rejection")
                .hasSize(1);
        assertThat(harness.all("swath.control")).isEmpty();
    }

    @Test
    void a_message_with_any_content_does_not_stop_later_messages() throws Exception {
        TextMessage odd =
                session.createTextMessage("{\"id\": \"\\u0000\", \"path\": \"\\ud800\", \"recipe\": \"ndvi\"}");
        odd.setJMSCorrelationID("c\u0000\ud800");
        odd.setJMSType("t\u0000");
        send("swath.scenes", odd);
        assertThat(harness.take("swath.dead", SOON)).isPresent();
        send("\"just a quoted text\"");
        assertThat(((TextMessage) harness.take("swath.dead", SOON).orElseThrow()).getText())
                .isEqualTo("\"just a quoted text\"");
        send("[".repeat(100_000));
        assertThat(harness.take("swath.dead", SOON)).isPresent();
        send(" ".repeat((1 << 20) + 1));
        assertThat(harness.take("swath.dead", SOON).orElseThrow().getStringProperty("swathReason"))
                .startsWith("message-is-short");
        send(GOOD);
        await().atMost(SOON).until(() -> harness.waiting() == 1);
        assertNothingIsLost();
    }

    @Test
    void no_message_is_lost_while_the_ledger_is_unavailable() throws Exception {
        change("alter table announcement rename to away");
        send(GOOD);
        send("no JSON");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(harness.bench.incidents.open())
                        .anyMatch(problem -> problem.part().equals("incoming messages")));
        change("alter table away rename to announcement");
        await().atMost(SOON).until(() -> harness.waiting() == 1);
        assertThat(harness.take("swath.dead", SOON)).isPresent();
        assertNothingIsLost();
        assertThat(harness.bench.incidents.open())
                .noneMatch(problem -> problem.part().equals("incoming messages"));
        assertThat(harness.bench
                        .ledger
                        .read(s -> s.scenes().count(Set.of(SceneState.REJECTED)))
                        .intValue())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"swath.scenes, announcement, name, poison.tif", "swath.control, control, verb, hold"})
    void a_message_that_fails_while_the_ledger_works_is_a_dead_letter(
            String queue, String table, String column, String value) throws Exception {
        harness.bench.accepted("a", "ndvi");
        change("create trigger poison before insert on " + table + " when new." + column + " = '" + value
                + "' begin select raise(abort, 'poison'); end");
        send(
                queue,
                session.createTextMessage(
                        queue.equals("swath.scenes")
                                ? GOOD.replace("a.tif", "poison.tif")
                                : "{\"scene\": \"a\", \"verb\": \"hold\"}"));
        send(queue, session.createTextMessage("behind it"));
        // Which of them comes first is not promised: a message is sent by the outbox as soon as it is recorded.
        Map<String, Message> dead = new HashMap<>();
        for (int count = 0; count < 2; count++) {
            TextMessage message = (TextMessage) harness.take("swath.dead", SOON).orElseThrow();
            dead.put(message.getText().equals("behind it") ? "behind it" : "poison", message);
        }
        assertThat(dead).containsOnlyKeys("poison", "behind it");
        assertThat(dead.get("poison").getStringProperty("swathReason"))
                .startsWith("message-can-be-handled: Swath tried 5 times");
        assertThat(dead.get("poison").getStringProperty("swathRemedy")).isNotBlank();
        assertNothingIsLost();
        assertThat(harness.bench.incidents.open()).isEmpty();
    }

    private void change(String sql) throws SQLException {
        try (java.sql.Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("pragma busy_timeout = 20000");
            statement.execute(sql);
        }
    }

    @Test
    void a_message_is_delivered_again_without_limit() {
        assertThat(harness.broker.client().connections().getRedeliveryPolicy().getMaximumRedeliveries())
                .isEqualTo(RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES);
    }

    @Test
    void a_control_request_is_recorded_once_and_a_wrong_request_is_a_dead_letter() throws Exception {
        harness.bench.accepted("a", "ndvi");
        String request = "{\"scene\": \"a\", \"verb\": \"hold\", \"id\": \"w7\"}";
        send("swath.control", session.createTextMessage(request));
        send("swath.control", session.createTextMessage(request));
        await().atMost(SOON).until(() -> harness.bench.scene("a").status().held());
        send("swath.control", session.createTextMessage("{\"scene\": \"a\", \"verb\": \"release\", \"id\": \"w7\"}"));
        Message dead = harness.take("swath.dead", SOON).orElseThrow();
        assertThat(dead.getStringProperty("swathField")).isEqualTo("id");
        send("swath.control", session.createTextMessage("{\"scene\": \"b\", \"verb\": \"hold\"}"));
        dead = harness.take("swath.dead", SOON).orElseThrow();
        assertThat(dead.getStringProperty("swathReason")).isEqualTo("scene-is-known: there is no scene b");
        assertThat(dead.getStringProperty("swathField")).isEqualTo("scene");
        assertNothingIsLost();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "swath.scenes",
                "swath.control",
                "swath.>",
                "swath.*",
                "*.scenes",
                ">",
                "other",
                "swath.events,swath.scenes",
                "swath.events,swath.*"
            })
    void a_station_may_not_read_other_queues(String queue) {
        assertThatThrownBy(() -> session.createConsumer(session.createQueue(queue)))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("not authorized");
    }

    @ParameterizedTest
    @ValueSource(strings = {"swath.events", "swath.accounting", "swath.dead", "other", "swath.scenes,swath.events"})
    void a_station_may_not_write_to_other_queues(String queue) {
        assertThatThrownBy(() -> send(queue, session.createTextMessage(GOOD)))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("not authorized");
    }

    @Test
    void a_station_may_read_the_outgoing_queues() throws JMSException {
        for (String queue : List.of("swath.events", "swath.accounting", "swath.dead")) {
            Queue out = session.createQueue(queue);
            session.createConsumer(out).close();
            session.createBrowser(out).getEnumeration();
        }
        assertThatThrownBy(() -> session.createConsumer(session.createTopic("ActiveMQ.Advisory.>")))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(session::createTemporaryQueue).isInstanceOf(JMSException.class);
    }

    @Test
    void a_station_with_a_plain_activemq_client_connects_and_sends() throws Exception {
        var plain = new org.apache.activemq.ActiveMQConnectionFactory(
                StationHarness.USER, StationHarness.PASSWORD, harness.url());
        try (Connection connection = plain.createConnection()) {
            connection.start();
            Session own = connection.createSession(true, Session.SESSION_TRANSACTED);
            own.createProducer(own.createQueue("swath.scenes")).send(own.createTextMessage(GOOD));
            own.commit();
        }
        await().atMost(SOON).until(() -> harness.waiting() == 1);
    }

    @Test
    void nobody_connects_without_the_password() throws Exception {
        for (BrokerClient stranger : List.of(
                new BrokerClient(harness.url(), "", ""),
                new BrokerClient(harness.url(), StationHarness.USER, "guessed"),
                new BrokerClient(harness.url(), BrokerListener.SWATH_USER, StationHarness.PASSWORD))) {
            assertThatThrownBy(() -> {
                        try (Connection connection = stranger.connections().createConnection()) {
                            connection.start();
                        }
                    })
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("invalid");
        }
    }
}
