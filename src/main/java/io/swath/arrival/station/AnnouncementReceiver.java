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
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the announcements of stations in the ledger, each in one transaction. It does not look at the scenes' files;
 * {@link Pickup} does. Thread-safe.
 */
public final class AnnouncementReceiver {
    private static final Logger log = LoggerFactory.getLogger(AnnouncementReceiver.class);

    private final Ledger ledger;
    private final AllowedPaths allowedPaths;
    private final RecipeBook recipes;
    private final Clock clock;

    public AnnouncementReceiver(Ledger ledger, AllowedPaths allowedPaths, RecipeBook recipes, Clock clock) {
        this.ledger = ledger;
        this.allowedPaths = allowedPaths;
        this.recipes = recipes;
        this.clock = clock;
    }

    /**
     * Records a message. A message that is delivered again changes nothing and gets the same answer.
     *
     * @param messageId the message's id, which is unique
     * @param correlationId the id that the sender gave; empty when there is none
     * @return why the message cannot be used; empty when the announcement is recorded
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

    /** Records a message as rejected that is no announcement at all; {@code body} is empty when it has no text. */
    public void reject(String messageId, String correlationId, String body, Rejection rejection) {
        reject(messageId, correlationId, body, Optional.empty(), rejection);
    }

    private void check(SceneMessage message) {
        message.path().ifPresent(allowedPaths::locate);
        message.item().ifPresent(item -> {
            try {
                SceneInput.described(item.toString(), allowedPaths.base(), allowedPaths.roots());
            } catch (RejectedSceneException rejected) {
                throw new BadMessageException(Rejections.of(rejected));
            }
        });
        try {
            for (String name : message.recipes()) {
                if (isUnknown(name)) {
                    throw new BadMessageException(Rejections.unknownRecipe(name, recipes));
                }
            }
        } catch (RecipeException unreadable) {
            return; // the folder of recipes cannot be read: the announcement waits
        }
    }

    /** A recipe that exists and is broken is not unknown: the announcement waits until the recipe is corrected. */
    private boolean isUnknown(String recipe) {
        try {
            return recipes.find(recipe).isEmpty();
        } catch (RecipeException broken) {
            return false;
        }
    }

    /** Each recipe gets an announcement of its own, all in one transaction. The first one has the station's id. */
    private void write(String messageId, String correlationId, String body, SceneMessage message) {
        Announcement announcement =
                newAnnouncement(messageId, correlationId, Optional.of(message), body, Optional.empty());
        ledger.change(session -> {
            for (String recipe : message.recipes().subList(1, message.recipes().size())) {
                if (!isKnown(session, announcement)) {
                    session.announcements().add(announcement.alsoFor(recipe));
                }
            }
            if (!isKnown(session, announcement)
                    && !session.announcements().add(announcement)
                    && !isKnown(session, announcement)) {
                throw new IllegalStateException("announcement " + messageId + " could be neither added nor found");
            }
        });
    }

    /** Whether the ledger has this announcement. Another announcement with the same station id is rejected. */
    private static boolean isKnown(Session session, Announcement announcement) {
        if (session.announcements().find(announcement.messageId()).isPresent()) {
            return true;
        }
        Optional<Announcement> before = session.announcements().findByStationId(announcement.stationId());
        before.filter(other ->
                        !other.message().digest().equals(announcement.message().digest()))
                .ifPresent(other -> {
                    throw new BadMessageException(new Rejection(
                            "id-is-used-once",
                            "id",
                            "the id " + Texts.shown(announcement.stationId())
                                    + " was given to another announcement before, of " + Texts.shown(other.name())
                                    + " for " + other.recipe(),
                            "Give a new scene a new id. To repeat an announcement, send it unchanged."));
                });
        return before.isPresent();
    }

    /** Adds a rejected scene too, so that the ledger and its events show the rejection. */
    private void reject(
            String messageId, String correlationId, String body, Optional<SceneMessage> message, Rejection rejection) {
        Announcement announcement = newAnnouncement(messageId, correlationId, message, "", Optional.of(rejection));
        ledger.change(session -> {
            if (session.announcements().find(messageId).isEmpty()) {
                session.scenes().add(RejectedAnnouncement.scene(announcement, rejection, clock.instant()));
                session.announcements().add(announcement);
                session.deadLetters()
                        .add(new DeadLetters.Entry(
                                messageId, announcement.message().correlationId(), Texts.storable(body), rejection));
            }
        });
        log.warn(
                "The announcement of {} is rejected: {} It goes to swath.dead. messageId={}",
                announcement.name(),
                rejection.text(),
                messageId);
    }

    private Announcement newAnnouncement(
            String messageId,
            String correlationId,
            Optional<SceneMessage> message,
            String body,
            Optional<Rejection> rejection) {
        Instant now = clock.instant();
        String name = Texts.storable(message.map(SceneMessage::name).orElse("announcement"));
        List<String> asked = message.map(SceneMessage::recipes).orElse(List.of(""));
        String recipe = rejection.isPresent() ? String.join("+", asked) : asked.get(0);
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
                rejection.map(why -> RejectedAnnouncement.sceneId(name, messageId)),
                rejection,
                now);
    }
}
