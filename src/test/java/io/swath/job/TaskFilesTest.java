package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Batch;
import io.swath.model.GpuUse;
import io.swath.model.ResourceUse;
import io.swath.storage.Removal;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    private GpuUse gpu(String mib, String card, String percent) {
        bench.evidence(
                batch,
                0,
                "{\"gpu_mib\": " + mib + ", \"gpu_card_mib\": " + card + ", \"gpu_util\": " + percent
                        + ", \"gpu_source\": \"samples\", \"outcome\": \"ok\"}");
        return files.evidence(batch, 0).orElseThrow().used().gpu();
    }

    @Test
    void what_a_task_used_of_a_gpu_is_read_unless_no_gpu_has_so_much() {
        assertThat(gpu("558", "143771", "3"))
                .isEqualTo(new GpuUse(Optional.of(558), Optional.of(143_771), Optional.of(3), "samples"));
        assertThat(gpu("558", "143771", "null").percent()).isEmpty();
        assertThat(gpu("558", "143771", "101").percent()).isEmpty();
        for (String more : List.of("143772", "-1", "null", "1e300")) {
            assertThat(gpu(more, "143771", "3")).as(more).isEqualTo(GpuUse.NONE);
        }
        assertThat(gpu("558", "null", "3")).isEqualTo(GpuUse.NONE);
        assertThat(gpu("558", "2000000", "3")).isEqualTo(GpuUse.NONE);
    }
}
