package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Batch;
import io.swath.model.ResourceUse;
import io.swath.storage.Removal;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class TaskFilesTest {
    private Workbench bench;
    private Batch batch;
    private TaskFiles files;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        batch = bench.batch("a", 1);
        files = new TaskFiles(bench.storage, bench.json, bench.incidents);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void a_log_that_is_not_a_file_or_whose_folder_is_gone_was_replaced() throws IOException {
        Path log = BatchLayout.of(bench.storage, batch).log(0);
        Removal.remove(log.getParent());
        assertThat(files.logReplaced(batch, 0)).as("no folder").isTrue();
        Files.createDirectories(log.getParent());
        assertThat(files.logReplaced(batch, 0)).as("no log yet").isFalse();
        Files.createDirectory(log);
        assertThat(files.logReplaced(batch, 0)).as("a folder").isTrue();
        Files.delete(log);
        Files.writeString(log, "words");
        assertThat(files.logReplaced(batch, 0)).as("a log").isFalse();
    }

    @Test
    void numbers_that_no_task_can_have_count_as_not_measured() {
        for (String number : List.of("1e300", "1e999", "-1")) {
            bench.evidence(
                    batch,
                    0,
                    "{\"wall_s\": " + number + ", \"cpu_s\": " + number + ", \"peak_kib\": " + number
                            + ", \"outcome\": \"ok\"}");
            assertThat(files.evidence(batch, 0).orElseThrow().used()).as(number).isEqualTo(ResourceUse.NONE);
        }
    }
}
