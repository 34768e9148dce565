package io.swath.arrival.night;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final String AT_ONE = "0 0 1 * * ?";

    private static Instant at(String time) {
        return Instant.parse(time);
    }

    @Test
    void without_a_rule_there_are_no_nights() {
        Schedule none = Schedule.of("", "UTC", "");
        assertThat(none.used()).isFalse();
        assertThat(none.next(at("2026-03-01T12:00:00Z"))).isEmpty();
        assertThat(none.last(at("2026-03-01T12:00:00Z"))).isEmpty();
        assertThat(none.text()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0 0 1 * * ?, UTC, 2026-03-01T12:00:00Z, 2026-03-01T01:00:00Z, 2026-03-02T01:00:00Z",
        "0 0 1 * * ?, UTC, 2026-03-01T01:00:00Z, 2026-03-01T01:00:00Z, 2026-03-02T01:00:00Z",
        "0 0 1 * * ?, UTC, 2026-03-01T00:59:59.999Z, 2026-02-28T01:00:00Z, 2026-03-01T01:00:00Z",
        "0 0 1 * * ?, Europe/Vienna, 2026-07-01T12:00:00Z, 2026-06-30T23:00:00Z, 2026-07-01T23:00:00Z",
        "0/5 * * * * ?, UTC, 2026-03-01T12:00:07Z, 2026-03-01T12:00:05Z, 2026-03-01T12:00:10Z",
        "* * 1 * * ?, UTC, 2026-03-01T12:00:00Z, 2026-03-01T01:59:59Z, 2026-03-02T01:00:00Z",
        "0 0 1 29 2 ?, UTC, 2026-03-01T12:00:00Z, 2024-02-29T01:00:00Z, 2028-02-29T01:00:00Z",
    })
    void the_last_and_the_next_time_follow_the_rule(String cron, String zone, String now, String last, String next) {
        Schedule schedule = Schedule.of(cron, zone, "");
        assertThat(schedule.last(at(now))).contains(at(last));
        assertThat(schedule.next(at(now))).contains(at(next));
    }

    @ParameterizedTest
    @CsvSource({
        "UTC, 2026-03-01T01:00:00Z, 06:00, 2026-03-01T06:00:00Z",
        "UTC, 2026-03-01T23:00:00Z, 06:00, 2026-03-02T06:00:00Z",
        "UTC, 2026-03-01T06:00:00Z, 06:00, 2026-03-02T06:00:00Z",
        "Europe/Vienna, 2026-07-01T23:00:00Z, 06:00, 2026-07-02T04:00:00Z",
    })
    void a_night_ends_at_the_first_such_time_of_day_after_its_begin(
            String zone, String begun, String until, String end) {
        assertThat(Schedule.of(AT_ONE, zone, until).end(at(begun))).contains(at(end));
        assertThat(Schedule.of(AT_ONE, zone, "").end(at(begun))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 1 * * *", "nonsense", "0 0 1 * * *", "0 0 25 * * ?"})
    void an_invalid_rule_is_rejected_with_the_name_of_its_setting(String cron) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.of(cron, "UTC", ""))
                .withMessageContainingAll("nightly.cron is '" + cron + "'", "0 0 1 * * ?");
    }

    @Test
    void an_invalid_zone_or_time_of_day_is_rejected_with_the_name_of_its_setting() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.of(AT_ONE, "Mars/Olympus", ""))
                .withMessageContainingAll("nightly.zone is 'Mars/Olympus'", "Europe/Vienna");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.of(AT_ONE, "UTC", "6 o'clock"))
                .withMessageContainingAll("nightly.until is '6 o'clock'", "06:00");
    }
}
