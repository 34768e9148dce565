package io.swath.e2e;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.summingLong;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of four tiles each on a real Slurm, one of which is killed for its memory at its second tile. */
@ExtendWith(SlurmTestCluster.class)
class PackingSlurmIT {
    private static final Duration LATE = Duration.ofMinutes(5);

    @TempDir
    static Path temp;

    @Test
    void a_kill_costs_only_the_tile_at_which_the_task_was_and_sacct_is_shared_out_to_the_second() throws Exception {
        try (SwathProcess swath = SlurmJobs.create(temp.resolve("packed"))) {
            swath.start();
            swath.drop("crumbs", TestScenes.blank(temp.resolve("crumbs.tif"), 1024, 768), "crumbs.tif");
            String id = swath.awaitEnd("crumbs.tif", "DELIVERED", LATE);

            List<Map<String, String>> runs = swath.runs(id).stream()
                    .filter(run -> run.get("step").equals("crumb"))
                    .toList();
            Map<String, List<String>> states = runs.stream()
                    .collect(groupingBy(
                            run -> run.get("tile"),
                            mapping(run -> run.get("cause") == null ? run.get("state") : run.get("cause"), toList())));
            assertThat(states).hasSize(12);
            states.forEach((tile, of) -> assertThat(of)
                    .as("tile " + tile)
                    .containsExactlyElementsOf(
                            switch (tile) {
                                case "5" -> List.of("OUT_OF_MEMORY", "SUCCEEDED");
                                case "6", "7" -> List.of("CANCELLED", "SUCCEEDED"); // not begun
                                default -> List.of("SUCCEEDED");
                            }));
            assertThat(swath.query(
                            "select * from tile where scene_id = ? and idx in (6, 7) and faults + mishaps > 0", id))
                    .isEmpty();
            assertThat(swath.query("select size, per_task from batch where step = 'crumb' order by number"))
                    .extracting(batch -> batch.get("size") + "/" + batch.get("per_task"))
                    .startsWith("12/4")
                    .contains("1/1");

            Map<String, Long> shared = runs.stream()
                    .filter(run -> run.get("elapsed_s") != null)
                    .collect(groupingBy(
                            run -> run.get("job_id"), summingLong(run -> Long.parseLong(run.get("elapsed_s")))));
            assertThat(shared).isEqualTo(elapsed(swath.tokens(id), shared));
            String csv = Files.readString(swath.delivered(id, "crumbs").resolve("runs.csv"));
            assertThat(csv).contains("1 of 4 tiles of task " + runs.get(0).get("job_id"));
        }
    }

    /** The elapsed seconds of these tasks in Slurm's accounting. */
    private static Map<String, Long> elapsed(List<String> tokens, Map<String, Long> tasks) {
        return SlurmTestCluster.ssh(
                        "sacct",
                        "-n",
                        "-P",
                        "-X",
                        "-S",
                        "now-1hour",
                        "--name=" + String.join(",", tokens),
                        "-o",
                        "JobID,ElapsedRaw")
                .lines()
                .map(line -> line.split("\\|"))
                .filter(row -> tasks.containsKey(row[0]))
                .collect(toMap(row -> row[0], row -> Long.parseLong(row[1])));
    }
}
