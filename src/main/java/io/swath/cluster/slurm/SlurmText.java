package io.swath.cluster.slurm;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads values as Slurm's commands print them. A value that cannot be read is empty (unknown), never zero. Stateless. */
final class SlurmText {
    private static final Pattern SIZE = Pattern.compile("([0-9.]+)([KMGTPE]?)[nc]?");
    private static final Pattern TIME =
            Pattern.compile("(?:(\\d{1,9})-)?(?:(\\d{1,9}):)?(\\d{1,9}):(\\d{1,9})(?:\\.(\\d{1,3})\\d*)?");
    private static final Pattern DAYS_AND_HOURS = Pattern.compile("(\\d{1,9})-(\\d{1,9})");
    private static final Map<String, Long> UNIT_KIB =
            Map.of("K", 1L, "M", 1L << 10, "G", 1L << 20, "T", 1L << 30, "P", 1L << 40, "E", 1L << 50);

    private SlurmText() {}

    /** Reads a time such as {@code 2026-11-23T18:58:40}. It is UTC, because every command runs with {@code TZ=UTC}. */
    static Optional<Instant> instant(String text) {
        try {
            return Optional.of(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException unknown) { // "Unknown", "None", "N/A" or empty
            return Optional.empty();
        }
    }

    /** Reads a duration such as {@code 1-02:03:04}, {@code 03:04.567} or {@code 2-12}; {@code UNLIMITED} is empty. */
    static Optional<Duration> duration(String text) {
        Matcher days = DAYS_AND_HOURS.matcher(text);
        if (days.matches()) {
            return Optional.of(Duration.ofDays(number(days.group(1))).plusHours(number(days.group(2))));
        }
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            return Optional.empty();
        }
        String fraction = time.group(5) == null ? "0" : (time.group(5) + "00").substring(0, 3);
        return Optional.of(Duration.ofDays(number(time.group(1)))
                .plusHours(number(time.group(2)))
                .plusMinutes(number(time.group(3)))
                .plusSeconds(number(time.group(4)))
                .plusMillis(number(fraction)));
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    /** Reads a whole number. */
    static Optional<Long> count(String text) {
        try {
            return Optional.of(Long.valueOf(text));
        } catch (NumberFormatException none) {
            return Optional.empty();
        }
    }

    /** Reads used memory such as {@code 19855760K}. Without a unit it is in bytes, as {@code --noconvert} prints it. */
    static Optional<Long> usedKiB(String text) {
        return kib(text, 1.0 / 1024);
    }

    /** Reads requested memory such as {@code 300M}. Without a unit it is in MiB, as in slurm.conf(5). */
    static Optional<Long> requestedKiB(String text) {
        return kib(text, 1024);
    }

    private static Optional<Long> kib(String text, double plainUnit) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            return Optional.empty();
        }
        try {
            double unit = size.group(2).isEmpty() ? plainUnit : UNIT_KIB.get(size.group(2));
            return Optional.of(Math.round(Double.parseDouble(size.group(1)) * unit));
        } catch (NumberFormatException none) {
            return Optional.empty();
        }
    }

    /** Free text, on one line and short enough for a message. */
    static String line(String text) {
        String line = text.replaceAll("[\\p{C}\\s]+", " ").strip();
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    /** The value of one entry of a TRES list such as {@code cpu=1,mem=300M,gres/gpu:a100=2}; empty text if it is not listed. */
    static String tres(String list, String name) {
        for (String entry : list.split(",", -1)) {
            if (entry.startsWith(name + "=")) {
                return entry.substring(name.length() + 1);
            }
        }
        return "";
    }
}
