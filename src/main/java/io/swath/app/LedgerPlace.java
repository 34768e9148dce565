package io.swath.app;

import io.swath.ledger.DatabaseSettings;
import io.swath.ledger.Ledger;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/**
 * Where the ledger is: in a database that several Swaths share, or in a file of the state folder. Immutable.
 *
 * @param stateFolder where the file is
 */
record LedgerPlace(DatabaseSettings database, Path stateFolder) {
    private static final String FILE = "ledger.db";

    Ledger open(Clock clock) {
        return database.shared()
                ? Ledger.postgres(
                        database.url(), database.user(), database.password().value(), clock)
                : Ledger.sqlite(stateFolder.resolve(FILE), clock);
    }

    /** For people: the setting of a database, or the ledger's file. */
    String text() {
        return database.shared() ? "database.url" : stateFolder.resolve(FILE).toString();
    }

    /**
     * Begins a new ledger.
     *
     * @param acceptNew whether a new ledger is right although the storage holds scenes
     * @throws SettingsException when the ledger is new, and another one has recorded the storage's scenes
     */
    void check(Ledger ledger, Storage storage, boolean acceptNew) throws IOException {
        if (!ledger.isNew() || !storage.missing().isEmpty()) {
            return;
        }
        long scenes = storage.sceneCount();
        if (scenes > 0 && !acceptNew) {
            throw new SettingsException("the ledger (" + text() + ") is new, but "
                    + storage.root().resolve("scenes")
                    + " holds " + scenes + " scenes that another ledger has recorded. Nothing was changed. Stop here if"
                    + " the ledger was moved or removed by mistake: restore it or a backup of it, or correct state.dir or"
                    + " database.url. To go on without it, run ./swath run --new-ledger once: Swath then knows nothing of"
                    + " those scenes, does not finish those that were in work, and their jobs on the cluster are not"
                    + " cancelled");
        }
        ledger.begin();
    }
}
