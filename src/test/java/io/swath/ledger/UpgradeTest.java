package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.testing.Filters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ledger that another version of Swath has written. */
@Tag("resources")
class UpgradeTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("it's a ledger.db");
    }

    private static Connection connect(Path database) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + database);
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** Makes a ledger with the tables of that version. */
    private void make(String version) throws SQLException {
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file, null, null)
                .locations("classpath:migrations")
                .target(version)
                .load()
                .migrate();
        try (Connection connection = connect(file)) {
            execute(connection, "pragma journal_mode = wal");
        }
    }

    private static void accept(Connection connection, String id) throws SQLException {
        execute(
                connection,
                "insert into scene (id, name, recipe, recipe_hash, content_key, door, priority, state, reason,"
                        + " accepted_at, changed_at) values ('" + id + "', 'a.tif', 'ndvi', 'hash', '" + id
                        + "', 'FOLDER', 'NORMAL', 'ACCEPTED', '', 1, 1)",
                "insert into scene_history values ('" + id + "', 1, 'ACCEPTED', '')",
                "insert into outbox (id, type, subject, data, created_at) values ('" + id
                        + "/accepted', 'io.swath.scene.accepted', '" + id + "', '', 1)");
    }

    private List<Path> backups() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".bak")).toList();
        }
    }

    @Test
    void an_older_ledger_is_backed_up_completely_and_upgraded_with_its_rows() throws Exception {
        make("1");
        // The connection stays open until the end, so that its rows stay in the write-ahead log.
        try (Connection old = connect(file)) {
            accept(old, "a");
            try (Ledger ledger = Ledger.sqlite(file, CLOCK)) {
                assertThat(ledger.read(session -> session.scenes().find("a"))
                                .orElseThrow()
                                .name())
                        .isEqualTo("a.tif");
                assertThat(ledger.<Integer>read(session -> session.outbox().unsentCount()))
                        .isEqualTo(1);
                assertThat(ledger.becomeLeader(ledger.leader(), "one")).isTrue();
                ledger.change(session -> session.scenes().hold("a", true));
            }
            assertThat(backups()).containsExactly(folder.resolve("it's a ledger.db.v1-20261123T120000Z.bak"));
            try (Connection backup = connect(backups().get(0))) {
                assertThat(text(backup, "pragma integrity_check")).isEqualTo("ok");
                assertThat(text(backup, "select id || held from scene")).isEqualTo("a0");
                assertThat(text(backup, "select count(*) from sqlite_schema where name = 'turn'"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void a_backup_can_be_used_as_a_ledger() throws Exception {
        make("1");
        try (Connection old = connect(file)) {
            accept(old, "a");
        }
        Ledger.sqlite(file, CLOCK).close();
        Path restored = Files.createDirectory(folder.resolve("back")).resolve("ledger.db");
        Files.copy(backups().get(0), restored);
        try (Ledger ledger = Ledger.sqlite(restored, CLOCK)) {
            assertThat(ledger.<Boolean>read(
                            session -> session.scenes().find("a").isPresent()))
                    .isTrue();
        }
    }

    @Test
    void a_ledger_that_needs_no_upgrade_is_not_backed_up() throws Exception {
        Ledger.sqlite(file, CLOCK).close();
        Ledger.sqlite(file, CLOCK).close();
        assertThat(backups()).isEmpty();
    }

    @Test
    void a_ledger_that_cannot_be_backed_up_is_not_upgraded() throws Exception {
        file = folder.resolve("a".repeat(240)); // the backup's name would be too long for the file system
        make("1");
        try (Connection old = connect(file)) {
            accept(old, "a");
        }
        assertThatThrownBy(() -> Ledger.sqlite(file, CLOCK)).hasMessageContaining("cannot be copied");
        try (Connection old = connect(file)) {
            assertThat(text(old, "select max(version) from flyway_schema_history"))
                    .isEqualTo("1");
        }
    }

    @Test
    void a_ledger_of_a_newer_swath_is_refused_and_not_changed() throws Exception {
        Ledger.sqlite(file, CLOCK).close();
        try (Connection newer = connect(file)) {
            execute(
                    newer,
                    "insert into flyway_schema_history values"
                            + " (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'somebody', '2026-11-23 12:00:00.000', 1, 1)",
                    "pragma wal_checkpoint(truncate)");
        }
        byte[] before = Files.readAllBytes(file);
        String newest = newestKnown();
        assertThatThrownBy(() -> Ledger.sqlite(file, CLOCK))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("has version 99")
                .hasMessageContaining("can read only versions up to " + newest)
                .hasMessageContaining("Use that newer Swath")
                .hasMessageContaining(".v" + newest + "-*.bak");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(backups()).isEmpty();
    }

    @Test
    void a_product_of_a_swath_without_nightly_reprocessing_is_version_1_and_can_be_reprocessed() throws Exception {
        make("3");
        try (Connection old = connect(file)) {
            accept(old, "a");
            accept(old, "b");
            execute(
                    old,
                    "update scene set state = 'DELIVERED', changed_at = 5, plan = '{}' where id = 'a'",
                    "update outbox set sent_at = 2",
                    "insert into batch (token, scene_id, number, step_index, step, size, partition_, cpus, memory_mib,"
                            + " time_s, gpus, shards, excluded, depends_on, state, created_at, due_at)"
                            + " values ('t', 'a', 1, 0, 'ndvi', 1, 'cpu', 1, 600, 60, 0, 0, '', '', 'DONE', 1, 0)");
        }
        try (Ledger ledger = Ledger.sqlite(file, CLOCK)) {
            Scene scene = ledger.read(session -> session.scenes().find("a")).orElseThrow();
            assertThat(scene.version()).isEqualTo(1);
            assertThat(scene.nightly()).isFalse();
            Batch batch = ledger.read(session -> session.batches().find("t")).orElseThrow();
            assertThat(batch.version()).isEqualTo(1);
            List<Products.Product> products =
                    ledger.read(session -> session.products().of("a"));
            assertThat(products).singleElement().satisfies(product -> {
                assertThat(product.version()).isEqualTo(1);
                assertThat(product.recipeHash()).isEqualTo("hash");
                assertThat(product.deliveredAt()).isEqualTo(Instant.ofEpochMilli(5));
                assertThat(product.replacedAt()).isEmpty();
            });
            List<Products.Product> none =
                    ledger.read(session -> session.products().of("b"));
            assertThat(none).as("it was not delivered").isEmpty();
            List<Scene> stale =
                    ledger.read(session -> session.nights().select(Filters.stale(), Map.of("ndvi", "other"), 3, 9));
            assertThat(stale).extracting(Scene::id).containsExactly("a");
            List<Scene> uncovered = ledger.read(session -> session.scenes().withoutCoverage(9));
            assertThat(uncovered).extracting(Scene::id).containsExactly("a");
        }
    }

    @Test
    void closed_control_requests_of_an_older_swath_keep_their_answer_and_get_their_result() throws Exception {
        make("5");
        try (Connection old = connect(file)) {
            accept(old, "a");
            execute(
                    old,
                    "insert into control values ('1', 'a', 'hold', 1, 2, 'done: nothing more of a starts until it is"
                            + " released')",
                    "insert into control values ('2', 'a', 'retry', 1, 2, 'refused: a is ACCEPTED, only a FAILED scene"
                            + " can be retried')",
                    "insert into control values ('3', 'a', 'cancel', 1, null, '')");
        }
        try (Ledger ledger = Ledger.sqlite(file, CLOCK)) {
            assertThat(request(ledger, "1").result()).contains(ControlRequests.Result.DONE);
            assertThat(request(ledger, "1").answer()).isEqualTo("done: nothing more of a starts until it is released");
            assertThat(request(ledger, "2").result()).contains(ControlRequests.Result.REFUSED);
            assertThat(request(ledger, "3").result()).isEmpty();
            List<ControlRequests.Entry> open =
                    ledger.read(session -> session.controlRequests().open());
            assertThat(open).extracting(ControlRequests.Entry::id).containsExactly("3");
        }
    }

    private static ControlRequests.Entry request(Ledger ledger, String id) {
        return ledger.read(session -> session.controlRequests().find(id)).orElseThrow();
    }

    private static String newestKnown() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/migrations"))) {
            return files.map(path -> path.getFileName().toString())
                    .map(name -> Integer.valueOf(name.substring(1, name.indexOf("__"))))
                    .max(Integer::compare)
                    .orElseThrow()
                    .toString();
        }
    }
}
