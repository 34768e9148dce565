package io.swath.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.swath.model.LeadershipLostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
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
 *
 * <p>Who works on a ledger that others may work on too takes the turn first ({@link #becomeLeader}). From then on whatever is
 * written through this object is written only while it has the turn; else a {@link LeadershipLostException} says so. One that
 * never took it writes as it likes, which is for what people ask for.
 */
public final class Ledger implements AutoCloseable {
    /** PostgreSQL ends a transaction that does nothing for so long, lest a paused worker keep its locks. */
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    static final String LIMITS = "set idle_in_transaction_session_timeout = " + LONGEST_PAUSE.toMillis()
            + "; set tcp_user_timeout = " + LONGEST_PAUSE.toMillis();

    private static final long NOT_LEADER = 0;

    private final HikariDataSource source;
    private final Jdbi jdbi;
    private final Clock clock;
    private final LeaderRow leaderRow;
    private volatile long fencingToken = NOT_LEADER;

    private Ledger(HikariDataSource source, Clock clock, boolean postgres) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
        this.clock = clock;
        this.leaderRow = new LeaderRow(postgres);
    }

    /**
     * Opens a SQLite file, made with its folders where it is missing, and brings it up to date; an older one is copied
     * beside itself first.
     */
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
        return open(config, clock, source -> Schema.of(source, file, clock));
    }

    /** Connects to PostgreSQL and brings it up to date. Empty user and password: as the URL says. */
    public static Ledger postgres(String url, String user, String password, Clock clock) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (!user.isEmpty()) {
            config.setUsername(user);
            config.setPassword(password);
        }
        config.setMaximumPoolSize(8);
        // A worker may be stopped between two statements, or while it is sent an answer that it does not take.
        config.setConnectionInitSql(LIMITS);
        return open(config, clock, source -> Schema.of(url, config.getUsername(), config.getPassword()));
    }

    private static Ledger open(HikariConfig config, Clock clock, Function<DataSource, Schema> schema) {
        config.setPoolName("ledger");
        HikariDataSource source = new HikariDataSource(config);
        try {
            schema.apply(source).upgrade();
            return new Ledger(source, clock, config.getJdbcUrl().startsWith("jdbc:postgresql:"));
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** Runs {@code work} in one transaction; when it throws, nothing has happened. */
    public <T> T write(Function<Session, T> work) {
        return jdbi.inTransaction(handle -> {
            hold(handle);
            return work.apply(new Session(handle, clock));
        });
    }

    /** As {@link #write}, without a result. */
    public void change(Consumer<Session> work) {
        jdbi.useTransaction(handle -> {
            hold(handle);
            work.accept(new Session(handle, clock));
        });
    }

    private void hold(Handle handle) {
        if (fencingToken != NOT_LEADER) {
            leaderRow.hold(handle, fencingToken);
        }
    }

    /** Something short to be done outside the ledger, such as a rename. */
    @FunctionalInterface
    public interface Action<T, X extends Exception> {
        T run() throws X;
    }

    /**
     * Does something outside the ledger, if it is still this one's turn; nobody can take the turn meanwhile, unless it
     * takes longer than a paused worker is waited for.
     */
    public <T, X extends Exception> T guard(Action<T, X> action) throws X {
        if (fencingToken == NOT_LEADER) {
            return action.run();
        }
        return jdbi.<T, X>inTransaction(handle -> {
            hold(handle);
            return action.run();
        });
    }

    /** Reads; each statement sees what is committed at its time. */
    public <T> T read(Function<Session, T> work) {
        return jdbi.withHandle(handle -> work.apply(new Session(handle, clock)));
    }

    /** Whose turn it is. */
    public Leader leader() {
        return jdbi.withHandle(LeaderRow::look);
    }

    /** The number under which this one took the turn; 0 if it never did. */
    public long fencingToken() {
        return fencingToken;
    }

    /**
     * Takes the turn, which may be done once.
     *
     * @param seen what {@link #leader} told; nothing is taken when it is not so any more
     * @param holder who takes it, for people
     */
    public synchronized boolean becomeLeader(Leader seen, String holder) {
        if (fencingToken != NOT_LEADER) {
            throw new IllegalStateException("the turn was taken before, with fence " + fencingToken);
        }
        if (!jdbi.<Boolean, RuntimeException>inTransaction(handle -> LeaderRow.becomeLeader(handle, seen, holder))) {
            return false;
        }
        fencingToken = seen.fencingToken() + 1;
        return true;
    }

    /** Shows that whoever has the turn lives; false: it has been taken. */
    public boolean heartbeat() {
        return jdbi.withHandle(handle -> LeaderRow.heartbeat(handle, fencingToken));
    }

    /** Gives the turn back, if it is still this one's; what this one writes after that is refused. */
    public void stepDown() {
        jdbi.useTransaction(handle -> LeaderRow.stepDown(handle, fencingToken));
    }

    @Override
    public void close() {
        source.close();
    }
}
