package io.swath.control;

import io.swath.control.Control.Action;
import io.swath.ledger.DeadLetters;
import io.swath.ledger.Ledger;
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
 * Takes in wishes that come by message on {@code swath.control}, as {@code docs/messages/control.schema.json} describes
 * them; {@link Control} carries them out. Thread-safe.
 */
public final class ControlMessages {
    private static final Pattern SCENE = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final List<String> ACTIONS =
            Arrays.stream(Action.values()).map(Action::word).toList();
    private static final int LONGEST_ID = 200;

    private final Ledger ledger;

    public ControlMessages(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Writes a wish down; the same twice is one.
     *
     * @return why it cannot be, which goes back as a dead letter; empty when it is written down
     */
    public Optional<Rejection> receive(String messageId, String correlationId, String body) {
        try {
            StrictFields fields = JsonMessage.parse(body);
            String scene = fields.text("scene", SCENE, "scene-has-an-id", "Give a scene's id, as its events have it.")
                    .orElseThrow(() -> fields.missing("scene", "Give a scene's id, as its events have it."));
            String action = fields.word("verb", ACTIONS)
                    .orElseThrow(() -> fields.missing("verb", "Use one of " + String.join(", ", ACTIONS) + "."));
            String id = "message/"
                    + fields.text("id", LONGEST_ID).map(own -> "own/" + own).orElse(messageId);
            fields.nothingElse();
            ledger.change(session -> {
                if (session.scenes().find(scene).isEmpty()) {
                    throw fields.wrong(
                            "scene-is-known",
                            "scene",
                            "there is no scene " + scene,
                            "Give a scene's id, as its events have it; ./swath status lists them.");
                }
                session.controlRequests()
                        .find(id)
                        .filter(before -> !before.sceneId().equals(scene)
                                || !before.action().equals(action))
                        .ifPresent(before -> {
                            throw fields.wrong(
                                    "id-is-used-once",
                                    "id",
                                    "the id was given to another wish before: " + before.action() + " "
                                            + Texts.shown(before.sceneId()),
                                    "Give a new wish a new id, or none.");
                        });
                session.controlRequests().add(id, scene, action);
            });
            return Optional.empty();
        } catch (BadMessageException bad) {
            reject(messageId, correlationId, body, bad.rejection());
            return Optional.of(bad.rejection());
        }
    }

    /** Writes down that a message is none; it goes back as a dead letter. */
    public void reject(String messageId, String correlationId, String body, Rejection rejection) {
        ledger.change(session -> session.deadLetters()
                .add(new DeadLetters.Entry(messageId, Texts.storable(correlationId), Texts.storable(body), rejection)));
    }
}
