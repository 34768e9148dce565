package io.swath.delivery;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import io.swath.accounting.AccountingRecord;
import io.swath.health.Incidents;
import io.swath.ledger.DeadLetters;
import io.swath.ledger.Ledger;
import io.swath.ledger.Outbox;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Rejection;
import io.swath.model.Run;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Makes messages from the entries in the outbox: CloudEvents 1.0 in JSON, and dead letters with the text that a sender
 * sent. A message that is sent twice has the same id both times. Thread-safe.
 */
public final class Messages {
    private static final int CHUNK = 500;
    private static final JsonFormat FORMAT = new JsonFormat();

    private final Ledger ledger;
    private final Storage storage;
    private final ObjectMapper json;
    private final String cluster;
    private final URI source;
    private final Incidents incidents;

    /**
     * A message to be sent. The texts that become JMS headers have no control characters, because readers log them.
     *
     * @param queue the JMS queue that it goes to
     * @param correlationId the message's own id; of a dead letter, the correlation id that its sender gave
     * @param body a CloudEvent in JSON; of a dead letter, the text that was rejected
     * @param rejection of a dead letter, why it was rejected; else empty
     * @param messageId of a dead letter, the id of the message that was rejected; else empty
     */
    public record Message(
            String id,
            String type,
            String queue,
            String correlationId,
            String body,
            Optional<Rejection> rejection,
            String messageId) {
        public Message {
            correlationId = Texts.line(correlationId);
            messageId = Texts.line(messageId);
        }

        static Message event(String id, String type, String queue, String body) {
            return new Message(id, type, queue, id, body, Optional.empty(), "");
        }

        public boolean dead() {
            return rejection.isPresent();
        }

        public String reason() {
            return Texts.line(rejection.map(Rejection::reason).orElse(""));
        }

        public String field() {
            return Texts.line(rejection.map(Rejection::field).orElse(""));
        }

        public String remedy() {
            return Texts.line(rejection.map(Rejection::remedy).orElse(""));
        }
    }

    /** {@code source} is the {@code source} of every event. */
    public Messages(
            Ledger ledger, Storage storage, ObjectMapper json, String cluster, String source, Incidents incidents) {
        this.ledger = ledger;
        this.storage = storage;
        this.json = json;
        this.cluster = cluster;
        this.source = URI.create(source);
        this.incidents = incidents;
    }

    /**
     * The messages to send next, at most a few hundred. They may be sent in any order, because they
     * contain only the oldest message of each scene and each run.
     */
    public List<Message> due() {
        Set<String> subjects = new HashSet<>();
        return ledger.read(session -> session.outbox().due(CHUNK).stream()
                .filter(entry -> subjects.add(entry.subject()))
                .map(entry -> message(session, entry))
                .toList());
    }

    /** To be called when the broker has these messages. */
    public void sent(List<Message> messages) {
        ledger.change(session ->
                session.outbox().sent(messages.stream().map(Message::id).toList()));
        incidents.resolve("broker");
    }

    /** To be called when messages could not be sent. */
    public void unsent(Exception failure) {
        Throwable root = failure; // only the innermost exception names the cause
        while (root.getCause() != null) {
            root = root.getCause();
        }
        incidents.report("broker", "messages cannot be sent to the broker: " + root.getMessage());
    }

    private static Message dead(Session session, Outbox.Entry entry) {
        DeadLetters.Entry dead = session.deadLetters().find(entry.subject()).orElseThrow();
        return new Message(
                entry.id(),
                entry.type(),
                "swath.dead",
                dead.correlationId(),
                dead.body(),
                Optional.of(dead.rejection()),
                dead.messageId());
    }

    private Message message(Session session, Outbox.Entry entry) {
        if (entry.type().equals(Outbox.DEAD)) {
            return dead(session, entry);
        }
        boolean accounting = entry.type().equals(Outbox.ACCOUNTING);
        byte[] data = switch (entry.type()) {
            case Outbox.ACCOUNTING -> run(session, entry);
            case Outbox.NIGHT -> entry.data().getBytes(StandardCharsets.UTF_8);
            default -> scene(session, entry);
        };
        CloudEvent event = CloudEventBuilder.v1()
                .withId(entry.id())
                .withType(entry.type())
                .withSource(source)
                .withSubject(entry.subject())
                .withTime(entry.createdAt().atOffset(ZoneOffset.UTC))
                .withDataContentType("application/json")
                .withData(data)
                .build();
        String queue = accounting ? "swath.accounting" : "swath.events";
        return Message.event(
                entry.id(), entry.type(), queue, new String(FORMAT.serialize(event), StandardCharsets.UTF_8));
    }

    private byte[] run(Session session, Outbox.Entry entry) {
        int slash = entry.subject().lastIndexOf('/');
        String token = entry.subject().substring(0, slash);
        Run run = session.runs()
                .find(token, Integer.parseInt(entry.subject().substring(slash + 1)))
                .orElseThrow();
        Batch batch = session.batches().find(token).orElseThrow();
        Scene scene = session.scenes().find(run.sceneId()).orElseThrow();
        return bytes(AccountingRecord.of(run, batch, scene.recipe(), cluster));
    }

    private byte[] scene(Session session, Outbox.Entry entry) {
        Scene scene = session.scenes().find(entry.subject()).orElseThrow();
        SceneState state =
                SceneState.valueOf(entry.type().substring(Outbox.SCENE.length()).toUpperCase(Locale.ROOT));
        ObjectNode data = json.createObjectNode();
        data.put("scene", scene.id());
        data.put("name", Texts.line(scene.name()));
        data.put("recipe", scene.recipe());
        data.put("recipeHash", scene.recipeHash());
        data.put("version", scene.version());
        data.put("state", state.name());
        data.put("reason", Texts.line(entry.data()));
        data.put("door", scene.arrival().origin().name().toLowerCase(Locale.ROOT));
        data.put("priority", scene.priority().word());
        data.put("acceptedAt", scene.arrival().acceptedAt().toString());
        session.announcements().stationId(scene.id()).ifPresent(id -> data.put("announcement", Texts.line(id)));
        if (state == SceneState.DELIVERED) {
            String folder = storage.onCluster(storage.delivered(scene.id(), scene.recipe()));
            data.put("width", scene.plan().width());
            data.put("height", scene.plan().height());
            data.put("tiles", scene.plan().tileCount());
            ObjectNode products = data.putObject("products");
            products.put("cog", folder + "/" + ProductFiles.cog(scene));
            products.put("preview", folder + "/" + ProductFiles.PREVIEW);
            products.put("item", folder + "/" + ProductFiles.ITEM);
            products.put("runs", folder + "/" + ProductFiles.RUNS);
        }
        return bytes(data);
    }

    private byte[] bytes(Object data) {
        try {
            return json.writeValueAsBytes(data);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
