package io.swath.app;

import io.swath.cluster.slurm.Fence;
import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Who may work: of all Swaths on one state folder, and of all on one PostgreSQL, one at a time. To be used from one
 * thread, but for {@link #standsBehind}.
 */
final class Claim implements AutoCloseable {
    private final Settings settings;
    private final Ledger ledger;
    private final StateLock lock;
    private final Optional<TurnKeeper> turn;

    Claim(Settings settings, Ledger ledger, Storage storage, Troubles troubles) {
        this.settings = settings;
        this.ledger = ledger;
        Path state = settings.path("state.dir");
        lock = new StateLock(state);
        turn = settings.text("database.url").isEmpty()
                ? Optional.empty() // SQLite's file lies in the state folder, so its lock is enough
                : Optional.of(new TurnKeeper(ledger, storage, state, troubles));
    }

    /** Whether another Swath works on this state folder or this ledger now, or did and has not said that it ended. */
    boolean isElsewhere() throws IOException {
        if (lock.held()) {
            return false;
        }
        if (!lock.take()) {
            return true;
        }
        lock.close();
        return turn.isPresent() && ledger.turn().held();
    }

    /** Takes the work upon this program unless another Swath does it; whether this one may work now. */
    boolean take() throws IOException, InterruptedException {
        if (!lock.take()) {
            return false;
        }
        if (turn.isEmpty() || turn.get().claim()) {
            return true;
        }
        lock.close();
        return false;
    }

    /** As {@link #take}, where it is an error that another Swath works. */
    void insist() throws IOException, InterruptedException {
        lockState();
        if (turn.isPresent() && ledger.fence() == 0 && !turn.get().claim()) {
            throw new SettingsException("another Swath works with database.url "
                    + settings.database() + ": "
                    + ledger.turn().holder());
        }
    }

    /** Keeps others off the state folder. */
    void lockState() throws IOException {
        if (!lock.take()) {
            throw new SettingsException("another Swath works with state.dir " + settings.path("state.dir")
                    + "; stop it first, or give this one a folder of its own");
        }
    }

    /** Whether others, with state folders of their own, may wait for the same work. */
    boolean shared() {
        return turn.isPresent();
    }

    /**
     * Waits for as long as another Swath works on the same ledger.
     *
     * @param stopped done when this program is told to stop
     * @return whether this one may work now; else it was told to stop
     */
    boolean await(Future<?> stopped) throws IOException, InterruptedException {
        return turn.isEmpty() || turn.get().await(stopped);
    }

    /** Done when another Swath has taken the turn: then this one has to close all that it has open. */
    CompletableFuture<String> lost() {
        return turn.map(TurnKeeper::lost).orElseGet(CompletableFuture::new);
    }

    /** Behind whom this one stands by. */
    Optional<String> standsBehind() {
        return turn.flatMap(TurnKeeper::standsBehind);
    }

    /** What each change in Slurm has to compare; without the turn no number is right, so nothing can be changed then. */
    Optional<Fence> fence(String marker) {
        return turn.map(keeper -> new Fence(marker, ledger.fence()));
    }

    /** Lets another Swath begin; the ledger is still open then. */
    void giveBack() {
        turn.ifPresent(TurnKeeper::close);
    }

    /** Lets go of the state folder; after the ledger that lies in it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
