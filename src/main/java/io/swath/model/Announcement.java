package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What a ground station has announced, as the ledger knows it. Immutable.
 *
 * @param stationId the station's own id for the scene; empty where it gave none
 * @param watch what was seen of the scene's files so far
 * @param sceneId the scene that the announcement became, or the rejected scene that stands for it
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
     * @param id the message's id: a message that is delivered again has the same
     * @param correlationId the message's; empty where it has none
     * @param body as it came
     * @param digest the same for two messages that say the same
     */
    public record Message(String id, String correlationId, String body, String digest) {}

    /**
     * What the station wants.
     *
     * @param name of the scene, for people
     * @param notBefore the scene is not looked at before this time, by the wall clock
     */
    public record Order(String name, String recipe, Priority priority, Instant notBefore) {}

    /**
     * What was seen of the announced scene's files. Times are milliseconds of the station clock, which runs only while
     * Swath works and the storage answers (see {@code Announcements}).
     *
     * @param waitsFor what the announcement waits for, for people; empty before the first look
     * @param dueAt when Swath looks again
     * @param deadline when a scene that is still missing is given up; empty while its files were never missed
     * @param seen what the files looked like at the last look; empty where there was none
     * @param seenAt since when they have looked like that
     */
    public record Watch(String waitsFor, long dueAt, Optional<Long> deadline, String seen, long seenAt) {
        /** Nobody has looked yet. */
        public static final Watch NONE = new Watch("", 0, Optional.empty(), "", 0);
    }

    /** What became of an announcement. */
    public enum State {
        WAITING,
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

    /** The name of the recipe that the station wants. */
    public String recipe() {
        return order.recipe();
    }

    /** The same announcement after a look at the scene's files. */
    public Announcement with(Watch now) {
        return new Announcement(message, stationId, order, state, now, sceneId, rejection, receivedAt);
    }
}
