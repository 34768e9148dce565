package io.swath.arrival.station;

import io.swath.arrival.SceneName;
import io.swath.model.Announcement;
import io.swath.model.Origin;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.untrusted.Texts;
import java.time.Instant;

/** Makes the rejected scene by which the ledger, and its events, show a rejected announcement. */
final class RejectedAnnouncement {
    private RejectedAnnouncement() {}

    static String sceneId(String name, String messageId) {
        return SceneName.id(name, key(messageId));
    }

    static Scene scene(Announcement announcement, Rejection rejection, Instant now) {
        Scene.Arrival arrival = new Scene.Arrival(
                announcement.name(),
                key(announcement.messageId()),
                Origin.STATION,
                announcement.order().priority(),
                now);
        return Scene.arrived(
                sceneId(announcement.name(), announcement.messageId()),
                announcement.recipe(),
                "",
                arrival,
                SceneState.REJECTED,
                rejection.text());
    }

    /** No content was read, so the key is that of the message. */
    private static String key(String messageId) {
        return Texts.digest("announcement\0" + messageId);
    }
}
