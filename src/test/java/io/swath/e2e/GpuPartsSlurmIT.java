package io.swath.e2e;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Parts of GPUs on a real Slurm, whose four GPUs have four shards each; nothing computes on these GPUs. */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class GpuPartsSlurmIT {
    private static final Duration LATE = Duration.ofMinutes(8);
    private static final String RUN = "gpu" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);
    private static final Pattern SHARDS = Pattern.compile("gres/shard=(\\d+)");
    private static final int SHARDS_PER_GPU = 4;

    @TempDir
    static Path temp;

    private DownstreamConsumer downstream;
    private SwathProcess swath;

    @BeforeAll
    void start() throws Exception {
        SlurmTestCluster.up();
        downstream = DownstreamConsumer.at(SlurmTestCluster.brokerUrl(), "swath", SlurmTestCluster.brokerPassword());
        Path storage = SlurmTestCluster.storage(RUN);
        swath = new SwathProcess(Files.createDirectory(temp.resolve(RUN)), storage, SlurmTestCluster.settings(storage));
        swath.command("doctor", "--create").orFail();
        swath.start();
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            if (downstream != null) {
                cleanup.add(downstream);
            }
            if (swath != null) {
                cleanup.add(swath);
                cleanup.add(() -> SlurmTestCluster.scancel(swath.tokens(swath.id("quarters.tif"))));
            }
        }
    }

    @Test
    void sixteen_tiles_on_quarters_of_four_gpus_run_at_once_and_the_gpu_seconds_add_up() throws Exception {
        swath.drop("quarters", TestScenes.blank(temp.resolve("quarters.tif"), 1_024, 1_024), "quarters.tif");

        String id = swath.awaitEnd("quarters.tif", "DELIVERED", LATE); // each tile fails unless all run at once
        List<SlurmTestCluster.Task> tasks =
                SlurmTestCluster.sacct(swath.tokens(id).subList(0, 1));
        List<JsonNode> records = downstream.accounting(swath.source(), id).stream()
                .filter(record -> record.path("step").asText().equals("quarters"))
                .toList();

        assertThat(tasks).hasSize(16).extracting(GpuPartsSlurmIT::shards).containsOnly(1);
        assertThat(records).hasSize(16).allSatisfy(record -> {
            assertThat(record.path("allocatedShards").asInt()).isEqualTo(1);
            assertThat(record.path("requestedGpuPart").asDouble()).isEqualTo(0.25);
            assertThat(record.path("requestedBecause").asText())
                    .endsWith("; 1 of 4 shards of a GPU: the recipe's guess, and no run was measured");
            assertThat(record.path("note").asText()).matches("gpu[1-4] gpu 0 shards 1");
        });
        assertThat(records.stream()
                        .collect(groupingBy(record -> record.path("node").asText(), counting()))
                        .values())
                .as("tiles on each of the four GPUs")
                .containsExactly(4L, 4L, 4L, 4L);
        double accounted = tasks.stream()
                .mapToDouble(task -> (double) shards(task) / SHARDS_PER_GPU * task.elapsedSeconds())
                .sum();
        assertThat(accounted).isPositive();
        assertThat(records.stream()
                        .mapToDouble(
                                record -> record.path("allocatedGpuSeconds").asDouble())
                        .sum())
                .as("GPU-seconds of the accounting records, and of sacct")
                .isCloseTo(accounted, within(1e-6));
        assertThat(swath.command("doctor").orFail())
                .containsPattern(
                        "gpu: quarters, step quarters: parts of GPUs took .* GPU-hours; whole GPUs would have");
    }

    private static int shards(SlurmTestCluster.Task task) {
        Matcher shards = SHARDS.matcher(task.tres());
        return shards.find() ? Integer.parseInt(shards.group(1)) : 0;
    }
}
