package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.swath.model.LeadershipLostException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("resources")
class PostgresLedgerTest extends NightContract {
    private static EmbeddedPostgres postgres;

    private Ledger ledger;

    @BeforeAll
    static void start() throws IOException {
        postgres = EmbeddedPostgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void open() throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop schema public cascade");
            statement.execute("create schema public");
        }
        ledger = another();
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
        return Ledger.postgres(url(), "", "", Clock.systemUTC());
    }

    private static String url() {
        return postgres.getJdbcUrl("postgres", "postgres");
    }

    private static long number(String query) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /**
     * Starts a transaction of the leader that writes something, counts {@code written} down and waits for {@code goOn}.
     */
    private CompletableFuture<Void> startWriting(CountDownLatch written, CountDownLatch goOn) {
        return CompletableFuture.runAsync(() -> ledger.change(session -> {
            session.scenes().add(LedgerContract.scene("a", "key"));
            written.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    @Test
    void leadership_is_acquired_after_the_open_transaction_and_a_heartbeat_waits_for_nothing() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ledger.becomeLeader(ledger.leader(), "one");
        try (Ledger other = another()) {
            CompletableFuture<Void> writing = startWriting(written, goOn);
            written.await();
            assertThat(ledger.heartbeat()).isTrue();
            CompletableFuture<Boolean> taking =
                    CompletableFuture.supplyAsync(() -> other.becomeLeader(other.leader(), "other"));
            await().until(() -> number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == 1);
            assertThat(taking).isNotDone();
            goOn.countDown();
            writing.join();
            assertThat(taking.join()).isTrue();
            assertThat(other.<Boolean>read(session -> session.scenes().find("a").isPresent()))
                    .isTrue();
            assertThat(ledger.heartbeat()).isFalse();
        }
    }

    @Test
    void a_leader_paused_within_a_transaction_can_be_replaced_and_its_late_commit_fails() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ledger.becomeLeader(ledger.leader(), "one");
        try (Ledger other = another()) {
            CompletableFuture<Void> writing = startWriting(written, goOn);
            written.await();
            assertThat(other.becomeLeader(other.leader(), "other")).isTrue();
            assertThat(writing).isNotDone();
            goOn.countDown();
            assertThatThrownBy(writing::join).isNotNull();
            assertThat(other.<Boolean>read(session -> session.scenes().find("a").isPresent()))
                    .isFalse();
            assertThatThrownBy(() -> ledger.change(session -> session.scenes().add(LedgerContract.scene("b", "key"))))
                    .isInstanceOf(LeadershipLostException.class);
        }
    }

    @Test
    void a_leader_paused_while_it_receives_an_answer_can_be_replaced() throws Exception {
        try (Socket paused = new Socket("localhost", postgres.getPort());
                DataOutputStream out = new DataOutputStream(paused.getOutputStream())) {
            byte[] who = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
            out.writeInt(8 + who.length);
            out.writeInt(3 << 16); // version 3.0 of PostgreSQL's protocol
            out.write(who);
            // The answer is larger than all buffers on the way, and nobody reads it.
            byte[] query = (Ledger.LIMITS
                            + "; begin; select * from turn for key share; select repeat('x', 100000000)\0")
                    .getBytes(StandardCharsets.US_ASCII);
            out.writeByte('Q');
            out.writeInt(4 + query.length);
            out.write(query);
            out.flush();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> number("select count(*) from pg_stat_activity where wait_event = 'ClientWrite'") == 1);
            assertThat(ledger.becomeLeader(ledger.leader(), "one")).isTrue();
            assertThat(number("select count(*) from pg_stat_activity where wait_event = 'ClientWrite'"))
                    .isZero();
        }
    }

    @Test
    void a_ledger_of_a_newer_swath_is_refused_and_not_changed() throws Exception {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into flyway_schema_history (installed_rank, version, description, type, script,"
                    + " checksum, installed_by, execution_time, success)"
                    + " values (99, '99', 'later', 'SQL', 'V99__later.sql', 1, 'somebody', 1, true)");
        }
        assertThatThrownBy(this::another)
                .hasMessageContaining("has version 99")
                .hasMessageContaining(url().replaceFirst("\\?.*", ""))
                .hasMessageContaining("Use that newer Swath");
        assertThat(number("select count(*) from flyway_schema_history where installed_rank > 99"))
                .isZero();
    }
}
