package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLooksTest {
    @TempDir
    Path inbox;

    private long now;
    private final List<String> looked = new ArrayList<>();
    private final FolderLooks looks = new FolderLooks(() -> now);

    /** A look in which each folder takes 1.5 s. */
    private List<Candidate> look(List<Path> entries) {
        looked.clear();
        now += Duration.ofSeconds(1).toNanos();
        List<Candidate> found = new ArrayList<>();
        for (Path entry : looks.longestAgoFirst(entries)) {
            looks.look(entry, () -> {
                        looked.add(entry.getFileName().toString());
                        if (Files.isDirectory(entry)) {
                            now += Duration.ofMillis(1500).toNanos();
                        }
                        return Optional.of(new Ready(entry, Optional.empty()));
                    })
                    .ifPresent(found::add);
        }
        return found;
    }

    @Test
    void folders_have_their_turn_one_after_another_and_files_at_each_look() throws IOException {
        List<Path> entries = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d", "e")) {
            entries.add(Files.createDirectory(inbox.resolve(name)));
        }
        entries.add(Files.createFile(inbox.resolve("f.tif")));

        List<Candidate> found = look(entries);
        assertThat(looked).containsExactly("a", "b", "f.tif");
        assertThat(found)
                .hasSize(6)
                .filteredOn(Waiting.class::isInstance)
                .hasSize(3)
                .allSatisfy(waiting -> assertThat(waiting).isInstanceOfSatisfying(Waiting.class, turn -> {
                    assertThat(turn.missing()).startsWith("its next check");
                    assertThat(turn.counted()).isFalse();
                }));
        look(entries);
        assertThat(looked).contains("c", "d", "f.tif").doesNotContain("a", "b", "e");
        look(entries);
        assertThat(looked).contains("e", "a", "f.tif").doesNotContain("b", "c", "d");
    }
}
