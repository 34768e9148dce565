package io.swath.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One filter of {@code nightly.select}: it selects delivered and failed scenes for reprocessing. A scene matches when
 * every condition that is set holds. Where a condition needs a fact that is not known of a scene, the scene does not
 * match. Immutable.
 *
 * @param text the filter as people wrote it; the ledger records by this text which scenes it has selected
 * @param stale the scene's recipe has changed since the scene was planned
 * @param failed the scene failed
 * @param sensor one of {@link Coverage#sensors}
 * @param from the scene was acquired at this time or later
 * @param until the scene was acquired before this time
 * @param box the scene's bounding box meets this one
 * @param ids the scene's id is one of these
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

    /**
     * Whether a scene still matches after it was reprocessed. Such a filter selects each scene only once, or it would
     * select the same scenes every night.
     */
    public boolean matchesAfterReprocessing() {
        return !stale && !failed;
    }
}
