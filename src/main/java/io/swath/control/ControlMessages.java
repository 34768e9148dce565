package io.swath.control;

import io.swath.ledger.DeadLetters;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Rejection;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.JsonMessage;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Receives the messages of the JMS queue {@code swath.control}, in the form of {@code
 * docs/messages/control.schema.json}, and writes each as a control request into the ledger. {@link Control} carries the
 * requests out. Thread-safe.
 */
public final class ControlMessages {
    private static final Pattern SCENE_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final List<String> ACTIONS =
            Arrays.stream(Action.values()).map(Action::word).toList();
    private static final String SCENE_REMEDY =
            "Give the scene's id, as its events have it; ./swath status lists the ids.";
    private static final int MAX_ID_LENGTH = 200;

    private final Ledger ledger;

    public ControlMessages(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Adds the message's request to the ledger. A message that comes twice is one request. A message that is rejected
     * becomes a dead letter.
     *
     * @return why the message was rejected; empty when its request is in the ledger
     */
    public Optional<Rejection> receive(String messageId, String correlationId, String body) {
        try {
            StrictFields fields = JsonMessage.parse(body);
            String scene = fields.text("scene", SCENE_ID, "scene-has-an-id", SCENE_REMEDY)
                    .orElseThrow(() -> fields.missing("scene", SCENE_REMEDY));
            String action = fields.word("verb", ACTIONS)
                    .orElseThrow(() -> fields.missing("verb", "Use one of " + String.join(", ", ACTIONS) + "."));
            String id = "message/"
                    + fields.text("id", MAX_ID_LENGTH)
                            .map(sent -> "own/" + sent)
                            .orElse(messageId);
            fields.nothingElse();
            ledger.change(session -> add(session, fields, id, scene, action));
            return Optional.empty();
        } catch (BadMessageException e) {
            reject(messageId, correlationId, body, e.rejection());
            return Optional.of(e.rejection());
        }
    }

    private static void add(Session session, StrictFields fields, String id, String scene, String action) {
        if (session.scenes().find(scene).isEmpty()) {
            throw fields.wrong("scene-is-known", "scene", "there is no scene " + scene, SCENE_REMEDY);
        }
        session.controlRequests()
                .find(id)
                .filter(before ->
                        !before.sceneId().equals(scene) || !before.action().equals(action))
                .ifPresent(before -> {
                    throw fields.wrong(
                            "id-is-used-once",
                            "id",
                            "the id was used for another control request before: " + before.action() + " "
                                    + Texts.shown(before.sceneId()),
                            "Give each control request an id of its own, or none.");
                });
        session.controlRequests().add(id, scene, action);
    }

    /** Adds an unusable message to the dead letters; the outbox sends it back to {@code swath.dead}. */
    public void reject(String messageId, String correlationId, String body, Rejection rejection) {
        ledger.change(session -> session.deadLetters()
                .add(new DeadLetters.Entry(messageId, Texts.storable(correlationId), Texts.storable(body), rejection)));
    }
}
