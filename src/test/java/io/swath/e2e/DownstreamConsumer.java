package io.swath.e2e;

import static java.util.stream.Collectors.toList;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.awaitility.Awaitility;

/** Consumes the messages that Swath sends: receives all messages of both queues and keeps them in their order. */
final class DownstreamConsumer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;
    private final Connection connection;
    private final BrokerService broker;
    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private final List<JsonNode> contradictions = new CopyOnWriteArrayList<>();
    private volatile boolean once;

    private DownstreamConsumer(String url, String user, String password, BrokerService broker) throws JMSException {
        this.url = url;
        this.broker = broker;
        connection = new ActiveMQConnectionFactory(user, password, url).createConnection();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        for (String queue : new String[] {"swath.events", "swath.accounting"}) {
            session.createConsumer(session.createQueue(queue)).setMessageListener(this::keep);
        }
        connection.start();
    }

    /** Connects to a running broker. */
    static DownstreamConsumer at(String url, String user, String password) throws JMSException {
        return new DownstreamConsumer(url, user, password, null);
    }

    /** Starts an ActiveMQ broker on a free port, without persistence, and connects to it. */
    static DownstreamConsumer withBroker() throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("e2e-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setUseShutdownHook(false);
        String url = broker.addConnector("tcp://127.0.0.1:0").getPublishableConnectString();
        broker.start();
        broker.waitUntilStarted();
        return new DownstreamConsumer(url, null, null, broker);
    }

    /** Reads all messages from the store of an embedded broker, which must have stopped. */
    static List<JsonNode> stored(Path folder) throws Exception {
        KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(folder.toFile());
        store.setJournalMaxFileLength(8 << 20);
        BrokerService broker = new BrokerService();
        broker.setBrokerName("stored-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        broker.setPersistenceAdapter(store);
        broker.setDataDirectoryFile(folder.toFile());
        broker.setUseJmx(false);
        broker.setUseShutdownHook(false);
        broker.start();
        broker.waitUntilStarted();
        try (DownstreamConsumer downstream =
                new DownstreamConsumer("vm://" + broker.getBrokerName() + "?create=false", null, null, broker)) {
            Awaitility.await("the broker's queues are empty").until(() -> {
                for (ActiveMQDestination queue : broker.getRegionBroker().getDestinations()) {
                    if (queue.isQueue()
                            && broker.getDestination(queue)
                                            .getDestinationStatistics()
                                            .getMessages()
                                            .getCount()
                                    > 0) {
                        return false;
                    }
                }
                return true;
            });
            return downstream.messages();
        }
    }

    /** All messages, in the order of arrival. */
    List<JsonNode> messages() {
        return List.copyOf(received);
    }

    private void keep(Message message) {
        try {
            JsonNode event = JSON.readTree(((TextMessage) message).getText());
            Optional<JsonNode> before = received.stream()
                    .filter(earlier -> once && id(earlier).equals(id(event)))
                    .findFirst();
            if (before.isEmpty()) {
                received.add(event);
            } else if (!before.get().equals(event)) {
                contradictions.add(event);
            }
        } catch (JMSException | JsonProcessingException e) {
            throw new IllegalStateException("a message cannot be read", e);
        }
    }

    private static String id(JsonNode event) {
        return event.path("source").asText() + " " + event.path("id").asText();
    }

    /** From now on, drops a message whose source and id came before, as CloudEvents allows a consumer to do. */
    DownstreamConsumer once() {
        once = true;
        return this;
    }

    /** Dropped messages that differ from the message that came first with the same id. */
    List<JsonNode> contradictions() {
        return contradictions;
    }

    String url() {
        return url;
    }

    /** All messages from one Swath, including repeated ones. */
    List<JsonNode> all(String source) {
        return received.stream()
                .filter(message -> message.path("source").asText().equals(source))
                .collect(toList());
    }

    /** The types of a scene's events from one Swath, in order, such as {@code accepted} and {@code delivered}. */
    List<String> events(String source, String scene) {
        return received.stream()
                .filter(message -> message.path("source").asText().equals(source))
                .filter(message -> message.path("type").asText().startsWith("io.swath.scene."))
                .filter(message -> message.path("subject").asText().equals(scene))
                .map(message -> message.path("type").asText().substring("io.swath.scene.".length()))
                .collect(toList());
    }

    /** The first event of this type about a scene from one Swath. */
    JsonNode event(String source, String scene, String type) {
        return received.stream()
                .filter(message -> message.path("source").asText().equals(source))
                .filter(message -> message.path("type").asText().equals("io.swath.scene." + type))
                .filter(message -> message.path("subject").asText().equals(scene))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no event " + type + " of " + scene));
    }

    /** The accounting records of a scene's runs from one Swath. */
    List<JsonNode> accounting(String source, String scene) {
        return received.stream()
                .filter(message -> message.path("source").asText().equals(source))
                .filter(message -> message.path("type").asText().equals("io.swath.accounting.run"))
                .map(message -> message.path("data"))
                .filter(record -> record.path("scene").asText().equals(scene))
                .collect(toList());
    }

    @Override
    public void close() throws JMSException {
        connection.close();
        if (broker != null) {
            try {
                broker.stop();
            } catch (Exception e) { // BrokerService.stop() declares Exception
                throw new IllegalStateException("the broker could not be stopped", e);
            }
            broker.waitUntilStopped();
        }
    }
}
