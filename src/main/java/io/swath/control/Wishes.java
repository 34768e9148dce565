package io.swath.control;

import io.swath.control.Control.Verb;
import io.swath.ledger.DeadLetters;
import io.swath.ledger.Ledger;
import io.swath.model.Refusal;
import io.swath.wire.BadMessageException;
import io.swath.wire.MessageFields;
import io.swath.wire.Texts;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Takes in wishes that come by message on {@code swath.control}, as {@code docs/messages/control.schema.json} describes
 * them; {@link Control} carries them out. Thread-safe.
 */
public final class Wishes {
    private static final Pattern SCENE = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final List<String> VERBS =
            Arrays.stream(Verb.values()).map(Verb::word).toList();
    private static final int LONGEST_ID = 200;

    private final Ledger ledger;

    public Wishes(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Writes a wish down; the same twice is one.
     *
     * @return why it cannot be, which goes back as a dead letter; empty when it is written down
     */
    public Optional<Refusal> receive(String messageId, String correlationId, String body) {
        try {
            MessageFields fields = MessageFields.of(body);
            String scene = fields.text("scene", SCENE, "scene-has-an-id", "Give a scene's id, as its events have it.")
                    .orElseThrow(() -> fields.missing("scene", "Give a scene's id, as its events have it."));
            String verb = fields.word("verb", VERBS)
                    .orElseThrow(() -> fields.missing("verb", "Use one of " + String.join(", ", VERBS) + "."));
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
                session.controls()
                        .find(id)
                        .filter(before -> !before.sceneId().equals(scene)
                                || !before.verb().equals(verb))
                        .ifPresent(before -> {
                            throw fields.wrong(
                                    "id-is-used-once",
                                    "id",
                                    "the id was given to another wish before: " + before.verb() + " "
                                            + Texts.shown(before.sceneId()),
                                    "Give a new wish a new id, or none.");
                        });
                session.controls().add(id, scene, verb);
            });
            return Optional.empty();
        } catch (BadMessageException bad) {
            refuse(messageId, correlationId, body, bad.refusal());
            return Optional.of(bad.refusal());
        }
    }

    /** Writes down that a message is none; it goes back as a dead letter. */
    public void refuse(String messageId, String correlationId, String body, Refusal refusal) {
        ledger.change(session -> session.deadLetters()
                .add(new DeadLetters.Entry(messageId, Texts.storable(correlationId), Texts.storable(body), refusal)));
    }
}
