package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ScheduledMessage;
import org.apache.activemq.command.ActiveMQBlobMessage;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.util.ByteSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A station that attacks the real program through its own broker. After each attack another station announces a scene,
 * which Swath takes within seconds, and health is UP. {@code -Dhostile=all} makes all attacks, by default some.
 */
class HostileStationIT {
    private static final String PASSWORD = "the station's password";
    private static final List<String> DOORS = List.of("swath.scenes", "swath.control");
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final boolean ALL = System.getProperty("hostile", "").equals("all");

    @TempDir
    Path temp;

    private SwathProcess swath;
    private String broker;
    private String health;

    @FunctionalInterface
    private interface Attack {
        void make(Session session) throws Exception;
    }

    @FunctionalInterface
    private interface Forgery {
        Message make(Session session) throws JMSException;
    }

    private final Map<String, Attack> attacks = new LinkedHashMap<>();

    private void attack(boolean always, String name, Attack attack) {
        if (always || ALL) {
            attacks.put(name, attack);
        }
    }

    /** Sends a message to both doors; each becomes one dead letter. */
    private Attack refused(Forgery forgery) {
        return session -> {
            for (String door : DOORS) {
                int before = deadLetters();
                send(session, door, forgery.make(session));
                swath.await("a dead letter of " + door, SOON, () -> deadLetters() == before + 1);
            }
        };
    }

    private int deadLetters() {
        return Integer.parseInt(
                swath.query("select count(*) as number from dead_letter").get(0).get("number"));
    }

    private static void send(Session session, String queue, Message message) throws JMSException {
        try (MessageProducer producer = session.createProducer(session.createQueue(queue))) {
            producer.send(message);
        }
    }

    private static String announcement(String id) {
        return "{\"path\": \"incoming/" + id + ".tif\", \"recipe\": \"ndvi\", \"id\": \"" + id + "\"}";
    }

    private boolean isKnown(String id) {
        return swath.query("select message_id from announcement where station_id = ?", id)
                        .size()
                == 1;
    }

    private Connection connect(String user, String password) throws JMSException {
        Connection connection = new ActiveMQConnectionFactory(user, password, broker).createConnection();
        connection.start();
        return connection;
    }

    private void defineMessages() {
        attack(true, "damaged properties", refused(session -> {
            ActiveMQTextMessage message = (ActiveMQTextMessage) session.createTextMessage("{}");
            message.setMarshalledProperties(new ByteSequence(new byte[] {0, 0, 0, 9, 9, 9, 9}));
            return message;
        }));
        attack(true, "falsely compressed text", refused(session -> {
            ActiveMQTextMessage message = (ActiveMQTextMessage) session.createTextMessage();
            message.setCompressed(true);
            message.setContent(new ByteSequence(new byte[] {1, 2, 3, 4, 5}));
            return message;
        }));
        attack(false, "text that says it is longer than it is", refused(session -> {
            ActiveMQTextMessage message = (ActiveMQTextMessage) session.createTextMessage();
            message.setContent(new ByteSequence(new byte[] {127, -1, -1, -1, 'a'}));
            return message;
        }));
        attack(false, "an object", refused(session -> session.createObjectMessage("text")));
        attack(false, "a blob by URL", refused(session -> {
            ActiveMQBlobMessage blob = new ActiveMQBlobMessage();
            blob.setRemoteBlobUrl("http://127.0.0.1:9/blob");
            return blob;
        }));
        attack(false, "ids of control characters", refused(session -> {
            Message message = session.createTextMessage("no JSON");
            message.setJMSCorrelationID("c\u0000\u001b\ud800");
            message.setJMSType("t\u0000");
            message.setJMSReplyTo(session.createQueue("swath.scenes"));
            return message;
        }));
        attack(true, "a time to live that is over", session -> {
            try (MessageProducer producer = session.createProducer(session.createQueue("swath.scenes"))) {
                producer.setTimeToLive(1);
                producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                producer.send(session.createTextMessage(announcement("expired")));
            }
            swath.await("it is taken", SOON, () -> isKnown("expired"));
        });
        attack(false, "a delay of a day, with groups and a priority", session -> {
            Message message = session.createTextMessage(announcement("delayed"));
            message.setLongProperty(
                    ScheduledMessage.AMQ_SCHEDULED_DELAY, Duration.ofDays(1).toMillis());
            message.setStringProperty("JMSXGroupID", "g");
            message.setIntProperty("JMSXGroupSeq", -1);
            try (MessageProducer producer = session.createProducer(session.createQueue("swath.scenes"))) {
                producer.send(message, DeliveryMode.PERSISTENT, 9, 0);
            }
            swath.await("it is taken", SOON, () -> isKnown("delayed"));
        });
    }

