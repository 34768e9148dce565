package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.InboxEntries.Entry;
import io.swath.ledger.Ledger;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("resources")
class InboxTableTest {
    private static final Entry ENTRY = new Entry(
            "ndvi/S2A",
            "ndvi",
            "files that its STAC Item names: nir.tif",
            Instant.parse("2026-03-01T12:00:00.123Z"),
            Duration.ofMinutes(5));

    @Test
    void shows_each_entry_with_its_recipe_since_when_it_waits_and_for_what() {
        assertThat(InboxTable.text(List.of(ENTRY), 3)).isEqualTo("""
                waiting in an inbox:
                entry     recipe  since                 waits for
                ndvi/S2A  ndvi    2026-03-01T12:00:00Z  files that its STAC Item names: nir.tif
                and 2 more
                """);
    }

    @Test
    void status_shows_the_entries_that_wait(@TempDir Path folder) {
        try (Ledger ledger = Ledger.sqlite(folder.resolve("ledger.db"), Clock.systemUTC())) {
            ledger.change(session -> session.inboxEntries().put(List.of(ENTRY)));
        }
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            int status = new CommandLine(new StatusCommand())
                    .execute("--set", "state.dir=" + folder, "--set", "storage.root=" + folder.resolve("storage"));
            assertThat(status).isZero();
        } finally {
            System.setOut(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("waiting in an inbox:", "ndvi/S2A", "files that its STAC Item names: nir.tif");
    }
}
