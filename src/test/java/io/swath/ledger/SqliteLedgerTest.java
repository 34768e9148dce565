package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class SqliteLedgerTest extends NightContract {
    @TempDir
    private Path folder;

    private Ledger ledger;

    @BeforeEach
    void open() {
        ledger = Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC());
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    @Override
    Ledger ledger() {
        return ledger;
    }

    @Override
    Ledger another() {
        return Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC());
    }

    @Test
    void two_programs_can_write_at_the_same_time() {
        try (Ledger other = Ledger.sqlite(folder.resolve("new/ledger.db"), Clock.systemUTC())) {
            a_control_request_is_open_until_it_is_done();
            CompletableFuture<?>[] writers = IntStream.range(0, 40)
                    .mapToObj(number -> CompletableFuture.runAsync(() -> (number % 2 == 0 ? ledger : other)
                            .change(session -> session.controlRequests().add("w" + number, "a", "hold"))))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(writers).join();
            assertThat(other.read(session -> session.controlRequests().open()).size())
                    .isEqualTo(40);
        }
    }
}
