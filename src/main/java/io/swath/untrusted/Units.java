package io.swath.untrusted;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations and memory sizes as people write them: one grammar for settings, recipes and messages. Every method returns
 * empty when the text does not match its grammar. A caller checks the range that it needs.
 */
public final class Units {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?)\\s?([MGT])(?:i?B)?");
    private static final String AMOUNT = "([0-9]{1,12})";
    private static final Pattern SHORT_FORM = Pattern.compile("(?=.)" + part(AMOUNT, "d") + part(AMOUNT, "h")
            + part(AMOUNT, "m") + part(AMOUNT, "s") + part(AMOUNT, "ms"));
    private static final Pattern ISO = Pattern.compile(
            "P(?=.)" + part(AMOUNT, "D") + "(?:T(?=.)" + part(AMOUNT, "H") + part(AMOUNT, "M")
                    + part("[0-9]{1,12}(?:\\.[0-9]{1,9})?", "S") + ")?",
            Pattern.CASE_INSENSITIVE);

    private Units() {}

    private static String part(String amount, String unit) {
        return "(?:" + amount + unit + ")?";
    }

    /**
     * A duration in one of two forms. Amounts are whole numbers of at most twelve digits, units stand in falling order,
     * and each unit is used at most once. Spaces around the text are ignored.
     *
     * <ul>
     *   <li>The short form has the units d, h, m, s and ms in lower case: {@code 500ms}, {@code 10s}, {@code 2m},
     *       {@code 1h30m}, {@code 2d}.
     *   <li>The ISO 8601 form has days, hours, minutes and seconds, in any case: {@code PT2M}, {@code P1DT12H};
     *       the seconds may have a fraction: {@code PT1.5S}.
     * </ul>
     */
    public static Optional<Duration> duration(String text) {
        String given = text.strip();
        Matcher shortForm = SHORT_FORM.matcher(given);
        if (shortForm.matches()) {
            return Optional.of(Duration.ofDays(amount(shortForm, 1))
                    .plusHours(amount(shortForm, 2))
                    .plusMinutes(amount(shortForm, 3))
                    .plusSeconds(amount(shortForm, 4))
                    .plusMillis(amount(shortForm, 5)));
        }
        Matcher iso = ISO.matcher(given);
        return iso.matches() ? Optional.of(Duration.parse(given)) : Optional.empty();
    }

    /**
     * A size in MiB: {@code 600M}, {@code 1.5G} or {@code 2T}, also as {@code 600MB} or {@code 600MiB}. Units are powers
     * of 1024, as in {@code sbatch --mem}. A fraction of a MiB is rounded up.
     */
    public static Optional<Long> memoryMiB(String text) {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches()) {
            return Optional.empty();
        }
        long unitMiB = switch (size.group(2)) {
            case "T" -> 1024L * 1024;
            case "G" -> 1024L;
            default -> 1L;
        };
        return Optional.of(new BigDecimal(size.group(1))
                .multiply(BigDecimal.valueOf(unitMiB))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact());
    }

    private static long amount(Matcher duration, int group) {
        return duration.group(group) == null ? 0 : Long.parseLong(duration.group(group));
    }
}
