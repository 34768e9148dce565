package io.swath.model;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When a scene was acquired, by which sensors, and which part of the earth it shows. Filters select scenes by these
 * values. An unknown value is empty. Immutable.
 *
 * @param sensors names of the platform and of its instruments, as {@link #normalizedName} writes them
 */
public record Coverage(Optional<Instant> acquired, List<String> sensors, Optional<BoundingBox> box) {
    public Coverage {
        sensors = List.copyOf(sensors);
    }

    /**
     * Makes the coverage from what planning found.
     *
     * @param datetime an ISO 8601 instant; any other text counts as not known
     * @param names of the platform and the instruments, in any spelling
     * @param footprint a ring of longitudes and latitudes, or an empty list
     */
    public static Coverage of(String datetime, Collection<String> names, List<List<Double>> footprint) {
        List<String> sensors = names.stream()
                .map(Coverage::normalizedName)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        return new Coverage(instant(datetime), sensors, BoundingBox.around(footprint));
    }

    /** The name in the spelling of STAC: {@code LANDSAT_8} and {@code Landsat 8} both become {@code landsat-8}. */
    public static String normalizedName(String name) {
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
