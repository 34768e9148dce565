package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A recipe that leaves the device to Swath, on a real Slurm with 12 CPUs in one partition and 16 quarters of a GPU in another. */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class SlurmDevicesIT {
    private static final Duration LATE = Duration.ofMinutes(6);
    private static final String RUN = "dev" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);
    private static final int TILES = 80;

    @TempDir
    static Path temp;

    private SwathProcess swath;

    @BeforeAll
    void start() throws IOException {
        SlurmTestCluster.up();
        Path folder = Files.createDirectory(temp.resolve(RUN));
        Path storage = SlurmTestCluster.storage(RUN);
        swath = new SwathProcess(folder, storage, SlurmTestCluster.settings(storage));
        swath.command("doctor", "--create").orFail();
        swath.start();
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            if (swath != null) {
                cleanup.add(swath);
            }
        }
    }

    @Test
    void a_scene_of_many_tiles_is_split_over_both_partitions_and_each_run_says_both_estimates() throws Exception {
        Path scene = TestScenes.make(temp.resolve("scene.tif"), 2560, 2048, 11);
        swath.drop("devices", scene, "scene.tif");

        String id = swath.awaitEnd("scene.tif", "DELIVERED", LATE);

        TestScenes.check("copy", scene, swath.product(id, "devices"));
        List<Map<String, String>> runs = swath.query(
                "select run.partition_ as part, run.note as note, run.state as state, run.cause as cause, batch.why as why"
                        + " from run join batch on batch.token = run.token where run.tile >= 0 and run.scene_id = ?",
                id);
        List<Map<String, String>> tiles = runs.stream()
                .filter(run -> run.get("state").equals("SUCCEEDED"))
                .toList();
        assertThat(tiles).as("each tile once").hasSize(TILES);
        // Here, Slurm's sampling was seen to count 172 MiB for a task that has 89, and killed it; the tile is retried.
        assertThat(runs)
                .filteredOn(run -> !tiles.contains(run))
                .hasSizeLessThan(TILES / 20)
                .allSatisfy(run -> assertThat(run).containsEntry("cause", "OUT_OF_MEMORY"));
        assertThat(tiles).allSatisfy(run -> {
            assertThat(run.get("note")).isEqualTo("on " + run.get("part"));
            assertThat(run.get("why")).startsWith("device " + run.get("part") + ": ");
        });
        for (String partition : List.of("cpu", "gpu")) {
            assertThat(tiles.stream().filter(run -> run.get("part").equals(partition)))
                    .as("more than were tried, in partition " + partition)
                    .hasSizeGreaterThan(8);
        }
        assertThat(swath.command("status", id, "--runs").orFail())
                .containsPattern("device cpu: a tile ends in \\d+ s on CPUs, a tile ends in \\d+ s on a GPU; ")
                .containsPattern("device gpu: a tile ends in \\d+ s on a GPU, a tile ends in \\d+ s on CPUs; ");
    }
}
