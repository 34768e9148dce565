package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Batch;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class EvidenceCountsTest {
    @TempDir
    private Path home;

    private Workbench bench;
    private Batch batch;
    private Path folder;
    private EvidenceCounts counts;

    @BeforeEach
    void submitted() throws IOException {
        bench = new Workbench(home);
        bench.planned("a", Workbench.ONE_STEP, 3);
        bench.submitAll();
        batch = bench.batch("a", 1);
        folder = BatchLayout.of(bench.storage, batch).evidence();
        counts = new EvidenceCounts(bench.storage, bench.incidents, bench.steady);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private int count() {
        return counts.of(List.of(batch)).get(batch.token());
    }

    @Test
    void evidence_is_counted_and_other_files_are_not() throws IOException {
        assertThat(count()).isZero();
        Files.createFile(folder.resolve("0.json"));
        Files.createFile(folder.resolve(".1.json.part"));
        assertThat(count()).isEqualTo(1);
        Files.createFile(folder.resolve("2.json"));
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void a_task_of_several_tiles_counts_when_all_of_them_have_evidence() throws IOException {
        bench.planned("b", Workbench.ONE_STEP.replace("size: 64", "size: 64, per-task: 2"), 5);
        bench.submitAll();
        batch = bench.batch("b", 1);
        folder = BatchLayout.of(bench.storage, batch).evidence();
        for (String name : List.of("0.json", "3.json", "7.json", "99999999999.json")) {
            Files.createFile(folder.resolve(name));
        }
        assertThat(count()).isZero();
        Files.createFile(folder.resolve("1.json"));
        assertThat(count()).isEqualTo(1);
        Files.createFile(folder.resolve("4.json")); // the last task has one tile
        assertThat(count()).isEqualTo(2);
    }

    @Test
    void a_folder_is_listed_again_only_when_its_time_has_moved_or_moved_a_moment_ago() throws IOException {
        FileTime time = FileTime.fromMillis(1_000_000);
        Files.createFile(folder.resolve("0.json"));
        Files.setLastModifiedTime(folder, time);
        assertThat(count()).isEqualTo(1);
        Files.createFile(folder.resolve("1.json"));
        Files.setLastModifiedTime(folder, time); // as where two changes fall into one tick of the clock
        assertThat(count()).isEqualTo(2);
        bench.pass(Duration.ofSeconds(3));
        assertThat(count()).isEqualTo(2);
        Files.createFile(folder.resolve("2.json"));
        Files.setLastModifiedTime(folder, time);
        assertThat(count()).as("the folder is not listed").isEqualTo(2);
        Files.setLastModifiedTime(folder, FileTime.fromMillis(2_000_000));
        assertThat(count()).isEqualTo(3);
    }
}
