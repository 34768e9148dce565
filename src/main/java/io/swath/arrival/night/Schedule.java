package io.swath.arrival.night;

import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Optional;
import java.util.TimeZone;
import org.quartz.CronExpression;

/**
 * When nights begin and end. Immutable.
 *
 * @param cron a Quartz cron expression; empty when there are no nights
 * @param zone the time zone of {@code cron} and {@code until}
 * @param until the time of day at which a night ends; empty when a night lasts until the next one begins
 */
public record Schedule(String cron, ZoneId zone, Optional<LocalTime> until) {
    /** The longest time between two nights: 29 February can be eight years away. */
    private static final Duration LONGEST = Duration.ofDays(8 * 366);

    /**
     * Reads the settings.
     *
     * @throws IllegalArgumentException with the setting, what is wrong with it and what to write
     */
    public static Schedule of(String cron, String zone, String until) {
        ZoneId where = zone(zone);
        Schedule schedule = new Schedule(cron, where, until(until));
        if (schedule.used()) {
            expression(cron, where);
        }
        return schedule;
    }

    private static ZoneId zone(String zone) {
        try {
            return zone.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(zone);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "nightly.zone is '" + zone + "': give UTC, a name such as Europe/Vienna, or nothing for the"
                            + " machine's own",
                    e);
        }
    }

    private static Optional<LocalTime> until(String until) {
        try {
            return until.isEmpty() ? Optional.empty() : Optional.of(LocalTime.parse(until));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "nightly.until is '" + until + "': give a time of day such as 06:00, or nothing", e);
        }
    }

    private static CronExpression expression(String cron, ZoneId zone) {
        try {
            CronExpression expression = new CronExpression(cron);
            expression.setTimeZone(TimeZone.getTimeZone(zone));
            return expression;
        } catch (ParseException | RuntimeException e) { // Quartz also throws unchecked exceptions
            throw new IllegalArgumentException(
                    "nightly.cron is '" + cron + "': " + e.getMessage().replaceFirst("\\.+$", "")
                            + ". Give second, minute, hour, day of the month,"
                            + " month and day of the week, one of the days as ?: 0 0 1 * * ? is every night at one",
                    e);
        }
    }

    /** Whether there are nights at all. */
    public boolean used() {
        return !cron.isEmpty();
    }

    /** The rule as text, for people and for the ledger; a different text is a different rule. */
    public String text() {
        return used() ? cron + " " + zone : "";
    }

    /** The first due time after this time. */
    public Optional<Instant> next(Instant time) {
        return used() ? next(expression(cron, zone), time) : Optional.empty();
    }

    private static Optional<Instant> next(CronExpression expression, Instant time) {
        return Optional.ofNullable(expression.getNextValidTimeAfter(Date.from(time)))
                .map(Date::toInstant);
    }

    /**
     * The last due time at or before this time. Quartz only searches forward, so the search starts earlier and earlier.
     */
    public Optional<Instant> last(Instant time) {
        if (!used()) {
            return Optional.empty();
        }
        CronExpression expression = expression(cron, zone);
        for (Duration back = Duration.ofSeconds(1); back.compareTo(LONGEST) < 0; back = back.multipliedBy(2)) {
            Optional<Instant> found = next(expression, time.minus(back)).filter(due -> !due.isAfter(time));
            if (found.isPresent()) {
                Optional<Instant> later = found;
                while (later.isPresent()) {
                    found = later;
                    later = next(expression, found.get()).filter(due -> !due.isAfter(time));
                }
                return found;
            }
        }
        return Optional.empty();
    }

    /** When the night that began at this time ends; empty when nights have no end. */
    public Optional<Instant> end(Instant begun) {
        return until.map(time -> {
            ZonedDateTime begin = begun.atZone(zone);
            ZonedDateTime end = begin.with(time);
            return (end.isAfter(begin) ? end : begin.plusDays(1).with(time)).toInstant();
        });
    }
}
