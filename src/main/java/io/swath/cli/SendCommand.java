package io.swath.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.app.settings.Settings;
import io.swath.arrival.station.SceneMessage;
import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.model.Priority;
import io.swath.model.SettingsException;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "send",
        description = {
            "Announce a scene that lies on the storage, as a ground station would: with a message on swath.scenes.",
            "Ends with status 0 when the broker has it. What becomes of it is told on swath.events, or on swath.dead;"
                    + " ./swath status shows it too."
        })
final class SendCommand implements Callable<Integer> {
    private static final String QUEUE = "swath.scenes";

    @Mixin
    private SettingsOptions options;

    @Parameters(
            paramLabel = "PATH",
            description = "A GeoTIFF, or a STAC Item (.json), as Swath sees it: absolute, or below storage.root.")
    private String path;

    @Option(
            names = "--recipe",
            required = true,
            paramLabel = "R",
            description = "What to do to it: a name in config/recipes.")
    private String recipe;

    @Option(names = "--priority", description = "urgent, normal or night.")
    private Priority priority;

    @Option(names = "--not-before", paramLabel = "TIME", description = "Such as 2026-11-24T22:00:00Z.")
    private String notBefore;

    @Option(names = "--id", description = "Your own id for it: the same twice is one scene, and its events have it.")
    private String id;

    @Option(names = "--checksum", paramLabel = "sha256:HEX", description = "Of the file, to be compared.")
    private String checksum;

    @Option(names = "--dry-run", description = "Show the message, and send nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        String message = message();
        SceneMessage.of(message); // what Swath would not understand is not sent
        System.out.println(message);
        if (!dryRun) {
            BrokerClient client = client(settings);
            try {
                send(client, message);
            } catch (JMSException e) {
                throw new IllegalStateException(
                        "nothing was sent: the broker at " + client.url() + " says: " + e.getMessage()
                                + ". See that it runs, and that user, password and broker.ca are its own",
                        e);
            }
            System.err.println("The broker has it, on " + QUEUE + ".");
        }
        return 0;
    }

    private String message() {
        ObjectNode message = new ObjectMapper().createObjectNode();
        message.put("path", path);
        message.put("recipe", recipe);
        Optional.ofNullable(priority).ifPresent(given -> message.put("priority", given.word()));
        Optional.ofNullable(notBefore).ifPresent(given -> message.put("notBefore", given));
        Optional.ofNullable(id).ifPresent(given -> message.put("id", given));
        Optional.ofNullable(checksum).ifPresent(given -> message.put("checksum", given));
        return message.toString();
    }

    private static BrokerClient client(Settings settings) {
        Optional<BrokerListener> listener = BrokerListener.of(settings.listener(), settings.broker());
        if (listener.isPresent()) {
            return BrokerClient.station(listener.get(), settings.broker());
        }
        if (settings.broker().embedded()) {
            throw new SettingsException(
                    "nothing was sent: broker.url is empty, so the broker is inside a running Swath,"
                            + " and broker.listen is empty, so nobody can connect to it. Set broker.listen (see"
                            + " config/application.properties), or use ./swath submit");
        }
        return BrokerClient.external(settings.broker());
    }

    private static void send(BrokerClient client, String text) throws JMSException {
        Connection connection = client.withFewAttempts().connections().createConnection();
        try (connection) {
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(session.createQueue(QUEUE));
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            TextMessage message = session.createTextMessage(text);
            message.setJMSType("io.swath.scene");
            producer.send(message); // persistent: returns when the broker has it on its disk
        }
    }
}
