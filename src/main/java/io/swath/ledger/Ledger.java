package io.swath.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.swath.model.LeadershipLostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;

/**
 * The database in which Swath records every scene: SQLite in a file, or PostgreSQL, with the same plain SQL on both.
 *
 * <p>Thread-safe. {@link #write} and {@link #change} write everything or nothing, and when they return, the data is on
 * the disk. If the database fails, they throw the unchecked exception of Jdbi or Hikari.
 *
 * <p>Several Swaths may share a ledger. A Swath becomes the leader ({@link #becomeLeader}) before it works on scenes.
 * From then on, this object writes only while it is the leader, and otherwise throws {@link LeadershipLostException}.
 * An object that never became the leader always writes: commands record control requests in this way.
 */
public final class Ledger implements AutoCloseable {
    /**
     * After this time without a statement, PostgreSQL ends a transaction. Otherwise a paused leader would keep its
     * locks, and no standby could become the leader.
     */
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    static final String LIMITS = "set idle_in_transaction_session_timeout = " + LONGEST_PAUSE.toMillis()
            + "; set tcp_user_timeout = " + LONGEST_PAUSE.toMillis();

    private static final long NOT_LEADER = 0;

    private final HikariDataSource source;
    /** Of the SQLite file; empty with PostgreSQL. */
    private final Optional<DamageCheck> damageCheck;

    private final Jdbi jdbi;
    private final Clock clock;
    private final LeaderRow leaderRow;
    private volatile long fencingToken = NOT_LEADER;

