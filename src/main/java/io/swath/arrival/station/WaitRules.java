package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.station.LookResult.Reject;
import io.swath.arrival.station.LookResult.StorageFailed;
import io.swath.arrival.station.LookResult.Wait;
import io.swath.model.Announcement;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides when Swath looks again at an announced scene that it cannot take yet, and when the scene's time is up. Every
 * {@code now} is in milliseconds of the station clock (see {@link io.swath.ledger.Announcements}). Immutable.
 *
 * @param patience how long an announced scene may be missing
 * @param settle how long a scene that came without a checksum must stand still
 */
record WaitRules(Duration patience, Duration settle) {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);
    /** Swath looks again at a missing scene after 1/8 of the time for which the scene has been missing. */
    private static final int PAUSE_PART = 8;

    /** Whether the files have looked like this for the settling time. */
    boolean isStill(Announcement announcement, FilesSnapshot snapshot, long now) {
        Announcement.Watch watch = announcement.watch();
        return settle.isZero() || (watch.seen().equals(snapshot.text()) && now - watch.seenAt() >= settle.toMillis());
    }

    /** The files are there and may still change. */
    LookResult waitUntilStill(Announcement announcement, FilesSnapshot snapshot, long now) {
        boolean same = announcement.watch().seen().equals(snapshot.text());
        long since = same ? announcement.watch().seenAt() : now;
        long dueAt = Math.max(now, Math.min(since + settle.toMillis(), now + LONGEST_PAUSE.toMillis()));
        String waitsFor = "its files to stay unchanged for " + settle.toSeconds() + " s";
        return new Wait(new Announcement.Watch(waitsFor, dueAt, Optional.empty(), snapshot.text(), since));
    }

    /**
     * Something is missing. The scene's time runs from the first look that found something missing.
     *
     * @param field the message's field that names what is missing
     */
    LookResult waitForMissing(Announcement announcement, String field, String what, long now) {
        long deadline = announcement.watch().deadline().orElse(now + patience.toMillis());
        if (now >= deadline) {
            return new Reject(new Rejection(
                    "scene-comes-in-time",
                    field,
                    "after " + patience.toSeconds() + " s this was still missing: " + Texts.storable(what),
                    "Announce a scene when it is there, or ask for a longer station.patience; then send the message"
                            + " again."));
        }
        long missingFor = patience.toMillis() - (deadline - now);
        return new Wait(watch(what, now, Duration.ofMillis(missingFor / PAUSE_PART), Optional.of(deadline)));
    }

    /**
     * The files are there, but cannot be used yet: another program has one open, or an archive could not be unpacked. The
     * scene's time runs, and what stood still before need not do so again.
     */
    LookResult waitForUse(Announcement announcement, String what, long now) {
        LookResult result = waitForMissing(announcement, "path", what, now);
        if (result instanceof Wait wait) {
            Announcement.Watch before = announcement.watch();
            Announcement.Watch watch = wait.watch();
            return new Wait(new Announcement.Watch(
                    watch.waitsFor(), watch.dueAt(), watch.deadline(), before.seen(), before.seenAt()));
        }
        return result;
    }

    /**
     * Swath unpacks the archive. This rejects nothing, and what stood still before need not do so again. After an attempt
     * that failed, the scene's time runs on: another failure after its end rejects the scene.
     */
    LookResult waitForUnpacking(Announcement announcement, String what, long now) {
        return waitWithoutRejection(
                announcement, what, FIRST_PAUSE, announcement.watch().deadline(), now);
    }

    /** The recipe cannot be used now. The station cannot end this wait, so the scene's time does not run. */
    LookResult waitForRecipe(Announcement announcement, long now) {
        return waitWithoutRejection(announcement, "a recipe that can be used", LONGEST_PAUSE, Optional.empty(), now);
    }

    private static LookResult waitWithoutRejection(
            Announcement announcement, String what, Duration pause, Optional<Long> deadline, long now) {
        Announcement.Watch before = announcement.watch();
        return new Wait(new Announcement.Watch(what, now + pause.toMillis(), deadline, before.seen(), before.seenAt()));
    }

    /** The storage failed. A file that disappeared during the look is no failure. */
    LookResult waitForStorage(Announcement announcement, IOException failure, long now) {
        Announcement.Watch watch = watch("the storage (" + failure + ")", now, PAUSE_AFTER_FAILURE, Optional.empty());
        return failure instanceof NoSuchFileException
                ? new Wait(watch)
                : new StorageFailed(
                        watch,
                        Texts.shown(announcement.name()) + " cannot be read or accepted: " + failure.getMessage());
    }

    private static Announcement.Watch watch(String waitsFor, long now, Duration pause, Optional<Long> deadline) {
        long millis = Math.min(Math.max(pause.toMillis(), FIRST_PAUSE.toMillis()), LONGEST_PAUSE.toMillis());
        return new Announcement.Watch(Texts.storable(waitsFor), now + millis, deadline, "", 0);
    }
}
