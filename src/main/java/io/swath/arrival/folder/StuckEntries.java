package io.swath.arrival.folder;

import io.swath.health.GrowingPause;
import io.swath.health.Incidents;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Entries that could be neither accepted nor rejected, each with an open incident. Each try may read the whole entry, so
 * the pauses between them grow. Not thread-safe.
 */
final class StuckEntries {
    /** An entry that only changed at the wrong moment needs no pause. */
    private static final int WITHOUT_PAUSE = 2;

    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofSeconds(5), Duration.ofMinutes(1));

    private record Failures(int count, Instant due) {
        static final Failures NONE = new Failures(0, Instant.MIN);
    }

    private final Incidents incidents;
    private final Clock steady;
    private final Map<Path, Failures> entries = new HashMap<>();

    /** @param steady a clock that only runs forward */
    StuckEntries(Incidents incidents, Clock steady) {
        this.incidents = incidents;
        this.steady = steady;
    }

    /** @param what a sentence about the entry, without its end */
    void report(Path entry, String what, Exception cause) {
        int count = entries.getOrDefault(entry, Failures.NONE).count() + 1;
        entries.put(entry, new Failures(count, steady.instant().plus(PAUSE.after(count - WITHOUT_PAUSE))));
        incidents.report(
                incident(entry),
                entry + " " + what + ": " + words(cause) + ". Swath tries again, after "
                        + PAUSE.longest().toSeconds() + " s at the latest");
    }

    /** Whether the next try has to wait. */
    boolean isPaused(Path entry) {
        return entries.getOrDefault(entry, Failures.NONE).due().isAfter(steady.instant());
    }

    void resolve(Path entry) {
        entries.remove(entry);
        incidents.resolve(incident(entry));
    }

    boolean holds(Path entry) {
        return entries.containsKey(entry);
    }

    List<Path> all() {
        return List.copyOf(entries.keySet());
    }

    /** What failed, and what to do. The message of many exceptions is nothing but a path. */
    static String words(Exception cause) {
        if (!(cause instanceof FileSystemException failed) || failed.getReason() != null) {
            return String.valueOf(cause.getMessage());
        }
        String what = "the storage refused it (" + cause.getClass().getSimpleName() + ")";
        if (cause instanceof AccessDeniedException) {
            what = "the user that runs Swath has no right to it; give it to its group with write access";
        } else if (cause instanceof NoSuchFileException) {
            what = "it is not there; if it lies on a mount, mount it again";
        } else if (cause instanceof DirectoryNotEmptyException) {
            what = "it is a folder that is not empty; move it away";
        } else if (cause instanceof FileAlreadyExistsException) {
            what = "something else has this name; move it away";
        }
        return failed.getFile() + ": " + what;
    }

    private static String incident(Path path) {
        return "arrival of " + path.getParent().getFileName() + "/" + path.getFileName();
    }
}
