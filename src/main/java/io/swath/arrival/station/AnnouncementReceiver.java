package io.swath.arrival.station;

import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.ledger.DeadLetters;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Announcement;
import io.swath.model.Announcement.State;
import io.swath.model.Priority;
import io.swath.model.Rejection;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.Texts;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Takes in what stations announce: writes it down, in one transaction, or tells why not. The scene itself is not looked
 * at here; see {@link Pickup}. Thread-safe.
 */
public final class AnnouncementReceiver {
    private final Ledger ledger;
    private final AllowedPaths places;
    private final RecipeBook recipes;
    private final Clock clock;

    public AnnouncementReceiver(Ledger ledger, AllowedPaths places, RecipeBook recipes, Clock clock) {
        this.ledger = ledger;
        this.places = places;
        this.recipes = recipes;
        this.clock = clock;
    }

    /**
     * Takes one in. A message that is delivered again changes nothing and gets the same answer.
     *
     * @param messageId the message's id, which no other has
     * @param correlationId what its sender gave; empty where that was nothing
     * @return why it cannot be used; empty when it is written down
     */
    public Optional<Rejection> receive(String messageId, String correlationId, String body) {
        Optional<Announcement> known =
                ledger.read(session -> session.announcements().find(messageId));
        if (known.isPresent()) {
            return known.flatMap(Announcement::rejection);
        }
        Optional<SceneMessage> message = Optional.empty();
        try {
            message = Optional.of(SceneMessage.of(body));
            check(message.get());
            write(messageId, correlationId, body, message.get());
            return Optional.empty();
        } catch (BadMessageException bad) {
            reject(messageId, correlationId, body, message, bad.rejection());
            return Optional.of(bad.rejection());
        }
    }

    /** As {@link #receive}, of a message that is none: of a kind that is never opened, say. */
    public void reject(String messageId, String correlationId, Rejection rejection) {
        reject(messageId, correlationId, "", Optional.empty(), rejection);
    }

    private void check(SceneMessage message) {
        message.path().ifPresent(places::locate);
        message.item().ifPresent(item -> {
            try {
                SceneInput.described(item.toString(), places.base(), places.roots());
            } catch (RejectedSceneException rejected) {
                throw new BadMessageException(Pickup.rejection(rejected));
            }
        });
        try {
            if (recipes.find(message.recipe()).isEmpty()) {
                throw new BadMessageException(noRecipe(message.recipe(), recipes));
            }
        } catch (RecipeException broken) {
            // It is there, and is to be mended: the announcement waits for that.
            return;
        }
    }

    static Rejection noRecipe(String name, RecipeBook recipes) {
        return new Rejection(
                "recipe-exists",
                "recipe",
                "there is no recipe " + name,
                "Use one of "
                        + String.join(
                                ", ",
                                recipes.all().stream().map(one -> one.name()).toList())
                        + ", or have it put into config/recipes, and send the message again.");
    }

    private void write(String messageId, String correlationId, String body, SceneMessage message) {
        Announcement one = announcement(messageId, correlationId, Optional.of(message), body, Optional.empty());
        ledger.change(session -> {
            if (!known(session, one) && !session.announcements().add(one) && !known(session, one)) {
                throw new IllegalStateException("announcement " + messageId + " could be neither added nor found");
            }
        });
    }

    /** Whether it is there already; one that says something else under the same id is refused. */
    private static boolean known(Session session, Announcement one) {
        if (session.announcements().find(one.messageId()).isPresent()) {
            return true;
        }
        Optional<Announcement> before = session.announcements().ofStation(one.stationId());
        before.filter(other -> !other.message().digest().equals(one.message().digest()))
                .ifPresent(other -> {
                    throw new BadMessageException(new Rejection(
                            "id-is-used-once",
                            "id",
                            "the id " + Texts.shown(one.stationId()) + " was given to another announcement before, of "
                                    + Texts.shown(other.name()) + " for " + other.recipe(),
                            "Give a new scene a new id; send the same announcement again with the same words."));
                });
        return before.isPresent();
    }

    /** What is refused is a scene too, for the ledger and its events: one that ended at once. */
    private void reject(
            String messageId, String correlationId, String body, Optional<SceneMessage> message, Rejection rejection) {
        Announcement one = announcement(messageId, correlationId, message, "", Optional.of(rejection));
        ledger.change(session -> {
            if (session.announcements().find(messageId).isEmpty()) {
                session.scenes().add(RejectedAnnouncement.scene(one, rejection, clock.instant()));
                session.announcements().add(one);
                session.deadLetters()
                        .add(new DeadLetters.Entry(
                                messageId, one.message().correlationId(), Texts.storable(body), rejection));
            }
        });
    }

    private Announcement announcement(
            String messageId,
            String correlationId,
            Optional<SceneMessage> message,
            String body,
            Optional<Rejection> rejection) {
        Instant now = clock.instant();
        String name = Texts.storable(message.map(SceneMessage::name).orElse("announcement"));
        String recipe = message.map(SceneMessage::recipe).orElse("");
        return new Announcement(
                new Announcement.Message(
                        messageId,
                        Texts.storable(correlationId),
                        Texts.storable(body),
                        message.map(SceneMessage::digest).orElse("")),
                message.map(SceneMessage::stationId).orElse(""),
                new Announcement.Order(
                        name,
                        recipe,
                        message.map(SceneMessage::priority).orElse(Priority.NORMAL),
                        message.flatMap(SceneMessage::notBefore).orElse(Instant.EPOCH)),
                rejection.isPresent() ? State.REJECTED : State.WAITING,
                Announcement.Watch.NONE,
                rejection.map(why -> RejectedAnnouncement.id(name, messageId)),
                rejection,
                now);
    }
}
