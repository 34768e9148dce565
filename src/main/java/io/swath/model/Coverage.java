package io.swath.model;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When, by what and of where a scene was taken, as far as it is known: what scenes are selected by.
 *
 * @param sensors names of the platform and of its instruments, each as {@link #word} makes it
 */
public record Coverage(Optional<Instant> acquired, List<String> sensors, Optional<BoundingBox> box) {
    public Coverage {
        sensors = List.copyOf(sensors);
    }

    /**
     * From what planning found.
     *
     * @param datetime an ISO 8601 instant, or anything else where it is not known
     * @param names of platform and instruments, as they are written somewhere
     * @param footprint a ring of longitudes and latitudes, or nothing
     */
    public static Coverage of(String datetime, Collection<String> names, List<List<Double>> footprint) {
        List<String> sensors = names.stream()
                .map(Coverage::word)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        return new Coverage(instant(datetime), sensors, BoundingBox.around(footprint));
    }

    /** A name as STAC writes such names: {@code LANDSAT_8} and {@code Landsat 8} are {@code landsat-8}. */
    public static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-").replaceAll("^-|-$", "");
    }

    private static Optional<Instant> instant(String datetime) {
        try {
            return Optional.of(Instant.parse(datetime));
        } catch (DateTimeException unknown) {
            return Optional.empty();
        }
    }
}
