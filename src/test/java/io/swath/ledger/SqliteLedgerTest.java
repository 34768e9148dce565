package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.SceneState;
import io.swath.model.TileState;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
    /** Indexes of rows that have not ended, or, for a list with a limit, in the order of the list. */
    private static final String OF_OPEN_ROWS = "run_open|outbox_unsent|outbox_unsent_by_subject|outbox_sent|control_due"
            + "|announcement_waiting|tile_paused|batch_uncounted|batch_unarchived|scene_uncovered|scene_by_change";

    /** Tables that grow with history. */
    private static final String GROWING =
            "scene|scene_history|tile|run|batch|outbox|product|announcement|control|night_choice";

    /** Of the demo, which counts the messages of a new ledger. */
    private static final String ALL_MESSAGES = "select count(*) from outbox";

    @TempDir
    private Path folder;

    private Ledger ledger;
    /** All statements of a test, and so, over all tests of the contract, nearly all statements of the program. */
    private final Set<String> statements = new LinkedHashSet<>();

    @BeforeEach
    void open() {
        ledger = Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC());
        ledger.jdbi().setSqlLogger(new SqlLogger() {
            @Override
            public void logAfterExecution(StatementContext context) {
                statements.add(context.getParsedSql().getSql());
            }
        });
    }

    @AfterEach
    void close() {
        List<String> reading = ledger.read(session -> statements.stream()
                .flatMap(sql -> plan(session, sql).stream()
                        .filter(SqliteLedgerTest::readsHistory)
                        .map(step -> step + " <- " + sql))
                .filter(step -> !step.endsWith(ALL_MESSAGES))
                .toList());
        ledger.close();
        assertThat(reading)
                .as("statements that read everything that has ever been in a table")
                .isEmpty();
    }

    /**
     * Whether a step reads a whole table that grows with history, directly or by an index that has all its rows. The indexes
     * that are named leave out what has ended.
     */
    private static boolean readsHistory(String step) {
        boolean scans = step.matches("SCAN (" + GROWING + ")\\b.*")
                && !step.matches(".* USING (COVERING )?INDEX (" + OF_OPEN_ROWS + ")");
        // The index has the scenes of all nights; max(night) reads one row of it, and needs no other column.
        boolean allNights = step.contains("scene_by_night (night>?)") && !step.contains("COVERING");
        return scans || allNights;
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
            return queries.stream()
                    .flatMap(query -> plan(session, query).stream())
                    .toList();
        });
    }

    /** How SQLite answers a query: a line for each table. */
    private static List<String> plan(Session session, String query) {
        List<String> plan = new ArrayList<>();
        try (Statement statement = session.handle.getConnection().createStatement();
                ResultSet steps = statement.executeQuery("explain query plan " + query)) {
            while (steps.next()) {
                plan.add(steps.getString("detail"));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
        return plan;
    }

    @Test
    void questions_that_are_asked_again_and_again_do_not_read_all_failures_of_the_past() {
        Instant since = Instant.parse("2026-11-23T12:00:00Z");
        String recent = "SEARCH run USING INDEX run_at_fault (at_fault=? AND ended_at>?)";
        assertThat(plans(session -> session.faults().failingNodes(since, 3)))
                .contains(recent)
                .noneMatch(step -> step.startsWith("SCAN run"));
        assertThat(plans(session -> session.faults().tilesFailingEverywhere(since)))
                .contains(recent);
        assertThat(plans(session -> session.faults().onBrokenNodes(since))).contains(recent);
        assertThat(plans(session -> session.faults().withoutStorage()))
                .contains("SEARCH run USING INDEX run_without_storage (scene_id=?)")
                .anyMatch(step -> step.startsWith("SEARCH scene USING INDEX scene_by_state (state=?)"))
                .noneMatch(step -> step.startsWith("SCAN run"));
    }

    @Test
    void what_waits_to_be_sent_and_what_teaches_is_found_without_reading_what_has_ended() {
        assertThat(plans(session -> session.scenes().withRealTile(SceneState.NOT_ENDED, TileState.WAITING)))
                .anyMatch(step -> step.contains("INDEX tile_by_state (scene_id=? AND state=?"))
                .noneMatch(step -> step.startsWith("SCAN"));
        assertThat(plans(session -> session.learnedSizes().ended(10)))
                .anyMatch(step -> step.startsWith("SCAN run USING INDEX run_unlearned")
                        || step.startsWith("SEARCH run USING INDEX run_unlearned"))
                .noneMatch(
                        step -> step.matches("SCAN (batch|scene|tile).*") || step.contains("TEMP B-TREE FOR ORDER BY"));
    }

    @Test
    void the_queued_tiles_of_a_step_are_counted_without_reading_runs_that_have_ended() {
        assertThat(plans(session -> session.unsentBatches().tilesQueued("a", 0)))
                .anyMatch(step -> step.startsWith("SEARCH run USING INDEX run_open (token=?"))
                .noneMatch(step -> step.contains("run_by_scene") || step.startsWith("SCAN run"));
    }

    @Test
    void retention_finds_work_folders_and_batches_without_reading_those_that_are_done() {
        Instant before = Instant.parse("2026-11-23T12:00:00Z");
        String byWork = "SEARCH scene USING INDEX scene_by_work (work=?";
        assertThat(plans(session -> session.workFolders().started(1))).anyMatch(step -> step.startsWith(byWork));
        assertThat(plans(session -> session.workFolders().ofDelivered(1)))
                .anyMatch(step -> step.startsWith(byWork + " AND state=?"));
        assertThat(plans(session -> session.workFolders().wholeBefore(before, 1)))
                .anyMatch(step -> step.startsWith(byWork + " AND state=?"));
        assertThat(plans(session -> session.workFolders().logsBefore(before, 1)))
                .anyMatch(step -> step.startsWith(byWork + " AND state=? AND changed_at<?"));
        assertThat(plans(session -> session.archives().oldest(before)))
                .contains("SEARCH batch USING INDEX batch_unarchived (state=? AND created_at<?)");
        assertThat(plans(session -> session.usage().count(1)))
                .contains("SEARCH batch USING INDEX batch_uncounted (state=?)");
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
