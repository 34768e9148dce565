package io.swath.leadership;

import io.swath.health.Incidents;
import io.swath.ledger.DatabaseSettings;
import io.swath.ledger.Ledger;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Lets one Swath work at a time: one with each state folder, and one with each PostgreSQL database. To be used from one
 * thread, except {@link #leaderElsewhere}.
 */
public final class Leadership implements AutoCloseable {
    private final Path state;
    private final DatabaseSettings database;
    private final Ledger ledger;
    private final StateLock lock;
    private final Optional<LeaderElection> election;

    /**
     * @param state the folder of this program's own files
     * @param version of this program, for the log
     */
    public Leadership(
            Path state,
            DatabaseSettings database,
            String version,
            Ledger ledger,
            Storage storage,
            Incidents incidents) {
        this.state = state;
        this.database = database;
        this.ledger = ledger;
        lock = new StateLock(state);
        election = database.shared()
                ? Optional.of(new LeaderElection(ledger, storage, state, version, incidents))
                : Optional.empty(); // the SQLite file is in the state folder, so the lock on the folder is enough
    }

    /** The file on the storage that holds the leader's fencing token. */
    public static Path marker(Storage storage) {
        return FencingMarker.onStorage(storage);
    }

    /** Whether another Swath works with this state folder or this database, or has ended without giving up leadership. */
    public boolean isHeldElsewhere() throws IOException {
        if (lock.held()) {
            return false;
        }
        if (!lock.tryAcquire()) {
            return true;
        }
        lock.close();
        return election.isPresent() && ledger.leader().held();
    }

    /** Acquires leadership, unless another Swath has it. Returns whether this program may work now. */
    public boolean tryAcquire() throws IOException, InterruptedException {
        if (!lock.tryAcquire()) {
            return false;
        }
        if (election.isEmpty() || election.get().tryAcquire()) {
            return true;
        }
        lock.close();
        return false;
    }

    /**
     * As {@link #tryAcquire}, for a program that cannot continue otherwise.
     *
     * @throws SettingsException when another Swath works
     */
    public void acquireOrFail() throws IOException, InterruptedException {
        lockState();
        if (election.isPresent()
                && ledger.fencingToken() == 0
                && !election.get().tryAcquire()) {
            throw new SettingsException("another Swath works with database.url " + database.description() + ": "
                    + ledger.leader().holder());
        }
    }

    /**
     * Reserves the state folder for this program.
     *
     * @throws SettingsException when another Swath works with it
     */
    public void lockState() throws IOException {
        if (!lock.tryAcquire()) {
            throw new SettingsException("another Swath works with state.dir " + state
                    + "; stop it first, or give this Swath a state.dir of its own");
        }
    }

    /** Whether Swaths with other state folders may wait for the same work. */
    public boolean isShared() {
        return election.isPresent();
    }

    /**
     * Stands by while another Swath is the leader.
     *
     * @param stopped done when this program has to stop
     * @return whether this Swath may work now; false: it has to stop
     */
    public boolean await(Future<?> stopped) throws InterruptedException {
        return election.isEmpty() || election.get().await(stopped);
    }

    /** Done when another Swath has become the leader: then this Swath has to close everything that it has opened. */
    public CompletableFuture<String> lost() {
        return election.map(LeaderElection::lost).orElseGet(CompletableFuture::new);
    }

    /** The leader for which this Swath stands by. Empty: this Swath may work. */
    public Optional<String> leaderElsewhere() {
        return election.flatMap(LeaderElection::leaderElsewhere);
    }

    /**
     * The number that commands to the cluster have to compare with {@link #marker}. Empty: no other Swath shares the ledger,
     * so no comparison is needed. 0: this Swath is not the leader, so every comparison fails.
     */
    public Optional<Long> fencingToken() {
        return election.map(shared -> ledger.fencingToken());
    }

    /** Gives up leadership, so that another Swath can work. The ledger must still be open. */
    public void release() {
        election.ifPresent(LeaderElection::close);
    }

    /** Frees the state folder. To be called after the ledger is closed, because SQLite's file is in the folder. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
