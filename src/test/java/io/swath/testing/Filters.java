package io.swath.testing;

import io.swath.model.BoundingBox;
import io.swath.model.SceneFilter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Filters for tests, by what they say. */
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

    /** One of that wording that says what is set. */
    public static SceneFilter of(String text, Consumer<Filters> says) {
        Filters filter = new Filters();
        says.accept(filter);
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
