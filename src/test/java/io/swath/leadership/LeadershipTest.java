package io.swath.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.health.Incidents;
import io.swath.ledger.DatabaseSettings;
import io.swath.ledger.Ledger;
import io.swath.model.Secret;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class LeadershipTest {
    private static final DatabaseSettings SQLITE = new DatabaseSettings("", "", new Secret(""));

    @TempDir
    private Path folder;

    private Leadership leadership(Ledger ledger) {
        return new Leadership(
                folder,
                SQLITE,
                "1",
                ledger,
                new Storage(folder.resolve("storage"), ""),
                new Incidents(Clock.systemUTC()));
    }

    @Test
    void with_sqlite_the_lock_on_the_state_folder_decides_and_no_token_is_compared() throws Exception {
        try (Ledger ledger = Ledger.sqlite(folder.resolve("ledger.db"), Clock.systemUTC());
                Leadership second = leadership(ledger)) {
            try (Leadership first = leadership(ledger)) {
                assertThat(first.tryAcquire()).isTrue();
                assertThat(first.isShared()).isFalse();
                assertThat(first.fencingToken()).isEmpty();
                assertThat(first.isHeldElsewhere()).isFalse();
                assertThat(second.isHeldElsewhere()).isTrue();
                assertThat(second.tryAcquire()).isFalse();
                assertThatThrownBy(second::acquireOrFail)
                        .isInstanceOf(SettingsException.class)
                        .hasMessageContaining("state.dir " + folder);
            }
            assertThat(second.tryAcquire()).isTrue();
        }
    }
}
