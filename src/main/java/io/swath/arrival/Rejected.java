package io.swath.arrival;

import io.swath.model.Announcement;
import io.swath.model.Door;
import io.swath.model.Refusal;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.wire.Texts;
import java.time.Instant;

/** The scenes by which the ledger, and with it the world, knows announcements that were turned away. */
final class Rejected {
    private Rejected() {}

    static String id(String name, String messageId) {
        return SceneName.id(name, key(messageId));
    }

    static Scene scene(Announcement one, Refusal refusal, Instant now) {
        return Scene.arrived(
                id(one.name(), one.messageId()),
                one.name(),
                one.recipe(),
                "",
                key(one.messageId()),
                Door.STATION,
                one.priority(),
                SceneState.REJECTED,
                refusal.text(),
                now);
    }

    /** It has no content that was read, so its message stands for it. */
    private static String key(String messageId) {
        return Texts.digest("announcement\0" + messageId);
    }
}
