package io.swath.testing;

import io.swath.model.BoundingBox;
import io.swath.model.SceneFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Builds scene filters for tests. */
public final class Filters {
    public boolean stale;
    public boolean failed;
    public String recipe;
    public String sensor;
    public Instant from;
    public Instant until;
    public BoundingBox box;
    public List<String> ids;

    private Filters() {}

    public static SceneFilter stale() {
        return of("stale", filter -> filter.stale = true);
    }

    public static SceneFilter failed() {
        return of("failed", filter -> filter.failed = true);
    }

    /** A filter with this text and the conditions that {@code conditions} sets. */
    public static SceneFilter of(String text, Consumer<Filters> conditions) {
        Filters filter = new Filters();
        conditions.accept(filter);
        return new SceneFilter(
                text,
                filter.stale,
                filter.failed,
                Optional.ofNullable(filter.recipe),
                Optional.ofNullable(filter.sensor),
                Optional.ofNullable(filter.from),
                Optional.ofNullable(filter.until),
                Optional.ofNullable(filter.box),
                Optional.ofNullable(filter.ids));
    }
}
