package io.swath.testing;

import static org.awaitility.Awaitility.await;

import io.swath.ledger.Ledger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.concurrent.Future;

/** A real PostgreSQL in which a test can stop a transaction of Swath halfway. */
public final class TestPostgres implements AutoCloseable {
    private final EmbeddedPostgres postgres;

    public TestPostgres() throws IOException {
        postgres = EmbeddedPostgres.start();
    }

    public Ledger ledger(Clock clock) {
        return Ledger.postgres(postgres.getJdbcUrl("postgres", "postgres"), "", "", clock);
    }

    /** Runs this statement in a transaction, which keeps its locks until the connection is closed. */
    public Connection lock(String statement) throws SQLException {
        Connection connection = postgres.getPostgresDatabase().getConnection();
        connection.setAutoCommit(false);
        try (Statement lock = connection.createStatement()) {
            lock.execute(statement);
        }
        return connection;
    }

    /** Waits until the work has ended, or until this number of transactions wait for a lock. */
    public void awaitEndOrLock(Future<?> work, int transactions) {
        await().until(() -> work.isDone() || waiting() == transactions);
    }

    private int waiting() throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }
}
