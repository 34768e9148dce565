package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class SqliteLedgerTest extends NightContract {
    @TempDir
    private Path folder;

    private Ledger ledger;

    @BeforeEach
    void open() {
        ledger = Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC());
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    @Override
    Ledger ledger() {
        return ledger;
    }

    @Override
    Ledger another() {
        return Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC());
    }

    /** How SQLite answers the queries of a call. */
    private List<String> plans(Consumer<Session> call) {
        return ledger.read(session -> {
            List<String> queries = new ArrayList<>();
            session.handle.setSqlLogger(new SqlLogger() {
                @Override
                public void logAfterExecution(StatementContext context) {
                    queries.add(context.getParsedSql().getSql());
                }
            });
            call.accept(session);
            List<String> plans = new ArrayList<>();
            for (String query : queries) {
                try (Statement statement = session.handle.getConnection().createStatement();
                        ResultSet steps = statement.executeQuery("explain query plan " + query)) {
                    while (steps.next()) {
                        plans.add(steps.getString("detail"));
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
            return plans;
        });
    }

    @Test
    void questions_that_are_asked_again_and_again_do_not_read_all_failures_of_the_past() {
        Instant since = Instant.parse("2026-11-23T12:00:00Z");
        String recent = "SEARCH run USING INDEX run_at_fault (at_fault=? AND ended_at>?)";
        assertThat(plans(session -> session.runs().failingNodes(since, 3)))
                .contains(recent)
                .noneMatch(step -> step.startsWith("SCAN run"));
        assertThat(plans(session -> session.runs().tilesFailingEverywhere(since)))
                .contains(recent);
        assertThat(plans(session -> session.runs().onBrokenNodes(since))).contains(recent);
        assertThat(plans(session -> session.runs().withoutStorage()))
                .contains("SEARCH run USING INDEX run_without_storage (scene_id=?)")
                .anyMatch(step -> step.startsWith("SEARCH scene USING INDEX scene_by_state (state=?)"))
                .noneMatch(step -> step.startsWith("SCAN run"));
    }

    @Test
    void the_queued_tiles_of_a_step_are_counted_without_reading_runs_that_have_ended() {
        assertThat(plans(session -> session.unsentBatches().tilesQueued("a", 0)))
                .anyMatch(step -> step.startsWith("SEARCH run USING INDEX run_open (token=?"))
                .noneMatch(step -> step.contains("run_by_scene") || step.startsWith("SCAN run"));
    }

    @Test
    void two_programs_can_write_at_the_same_time() {
        try (Ledger other = Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC())) {
            a_control_request_is_open_until_it_is_done();
            CompletableFuture<?>[] writers = IntStream.range(0, 40)
                    .mapToObj(number -> CompletableFuture.runAsync(() -> (number % 2 == 0 ? ledger : other)
                            .change(session -> session.controlRequests().add("w" + number, "a", "hold"))))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(writers).join();
            assertThat(other.read(session -> session.controlRequests().open()).size())
                    .isEqualTo(40);
        }
    }
}
