package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An assembly of two tasks on two nodes of a real Slurm: each converts its share of the tiles. */
@ExtendWith(SlurmTestCluster.class)
class AssemblySlurmIT {
    private static final Duration LATE = Duration.ofMinutes(5);

    @TempDir
    static Path temp;

    @Test
    void two_nodes_work_on_one_assembly() throws Exception {
        try (SwathProcess swath = SlurmJobs.create(temp.resolve("spread"))) {
            swath.start();
            Path scene = TestScenes.make(temp.resolve("spread.tif"), 4300, 300, 7);
            swath.drop("spread", scene, "spread.tif");
            String id = swath.awaitEnd("spread.tif", "DELIVERED", LATE);

            TestScenes.check("ndvi", scene, swath.product(id, "spread"));
            List<Map<String, String>> assembly =
                    swath.query("select token, placement from batch where step = 'assemble' and scene_id = ?", id);
            assertThat(assembly)
                    .extracting(batch -> batch.get("placement"))
                    .containsExactly("tasks=2 nodes=2 bind.cpu=cores");
            String token = assembly.get(0).get("token");
            assertThat(SlurmTestCluster.sacct(List.of(token)))
                    .singleElement()
                    .satisfies(task -> assertThat(task.tres()).contains("cpu=2", "mem=1400M", "node=2"));
        }
    }
}
