package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * A scene that a ground station has announced, as the ledger keeps it. Immutable.
 *
 * @param stationId the station's own id for the scene; empty if it gave none
 * @param watch what Swath has seen of the scene's files so far
 * @param sceneId the scene that was made from the announcement; a rejected announcement has a rejected scene
 * @param rejection why the announcement cannot be used; empty unless it was rejected
 */
public record Announcement(
        Message message,
        String stationId,
        Order order,
        State state,
        Watch watch,
        Optional<String> sceneId,
        Optional<Rejection> rejection,
        Instant receivedAt) {
    /**
     * The message that announced the scene.
     *
     * @param id the JMS message id; a message that the broker delivers again has the same id. Of a message for several
     *     recipes, each further recipe has an announcement of its own, with an id by {@link Announcement#idFor}
     * @param correlationId the JMS correlation id; empty if the message has none
     * @param body the text, unchanged
     * @param digest equal for two messages with the same content
     */
    public record Message(String id, String correlationId, String body, String digest) {}

    /**
     * What the station asks for.
     *
     * @param name the scene's name, for people
     * @param notBefore Swath does not look at the scene's files before this time of the wall clock
     */
    public record Order(String name, String recipe, Priority priority, Instant notBefore) {}

    /**
     * What Swath has seen of the announced scene's files. Times are milliseconds of the station clock, which runs only
     * while Swath works and the storage answers (see {@code Announcements}).
     *
     * @param waitsFor what the announcement waits for, for people; empty before the first look
     * @param dueAt when Swath looks again
     * @param deadline when Swath rejects the announcement if files are still missing; empty as long as no file was
     *     missing
     * @param seen what the files looked like at the last look; empty before the first look
     * @param seenAt since when the files have looked like this
     */
    public record Watch(String waitsFor, long dueAt, Optional<Long> deadline, String seen, long seenAt) {
        /** Swath has not looked yet. */
        public static final Watch NONE = new Watch("", 0, Optional.empty(), "", 0);
    }

    /** The state of an announcement. */
    public enum State {
        WAITING,
        /** A scene was made from it. */
        TAKEN,
        /** It cannot be used. */
        REJECTED
    }

    /** The id of the announcement that the same message makes for a further recipe. */
    public static String idFor(String messageId, String recipe) {
        return messageId + "#" + recipe;
    }

    /** The id of the announcement for the first recipe of the same message; empty when this may be that one. */
    public Optional<String> firstId() {
        String ending = idFor("", recipe());
        return messageId().endsWith(ending)
                ? Optional.of(messageId().substring(0, messageId().length() - ending.length()))
                : Optional.empty();
    }

    public String messageId() {
        return message.id();
    }

    /** The scene's name, for people. */
    public String name() {
        return order.name();
    }

    /** The name of the recipe that the station asks for. */
    public String recipe() {
        return order.recipe();
    }

    /** The announcement that the same message makes for a further recipe. It has no station id, which is used once. */
    public Announcement alsoFor(String recipe) {
        return new Announcement(
                new Message(idFor(messageId(), recipe), message.correlationId(), message.body(), message.digest()),
                "",
                new Order(order.name(), recipe, order.priority(), order.notBefore()),
                state,
                watch,
                sceneId,
                rejection,
                receivedAt);
    }

    /** The same announcement, after another look at the scene's files. */
    public Announcement with(Watch now) {
        return new Announcement(message, stationId, order, state, now, sceneId, rejection, receivedAt);
    }
}
