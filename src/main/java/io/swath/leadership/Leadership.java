package io.swath.leadership;

import io.swath.app.settings.Settings;
import io.swath.cluster.slurm.Fence;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Who may work: of all Swaths on one state folder, and of all on one PostgreSQL, one at a time. To be used from one
 * thread, but for {@link #currentLeader}.
 */
public final class Leadership implements AutoCloseable {
    private final Settings settings;
    private final Ledger ledger;
    private final StateLock lock;
    private final Optional<LeaderElection> election;

    public Leadership(Settings settings, Ledger ledger, Storage storage, Incidents incidents) {
        this.settings = settings;
        this.ledger = ledger;
        Path state = settings.path("state.dir");
        lock = new StateLock(state);
        election = settings.text("database.url").isEmpty()
                ? Optional.empty() // SQLite's file lies in the state folder, so its lock is enough
                : Optional.of(new LeaderElection(ledger, storage, state, incidents));
    }

    /** Whether another Swath works on this state folder or this ledger now, or did and has not said that it ended. */
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

    /** Takes the work upon this program unless another Swath does it; whether this one may work now. */
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

    /** As {@link #tryAcquire}, where it is an error that another Swath works. */
    public void acquireOrFail() throws IOException, InterruptedException {
        lockState();
        if (election.isPresent()
                && ledger.fencingToken() == 0
                && !election.get().tryAcquire()) {
            throw new SettingsException("another Swath works with database.url "
                    + settings.database() + ": "
                    + ledger.leader().holder());
        }
    }

    /** Keeps others off the state folder. */
    public void lockState() throws IOException {
        if (!lock.tryAcquire()) {
            throw new SettingsException("another Swath works with state.dir " + settings.path("state.dir")
                    + "; stop it first, or give this one a folder of its own");
        }
    }

    /** Whether others, with state folders of their own, may wait for the same work. */
    public boolean shared() {
        return election.isPresent();
    }

    /**
     * Waits for as long as another Swath works on the same ledger.
     *
     * @param stopped done when this program is told to stop
     * @return whether this one may work now; else it was told to stop
     */
    public boolean await(Future<?> stopped) throws IOException, InterruptedException {
        return election.isEmpty() || election.get().await(stopped);
    }

    /** Done when another Swath has taken the turn: then this one has to close all that it has open. */
    public CompletableFuture<String> lost() {
        return election.map(LeaderElection::lost).orElseGet(CompletableFuture::new);
    }

    /** Behind whom this one stands by. */
    public Optional<String> currentLeader() {
        return election.flatMap(LeaderElection::currentLeader);
    }

    /** What each change in Slurm has to compare; without the turn no number is right, so nothing can be changed then. */
    public Optional<Fence> fence(String marker) {
        return election.map(keeper -> new Fence(marker, ledger.fencingToken()));
    }

    /** Lets another Swath begin; the ledger is still open then. */
    public void release() {
        election.ifPresent(LeaderElection::close);
    }

    /** Lets go of the state folder; after the ledger that lies in it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
