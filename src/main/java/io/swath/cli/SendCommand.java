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
import java.util.List;
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
            "Announce a scene that is on the storage already, as a ground station does: with a message on the queue"
                    + " swath.scenes.",
            "Ends with status 0 when the broker has the message. Swath then reports the scene's progress on swath.events,"
                    + " or rejects the message on swath.dead. ./swath status shows the scene too."
        })
final class SendCommand implements Callable<Integer> {
    private static final String QUEUE = "swath.scenes";

    @Mixin
    private SettingsOptions options;

    @Parameters(
            paramLabel = "PATH",
            description =
                    "A GeoTIFF or a STAC Item (.json): an absolute path on Swath's machine, or a path below storage.root.")
    private String path;

    @Option(
            names = "--recipe",
            required = true,
            split = ",",
            paramLabel = "R",
            description =
                    "The recipe: the name of a folder in config/recipes. Several, as in ndvi,texture, share the pixels.")
    private List<String> recipes;

    @Option(names = "--priority", description = "urgent, normal or night; without it, the message names no priority.")
    private Priority priority;

    @Option(
            names = "--not-before",
            paramLabel = "TIME",
            description = "Process the scene no earlier than this UTC time, such as 2026-11-24T22:00:00Z.")
    private String notBefore;

    @Option(
            names = "--id",
            description =
                    "Your own id for the announcement. Two messages with the same id are one scene. The scene's events repeat the"
                            + " id.")
    private String id;

    @Option(
            names = "--checksum",
            paramLabel = "sha256:HEX",
            description = "The file's SHA-256; a file with another one is rejected.")
    private String checksum;

    @Option(names = "--dry-run", description = "Print the message and send nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        String message = message();
        SceneMessage.of(message); // fails where Swath would reject the message
        System.out.println(message);
        if (!dryRun) {
            BrokerClient client = client(settings);
            try {
                send(client, message);
            } catch (JMSException e) {
                throw new IllegalStateException(
                        "nothing was sent: the broker at " + client.url() + " cannot be used: " + e.getMessage()
                                + ". Check that it runs, and check its user, password and broker.ca",
                        e);
            }
            System.err.println("The broker has the message, on the queue " + QUEUE + ".");
        }
        return 0;
    }

    private String message() {
        ObjectNode message = new ObjectMapper().createObjectNode();
        message.put("path", path);
        if (recipes.size() == 1) {
            message.put("recipe", recipes.get(0));
        } else {
            recipes.forEach(message.putArray("recipes")::add);
        }
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
                    "nothing was sent: broker.url is empty, so the broker is embedded in a running Swath;"
                            + " and broker.listen is empty, so no other program can connect to it. Set broker.listen (see"
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
            producer.send(message); // a persistent message: returns when the broker has written it to disk
        }
    }
}