    private Ledger(HikariDataSource source, Clock clock, Optional<DamageCheck> damageCheck) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
        this.clock = clock;
        this.damageCheck = damageCheck;
        this.leaderRow = new LeaderRow(damageCheck.isEmpty());
        damageCheck.ifPresent(check -> check.use(source));
    }

    /**
     * Opens a SQLite file, and creates the file and its folders if they are missing. If the file is from an older
     * Swath, makes a backup in the same folder and upgrades the file.
     */
    public static Ledger sqlite(Path file, Clock clock) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create the folder for the ledger " + file, e);
        }
        DamageCheck check = new DamageCheck(file);
        NativeLibrary.keepIn(file.toAbsolutePath().resolveSibling("native"));
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setJournalMode(JournalMode.WAL);
        sqlite.setSynchronous(SynchronousMode.FULL);
        // Take the write lock at the start. A transaction that reads first and writes later cannot wait for the lock.
        sqlite.setTransactionMode(TransactionMode.IMMEDIATE);
        sqlite.setBusyTimeout(30_000);
        sqlite.enforceForeignKeys(true);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:sqlite:" + file.toAbsolutePath());
        config.setDataSourceProperties(sqlite.toProperties());
        config.setMaximumPoolSize(4);
        try {
            return open(config, clock, source -> Schema.sqlite(source, file, clock), Optional.of(check));
        } catch (HikariPool.PoolInitializationException | FlywayException e) {
            throw LedgerFailures.of(file, e);
        }
    }

    /** Connects to PostgreSQL and upgrades the tables. An empty user means user and password as in the URL. */
    public static Ledger postgres(String url, String user, String password, Clock clock) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        if (!user.isEmpty()) {
            config.setUsername(user);
            config.setPassword(password);
        }
        config.setMaximumPoolSize(8);
        // A leader may be paused between two statements, or while it receives an answer.
        config.setConnectionInitSql(LIMITS);
        try {
            return open(
                    config,
                    clock,
                    source -> Schema.postgres(url, config.getUsername(), config.getPassword()),
                    Optional.empty());
        } catch (HikariPool.PoolInitializationException | FlywayException e) {
            throw LedgerFailures.of(Schema.shown(url), e);
        }
    }

    private static Ledger open(
            HikariConfig config, Clock clock, Function<DataSource, Schema> schema, Optional<DamageCheck> damageCheck) {
        config.setPoolName("ledger");
        HikariDataSource source = new HikariDataSource(config);
        try {
            schema.apply(source).upgrade();
            return new Ledger(source, clock, damageCheck);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** Looks for damage of the SQLite file; empty with PostgreSQL, which looks after its files itself. */
    public Optional<DamageCheck> damageCheck() {
        return damageCheck;
    }

    /** Whether this ledger has never recorded its storage; see {@link #begin}. */
    public boolean isNew() {
        return jdbi.withHandle(handle -> handle.createQuery("select (select count(*) from ledger_beginning)"
                                + " + (select count(*) from (select id from scene limit 1) one)")
                        .mapTo(Integer.class)
                        .one()
                == 0);
    }

    /** Records that from now on this ledger records its storage. */
    public void begin() {
        jdbi.useHandle(handle -> handle.execute("insert into ledger_beginning (begun_at) values (?)", clock.millis()));
    }

    /** Runs {@code work} in one transaction. If it throws, nothing is written. */
    public <T> T write(Function<Session, T> work) {
        return jdbi.inTransaction(handle -> {
            requireLeadership(handle);
            return work.apply(session(handle));
        });
    }

    /** Like {@link #write}, but without a result. */
    public void change(Consumer<Session> work) {
        jdbi.useTransaction(handle -> {
            requireLeadership(handle);
            work.accept(session(handle));
        });
    }

    /**
     * Distinguishes a failure of the database from a failure of one message. Uses the tables for messages, without a
     * change.
     *
     * @param failure of a transaction that recorded a message
     * @return what is wrong with the database; empty when the failure is the message's own
     */
    public Optional<Exception> outage(Throwable failure) {
        if (LedgerFailures.isOutage(failure)) {
            return Optional.of(new LedgerException(String.valueOf(failure.getMessage()), failure));
        }
        try {
            change(session -> {
                session.announcements().find("");
                session.deadLetters().find("");
                session.controlRequests().find("");
                session.announcements().advanceClock(Duration.ZERO);
            });
            return Optional.empty();
        } catch (LeadershipLostException e) {
            throw e; // the heartbeat reports it
        } catch (RuntimeException e) { // the database's failures have no common type
            return Optional.of(e);
        }
    }

    private void requireLeadership(Handle handle) {
        if (fencingToken != NOT_LEADER) {
            leaderRow.requireLeadership(handle, fencingToken);
        }
    }

    /** A short action outside the ledger, such as a rename. */
    @FunctionalInterface
    public interface Action<T, X extends Exception> {
        T run() throws X;
    }

    /**
     * Runs an action outside the ledger, but only while this object is the leader. No other Swath can become the leader
     * before the action ends, unless the action takes longer than {@link #LONGEST_PAUSE}.
     */
    public <T, X extends Exception> T guard(Action<T, X> action) throws X {
        if (fencingToken == NOT_LEADER) {
            return action.run();
        }
        return jdbi.<T, X>inTransaction(handle -> {
            requireLeadership(handle);
            return action.run();
        });
    }

    /** For the tests: every statement goes through it. */
    Jdbi jdbi() {
        return jdbi;
    }

    /** Reads from the ledger. Each statement sees the data that is committed when the statement starts. */
    public <T> T read(Function<Session, T> work) {
        return jdbi.withHandle(handle -> work.apply(session(handle)));
    }

    private Session session(Handle handle) {
        return new Session(handle, clock, /* concurrent= */ damageCheck.isEmpty());
    }

    /** The present leader. */
    public Leader leader() {
        return jdbi.withHandle(LeaderRow::read);
    }

    /** The fencing token with which this object became the leader; 0 if it never became the leader. */
    public long fencingToken() {
        return fencingToken;
    }

    /**
     * Becomes the leader. One object can do so only once.
     *
     * @param seen the answer of {@link #leader}; if the leader's row has changed since, nothing happens
     * @param holder the name of the new leader, for people
     * @return whether this object is the leader now
     * @throws IllegalStateException if this object became the leader before
     */
    public synchronized boolean becomeLeader(Leader seen, String holder) {
        if (fencingToken != NOT_LEADER) {
            throw new IllegalStateException(
                    "this Swath became the leader before, with the fencing token " + fencingToken);
        }
        if (!jdbi.<Boolean, RuntimeException>inTransaction(handle -> LeaderRow.becomeLeader(handle, seen, holder))) {
            return false;
        }
        fencingToken = seen.fencingToken() + 1;
        return true;
    }

    /** Sends a heartbeat, which shows that the leader works. False if another Swath has become the leader. */
    public boolean heartbeat() {
        return jdbi.withHandle(handle -> LeaderRow.heartbeat(handle, fencingToken));
    }

    /** Gives up the leadership, if this object still has it. After that, this object can no longer write. */
    public void stepDown() {
        jdbi.useTransaction(handle -> LeaderRow.stepDown(handle, fencingToken));
    }

    @Override
    public void close() {
        damageCheck.ifPresent(DamageCheck::stop);
        source.close();
        damageCheck.ifPresent(DamageCheck::closed);
    }
}
