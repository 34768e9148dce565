package io.swath.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;

/**
 * The truth about every scene: SQLite in a file, or PostgreSQL, with the same plain SQL on both.
 *
 * <p>Thread-safe. What {@link #write} does is there as a whole or not at all, and when it returns it is on the disk.
 * Any failure of the database is thrown as the unchecked exception that Jdbi or Hikari made of it.
 */
public final class Ledger implements AutoCloseable {
    private final HikariDataSource source;
    private final Jdbi jdbi;
    private final Clock clock;

    private Ledger(HikariDataSource source, Clock clock) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
        this.clock = clock;
    }

    /** Opens a SQLite file, made with its folders where it is missing, and brings it up to date. */
    public static Ledger sqlite(Path file, Clock clock) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the ledger's folder for " + file, e);
        }
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setJournalMode(JournalMode.WAL);
        sqlite.setSynchronous(SynchronousMode.FULL);
        // Take the write lock at the start: a transaction that reads first and writes later could not wait for it.
        sqlite.setTransactionMode(TransactionMode.IMMEDIATE);
        sqlite.setBusyTimeout(30_000);
        sqlite.enforceForeignKeys(true);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:sqlite:" + file.toAbsolutePath());
        config.setDataSourceProperties(sqlite.toProperties());
        config.setMaximumPoolSize(4);
        return open(config, clock);
    }

    /** Connects to PostgreSQL and brings it up to date. Empty user and password: as the URL says. */
    public static Ledger postgres(String url, String user, String password, Clock clock) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (!user.isEmpty()) {
            config.setUsername(user);
            config.setPassword(password);
        }
        config.setMaximumPoolSize(6);
        return open(config, clock);
    }

    private static Ledger open(HikariConfig config, Clock clock) {
        config.setPoolName("ledger");
        HikariDataSource source = new HikariDataSource(config);
        try {
            Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:migrations")
                    .load()
                    .migrate();
            return new Ledger(source, clock);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** Runs {@code work} in one transaction; when it throws, nothing has happened. */
    public <T> T write(Function<Session, T> work) {
        return jdbi.inTransaction(handle -> work.apply(new Session(handle, clock)));
    }

    /** As {@link #write}, without a result. */
    public void change(Consumer<Session> work) {
        jdbi.useTransaction(handle -> work.accept(new Session(handle, clock)));
    }

    /** Reads; each statement sees what is committed at its time. */
    public <T> T read(Function<Session, T> work) {
        return jdbi.withHandle(handle -> work.apply(new Session(handle, clock)));
    }

    @Override
    public void close() {
        source.close();
    }
}
