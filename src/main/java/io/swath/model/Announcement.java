package io.swath.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What a ground station has announced, as the ledger knows it.
 *
 * @param messageId the message's: one that is delivered again has the same
 * @param correlationId the message's; empty where it has none
 * @param stationId the station's own id for the scene; empty where it gave none
 * @param digest of what the announcement says
 * @param body as it came
 * @param name what it names, for people
 * @param notBefore not looked at before, by the clock on the wall
 * @param waitsFor what it waits for, for people; empty before the first look
 * @param dueAt looked at again then, in milliseconds of the station clock (see {@code Announcements})
 * @param deadline given up when it is still missing then, by the same clock; empty while it has not been missed
 * @param seen what its file looked like at the last look; empty where there was none
 * @param seenAt since when it has looked like that, by the same clock
 * @param sceneId the scene that it became, or by which its rejection is known
 */
public record Announcement(
        String messageId,
        String correlationId,
        String stationId,
        String digest,
        String body,
        String name,
        String recipe,
        Priority priority,
        Instant notBefore,
        State state,
        String waitsFor,
        long dueAt,
        Optional<Long> deadline,
        String seen,
        long seenAt,
        Optional<String> sceneId,
        Optional<Refusal> refusal,
        Instant receivedAt) {
    /** What became of it. */
    public enum State {
        WAITING,
        TAKEN,
        /** It cannot be used. */
        REJECTED
    }

    /** The same, still waiting, after a look at it. */
    public Announcement later(
            String nowWaitsFor, long nextLook, Optional<Long> newDeadline, String nowSeen, long nowSeenAt) {
        return new Announcement(
                messageId,
                correlationId,
                stationId,
                digest,
                body,
                name,
                recipe,
                priority,
                notBefore,
                state,
                nowWaitsFor,
                nextLook,
                newDeadline,
                nowSeen,
                nowSeenAt,
                sceneId,
                refusal,
                receivedAt);
    }
}
