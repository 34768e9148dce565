package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.health.Incidents.Incident;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class StuckEntriesTest {
    private final TestClock steady = new TestClock();

    @Test
    void the_pauses_grow_to_a_minute_and_end_with_the_incident(@TempDir Path folder) throws IOException {
        Path entry = Path.of("/inbox/ndvi/a.tif");
        try (Workbench bench = new Workbench(folder)) {
            StuckEntries stuck = new StuckEntries(bench.incidents, steady);
            List<Long> pauses = new ArrayList<>();
            for (int attempt = 0; attempt < 8; attempt++) {
                stuck.report(entry, "cannot be accepted or rejected", new IOException("the storage is full"));
                long pause = 0;
                for (; stuck.isPaused(entry); pause++) {
                    steady.forward(Duration.ofSeconds(1));
                }
                pauses.add(pause);
            }
            assertThat(pauses).containsExactly(0L, 0L, 5L, 10L, 20L, 40L, 60L, 60L);
            assertThat(bench.incidents.open())
                    .extracting(Incident::what)
                    .containsExactly(
                            "/inbox/ndvi/a.tif cannot be accepted or rejected: the storage is full. Swath tries again,"
                                    + " after 60 s at the latest");
            stuck.resolve(entry);
            assertThat(bench.incidents.open()).isEmpty();
            assertThat(stuck.isPaused(entry)).isFalse();
        }
    }

    @Test
    void a_path_alone_becomes_a_sentence_with_a_remedy() {
        assertThat(StuckEntries.words(new DirectoryNotEmptyException("/x/a.done")))
                .isEqualTo("/x/a.done: it is a folder that is not empty; move it away");
        assertThat(StuckEntries.words(new AccessDeniedException("/x/a"))).contains("/x/a: ", "with write access");
        assertThat(StuckEntries.words(new FileSystemException("/x/a", null, "No space left on device")))
                .isEqualTo("/x/a: No space left on device");
    }
}
