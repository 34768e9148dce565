package io.swath.arrival.night;

import io.swath.model.BoundingBox;
import io.swath.model.Coverage;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The terms of one clause of a selection, each at most once. Every error names the term. */
final class SelectionTerms {
    private static final Set<String> WORDS = Set.of("stale", "failed");
    private static final Set<String> NAMES = Set.of("recipe", "sensor", "datetime", "bbox", "list");

    private final Map<String, String> terms = new HashMap<>();

    SelectionTerms(List<String> words) {
        for (String word : words) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            String value = equals < 0 ? "" : word.substring(equals + 1);
            if (!(equals < 0 ? WORDS : NAMES).contains(name) || (equals >= 0 && value.isEmpty())) {
                throw error(
                        word,
                        "it is none of stale, failed, recipe=NAME, sensor=NAME, datetime=FROM/TO,"
                                + " bbox=WEST,SOUTH,EAST,NORTH, list=FILE; put a space between terms and a ; between"
                                + " clauses");
            }
            if (terms.put(name, value) != null) {
                throw error(word, name + " is twice in one clause; put a ; between two alternatives");
            }
        }
    }

    private static IllegalArgumentException error(String term, String why) {
        return new IllegalArgumentException("nightly.select has '" + term + "': " + why);
    }

    boolean has(String word) {
        return terms.containsKey(word);
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(terms.get(name));
    }

    Optional<String> sensor() {
        return value("sensor").map(sensor -> {
            if (Coverage.normalizedName(sensor).isEmpty()) {
                throw error("sensor=" + sensor, "give the name of a platform or an instrument, such as landsat-8");
            }
            return Coverage.normalizedName(sensor);
        });
    }

    Optional<Path> listFile() {
        return value("list").map(Path::of).map(Path::toAbsolutePath);
    }

    Optional<BoundingBox> box() {
        return value("bbox").map(text -> {
            String[] sides = text.split(",", -1);
            try {
                if (sides.length == 4) {
                    return new BoundingBox(
                            Double.parseDouble(sides[0]),
                            Double.parseDouble(sides[1]),
                            Double.parseDouble(sides[2]),
                            Double.parseDouble(sides[3]));
                }
            } catch (IllegalArgumentException e) {
                throw error("bbox=" + text, "give west, south, east and north in degrees: " + e.getMessage());
            }
            throw error("bbox=" + text, "give west, south, east and north in degrees, such as 10,45,12,47");
        });
    }

    /** The start of the range, inclusive. */
    Optional<Instant> from() {
        return value("datetime")
                .flatMap(text -> moment(text, text.split("/", -1)[0]))
                .map(Moment::begin);
    }

    /** The end of the range, exclusive. */
    Optional<Instant> until() {
        Optional<Instant> until = value("datetime")
                .flatMap(text -> {
                    String[] ends = text.split("/", -1);
                    if (ends.length > 2) {
                        throw timeError(text);
                    }
                    return moment(text, ends[ends.length - 1]);
                })
                .map(Moment::end);
        Optional<Instant> from = from();
        if (from.isPresent() && until.isPresent() && !from.get().isBefore(until.get())) {
            throw error("datetime=" + value("datetime").orElseThrow(), "it ends before it begins");
        }
        return until;
    }

    /** The time that a text names: a whole day, or one millisecond. */
    private record Moment(Instant begin, Instant end) {}

    private static Optional<Moment> moment(String term, String text) {
        if (text.isEmpty() || text.equals("..")) {
            return Optional.empty();
        }
        try {
            if (text.indexOf('T') < 0) {
                Instant day = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
                return Optional.of(new Moment(day, day.plus(Duration.ofDays(1))));
            }
            Instant moment = OffsetDateTime.parse(text).toInstant();
            return Optional.of(new Moment(moment, moment.plusMillis(1)));
        } catch (DateTimeException e) {
            throw timeError(term);
        }
    }

    private static IllegalArgumentException timeError(String text) {
        return error(
                "datetime=" + text,
                "give a day or a time, or two with a / between, such as 2024-01-01/2024-06-30 or"
                        + " 2024-01-01T00:00:00Z/..");
    }
}
