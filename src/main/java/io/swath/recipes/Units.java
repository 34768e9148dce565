package io.swath.recipes;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as people write them. Empty where a text is not one. */
final class Units {
    private static final Pattern MEMORY = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?)\\s?([MGT])(?:i?B)?");
    private static final Pattern TIME =
            Pattern.compile("(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?");

    private Units() {}

    /** MiB of {@code 600M}, {@code 1.5G} or {@code 2T}; powers of 1024, as Slurm reads them; rounded up. */
    static Optional<Long> memoryMiB(String text) {
        Matcher found = MEMORY.matcher(text.strip());
        if (!found.matches()) {
            return Optional.empty();
        }
        long unit = switch (found.group(2)) {
            case "T" -> 1024L * 1024;
            case "G" -> 1024L;
            default -> 1L;
        };
        return Optional.of(new BigDecimal(found.group(1))
                .multiply(BigDecimal.valueOf(unit))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact());
    }

    /** The time of {@code 90s}, {@code 2m}, {@code 1h30m}, {@code 2d} or of ISO 8601, such as {@code PT2M}. */
    static Optional<Duration> time(String text) {
        String given = text.strip();
        if (given.toUpperCase(Locale.ROOT).startsWith("P")) {
            try {
                return Optional.of(Duration.parse(given));
            } catch (DateTimeParseException notIso) {
                return Optional.empty();
            }
        }
        Matcher found = TIME.matcher(given);
        if (given.isEmpty() || !found.matches()) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofDays(number(found, 1))
                .plusHours(number(found, 2))
                .plusMinutes(number(found, 3))
                .plusSeconds(number(found, 4)));
    }

    private static long number(Matcher found, int group) {
        return found.group(group) == null ? 0 : Long.parseLong(found.group(group));
    }
}
