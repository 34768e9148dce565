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
     * @param id the JMS message id; a message that the broker delivers again has the same id
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

    /** The same announcement, after another look at the scene's files. */
    public Announcement with(Watch now) {
        return new Announcement(message, stationId, order, state, now, sceneId, rejection, receivedAt);
    }
}
