package io.swath.ledger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionException;

/**
 * Looks for damage of a SQLite ledger's file ({@code pragma quick_check}). PostgreSQL looks after its files itself.
 * Thread-safe.
 */
public final class DamageCheck {
    private final Path file;
    private final ClosedFile closedFile;
    /** Whether nothing suggests that the file is damaged. */
    private volatile boolean intact;

    private volatile DataSource source;
    private Statement running;
    private boolean stopped;

    /** To be called before the file is opened, which may change it. */
    DamageCheck(Path file) {
        this.file = file;
        this.closedFile = new ClosedFile(file);
        this.intact = closedFile.isUnchanged();
    }

    void use(DataSource opened) {
        source = opened;
    }

    /**
     * Reads the whole file, which takes less than 1 s for 100 MB, unless the file is as an earlier Swath has closed it.
     *
     * @return whether the whole was read; if not, {@link #readAll} is to be called when there is time
     * @throws LedgerException when the file is damaged
     */
    public boolean atStart() {
        if (intact) {
            return false;
        }
        check("Nothing was changed");
        return true;
    }

    /**
     * Reads the whole file while others use it. Returns early when the ledger is closed.
     *
     * @throws LedgerException when the file is damaged
     */
    public void readAll() {
        check("Swath has stopped, and will not start with this ledger");
    }

    private void check(String whatFollows) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            if (!begin(statement)) {
                return;
            }
            try (ResultSet found = statement.executeQuery("pragma quick_check(1)")) {
                found.next();
                requireOk(found.getString(1), whatFollows);
            } finally {
                end();
            }
        } catch (SQLException e) {
            if (!isStopped()) {
                intact = false;
                throw LedgerFailures.of(file, new ConnectionException(e));
            }
        }
    }

    private void requireOk(String found, String whatFollows) {
        intact = found.equals("ok");
        if (!intact) {
            throw LedgerFailures.damaged(file, found.replaceAll("\\s+", " "), whatFollows, null);
        }
    }

    private synchronized boolean begin(Statement statement) {
        running = stopped ? null : statement;
        return !stopped;
    }

    private synchronized void end() {
        running = null;
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    /** Ends a check that runs, because the ledger is being closed. */
    synchronized void stop() {
        stopped = true;
        if (running != null) {
            try {
                running.cancel();
            } catch (SQLException hasEnded) {
                // Then nothing runs any more.
            }
        }
    }

    /** To be called after the file was closed. */
    void closed() {
        if (intact) {
            closedFile.write();
        } else {
            closedFile.remove();
        }
    }
}
