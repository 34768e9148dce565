package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.SceneInput;
import io.swath.model.Announcement;
import io.swath.model.Recipe;
import io.swath.model.Rejection;

/** What a look at an announced scene found, and therefore what happens to the announcement. */
sealed interface LookResult {
    /** An earlier attempt added the scene to the ledger: only the rest of that attempt is to be done. */
    record Finish(String sceneId) implements LookResult {}

    /**
     * The scene is complete.
     *
     * @param snapshot the files as they were before they were read
     */
    record Take(SceneInput input, Recipe recipe, String contentKey, FilesSnapshot snapshot) implements LookResult {}

    /** The scene is not complete, or its recipe cannot be used; look again later. */
    record Wait(Announcement.Watch watch) implements LookResult {}

    /**
     * The storage failed; look again later.
     *
     * @param problem what failed, for people
     */
    record StorageFailed(Announcement.Watch watch, String problem) implements LookResult {}

    /** The announcement cannot be used. */
    record Reject(Rejection rejection) implements LookResult {}
}
