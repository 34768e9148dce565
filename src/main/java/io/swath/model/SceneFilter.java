package io.swath.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which of the scenes that have ended, delivered or failed, somebody wants done again: those for which all that is said
 * here is true. A scene of which something is not known is not among those for which it is asked.
 *
 * @param text as people wrote it: what it chose is remembered by it
 * @param stale its recipe has changed since
 * @param failed it failed
 * @param sensor a word of {@link Coverage#sensors}
 * @param from when it was acquired: not before
 * @param until nor at this time or later
 * @param ids one of these
 */
public record SceneFilter(
        String text,
        boolean stale,
        boolean failed,
        Optional<String> recipe,
        Optional<String> sensor,
        Optional<Instant> from,
        Optional<Instant> until,
        Optional<BoundingBox> box,
        Optional<List<String>> ids) {
    public SceneFilter {
        ids = ids.map(List::copyOf);
    }

    /** Whether it goes on being true of a scene that was done again: then what it chose once it chooses no more. */
    public boolean lasting() {
        return !stale && !failed;
    }
}