    private void defineFloods() {
        attack(true, "300 silent connections", session -> {
            List<Socket> silent = new ArrayList<>();
            try {
                for (int number = 0; number < 300; number++) {
                    silent.add(new Socket(
                            InetAddress.getLoopbackAddress(), URI.create(broker).getPort()));
                }
                announceAsAnother("during silence");
            } finally {
                for (Socket socket : silent) {
                    socket.close();
                }
            }
        });
        attack(true, "a transaction of 20 MB that stays open", session -> {
            try (Connection own = connect("station", PASSWORD)) {
                Session open = own.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = open.createProducer(open.createQueue("swath.scenes"));
                for (int number = 0; number < 20; number++) {
                    producer.send(open.createTextMessage("x".repeat(1_000_000)));
                }
                announceAsAnother("during the transaction");
                assertThatThrownBy(open::commit).isInstanceOf(JMSException.class);
            }
        });
        attack(false, "a distributed transaction", session -> {
            var factory = new org.apache.activemq.ActiveMQXAConnectionFactory("station", PASSWORD, broker);
            try (var own = factory.createXAConnection()) {
                own.start();
                var xa = own.createXASession().getXAResource();
                var id = new org.apache.activemq.command.XATransactionId();
                id.setFormatId(1);
                id.setGlobalTransactionId(new byte[] {1});
                id.setBranchQualifier(new byte[] {1});
                xa.start(id, javax.transaction.xa.XAResource.TMNOFLAGS); // returns before the broker refuses it
                xa.end(id, javax.transaction.xa.XAResource.TMSUCCESS);
                assertThatThrownBy(() -> xa.prepare(id)).isInstanceOf(javax.transaction.xa.XAException.class);
            }
        });
        attack(false, "a message of 5 MiB", session -> {
            try (Connection own = connect("station", PASSWORD)) {
                Session large = own.createSession(false, Session.AUTO_ACKNOWLEDGE);
                assertThatThrownBy(() -> send(large, "swath.scenes", large.createTextMessage("x".repeat(5 << 20))))
                        .isInstanceOf(JMSException.class);
            }
        });
        attack(false, "wrong passwords", session -> {
            for (int number = 0; number < 50; number++) {
                assertThatThrownBy(() -> connect("station", "guessed")).isInstanceOf(JMSException.class);
            }
        });
        attack(true, "a flood of 1,500 wrong messages", session -> flood(1_500));
        attack(false, "a flood of 20,000 wrong messages", session -> flood(20_000));
    }

    /** Sends without waiting for confirmations, and meanwhile announces a scene as another station. */
    private void flood(int count) throws Exception {
        Connection own = connect("station", PASSWORD);
        Thread flooding = new Thread(() -> {
            try {
                Session session = own.createSession(false, Session.AUTO_ACKNOWLEDGE);
                for (int number = 0; number < count; number++) {
                    send(session, "swath.scenes", session.createTextMessage("{\"path\": \"a\", \"recipe\": \"none\"}"));
                }
            } catch (JMSException e) {
                assertThat(own).isNotNull(); // the attack is over, and the connection is closed
            }
        });
        flooding.start();
        int before = deadLetters();
        swath.await("the flood arrives", SOON, () -> deadLetters() > before + 20);
        announceAsAnother("during the flood of " + count);
        own.close();
        flooding.join();
    }

    /** Another station announces a scene, and Swath takes it soon. */
    private void announceAsAnother(String when) throws Exception {
        String id = when.replaceAll("[^A-Za-z0-9]+", "-");
        try (Connection connection = connect("station", PASSWORD)) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "swath.scenes", session.createTextMessage(announcement(id)));
            swath.await(id + ": the announcement is taken", SOON, () -> isKnown(id));
        }
    }

    private void assertHealthy(String attack) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create(health)).build();
        swath.await(
                "health is UP after " + attack,
                SOON,
                () -> http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200);
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void after_each_attack_another_stations_scene_is_taken_and_health_is_up() throws Exception {
        int port = freePort();
        int console = freePort();
        broker = "tcp://127.0.0.1:" + port;
        health = "http://127.0.0.1:" + console + "/observe/health";
        Path folder = Files.createDirectory(temp.resolve("swath"));
        Path password = Files.writeString(temp.resolve("password"), PASSWORD);
        swath = new SwathProcess(
                folder,
                folder.resolve("storage"),
                Map.of(
                        "cluster",
                        "local",
                        "broker.listen",
                        broker,
                        "broker.listen.user",
                        "station",
                        "broker.listen.password-file",
                        password.toString(),
                        "console.bind",
                        "127.0.0.1:" + console));
        defineMessages();
        defineFloods();
        try (SwathProcess own = swath;
                Connection connection = startedConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            StringBuilder table =
                    new StringBuilder("| attack | s until another station's scene is taken |\n| --- | ---: |\n");
            for (Map.Entry<String, Attack> one : attacks.entrySet()) {
                one.getValue().make(session);
                long ended = System.nanoTime();
                announceAsAnother("after " + one.getKey());
                table.append(String.format("| %s | %.1f |%n", one.getKey(), (System.nanoTime() - ended) / 1e9));
                assertHealthy(one.getKey());
            }
            System.out.println(table);
            own.stop();
            assertThat(own.log()).doesNotContain(PASSWORD);
        }
    }

    private Connection startedConnection() throws Exception {
        swath.command("doctor", "--create").orFail();
        swath.start();
        return connect("station", PASSWORD);
    }
}
