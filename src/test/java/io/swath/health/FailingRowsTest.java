package io.swath.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.health.Incidents.Incident;
import io.swath.model.LeadershipLostException;
import io.swath.testing.TestClock;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailingRowsTest {
    private final TestClock clock = new TestClock();
    private final Incidents incidents = new Incidents(clock);
    private final FailingRows rows =
            new FailingRows(incidents, clock, "scene ", "it failed: ", List.of(LeadershipLostException.class));

    private boolean fails(String row, Exception failure) {
        return !rows.attempt(row, () -> {
            if (failure instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw (IOException) failure;
        });
    }

    @Test
    void a_row_that_throws_is_an_incident_of_its_own_and_the_next_row_is_done() {
        List<String> done = new ArrayList<>();
        for (String row : List.of("a", "b", "c")) {
            rows.attempt(row, () -> {
                if (row.equals("b")) {
                    throw new IllegalStateException("broken");
                }
                done.add(row);
            });
        }
        assertThat(done).containsExactly("a", "c");
        assertThat(incidents.open()).extracting(Incident::part).containsExactly("scene b");
        assertThat(incidents.open().get(0).what()).startsWith("it failed: ").endsWith("broken");
        assertThat(rows.attempt("b", () -> {})).isTrue();
        assertThat(incidents.open()).isEmpty();
    }

    @Test
    void the_pause_doubles_from_5_seconds_to_5_minutes_and_a_success_ends_it() {
        for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 300, 300}) {
            assertThat(fails("a", new IOException("no"))).isTrue();
            clock.forward(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(rows.isPaused("a")).as("after " + seconds + " s").isTrue();
            clock.forward(Duration.ofMillis(1));
            assertThat(rows.isPaused("a")).isFalse();
        }
        assertThat(rows.isPaused("b")).isFalse();
        rows.attempt("a", () -> {});
        fails("a", new IOException("no"));
        clock.forward(Duration.ofSeconds(5));
        assertThat(rows.isPaused("a")).isFalse();
    }

    @Test
    void what_concerns_every_row_is_thrown_on() {
        for (RuntimeException failure : List.of(
                new LeadershipLostException("lost"), new IllegalStateException(new SQLException("no database")))) {
            assertThatThrownBy(() -> fails("a", failure)).isSameAs(failure);
        }
        assertThat(incidents.open()).isEmpty();
    }

    @Test
    void a_row_that_needs_too_much_memory_waits_alone() {
        for (Error error : List.of(new OutOfMemoryError("Java heap space"), new StackOverflowError())) {
            assertThat(rows.attempt("a", () -> {
                        throw error;
                    }))
                    .isFalse();
            assertThat(rows.isPaused("a")).isTrue();
            assertThat(incidents.open().get(0).what()).startsWith("it failed: ").contains(error.toString());
            assertThat(rows.attempt("b", () -> {})).isTrue();
        }
    }

    @Test
    void rows_that_have_ended_are_forgotten_with_their_incidents() {
        fails("a", new IOException("no"));
        fails("b", new IOException("no"));
        rows.retain(List.of("b"));
        assertThat(incidents.open()).extracting(Incident::part).containsExactly("scene b");
        assertThat(rows.isFailing("a")).isFalse();
    }
}
