package io.swath.arrival.station;

import io.swath.arrival.SceneName;
import io.swath.model.Announcement;
import io.swath.model.Origin;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.untrusted.Texts;
import java.time.Instant;

/** The scenes by which the ledger, and with it the world, knows announcements that were turned away. */
final class RejectedAnnouncement {
    private RejectedAnnouncement() {}

    static String id(String name, String messageId) {
        return SceneName.id(name, key(messageId));
    }

    static Scene scene(Announcement one, Rejection rejection, Instant now) {
        Scene.Arrival arrival = new Scene.Arrival(
                one.name(), key(one.messageId()), Origin.STATION, one.order().priority(), now);
        return Scene.arrived(
                id(one.name(), one.messageId()), one.recipe(), "", arrival, SceneState.REJECTED, rejection.text());
    }

    /** It has no content that was read, so its message stands for it. */
    private static String key(String messageId) {
        return Texts.digest("announcement\0" + messageId);
    }
}
