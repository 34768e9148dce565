package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A real Slurm that says no: limits of a QOS, and options that it does not know. */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class SlurmRefusalsIT {
    private static final Duration LATE = Duration.ofMinutes(4);
    private static final String RUN = "no" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);
    private static final String ENFORCE = "AccountingStorageEnforce=limits,qos";

    @TempDir
    static Path temp;

    private SwathProcess swath;

    @BeforeAll
    void start() throws IOException {
        SlurmTestCluster.up();
        SlurmTestCluster.on(
                "mgmt",
                "sacctmgr -i add qos few set MaxSubmitJobsPerUser=4 && sacctmgr -i add qos strict set"
                        + " MaxTRESPerJob=mem=100M Flags=DenyOnLimit && sacctmgr -i modify user swath set"
                        + " qos+=few,strict && echo " + ENFORCE + " >>/etc/slurm/slurm.conf && scontrol reconfigure");
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.add(() -> SlurmTestCluster.on(
                    "mgmt",
                    "sed -i '/^" + ENFORCE + "$/d' /etc/slurm/slurm.conf; scontrol reconfigure;"
                            + " sacctmgr -i delete qos few,strict"));
            if (swath != null) {
                cleanup.add(swath);
            }
        }
    }

    private SwathProcess create(String name, Map<String, String> more) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(RUN + name));
        Path storage = SlurmTestCluster.storage(RUN + name);
        Map<String, String> settings = new HashMap<>(SlurmTestCluster.settings(storage));
        settings.putAll(more);
        return new SwathProcess(folder, storage, settings);
    }

    @Test
    void doctor_shows_what_slurm_refuses_in_its_own_words_with_the_setting_that_causes_it() throws Exception {
        try (SwathProcess one =
                create("doctor", Map.of("slurm.qos", "strict", "slurm.options.gpu", "--constraint=warp"))) {
            Subprocess.Result result = one.command("doctor", "--create");
            assertThat(result.exit()).isEqualTo(1);
            assertThat(result.out())
                    .containsPattern("WRONG  job: recipe \\S+, step .*QOSMaxMemoryPerJob.*slurm.qos")
                    .containsPattern("WRONG  job: recipe \\S+, step .*Invalid feature specification");
        }
    }

    @Test
    void a_scene_is_delivered_although_fewer_tasks_than_it_has_may_be_submitted() throws Exception {
        swath = create("few", Map.of("slurm.qos", "few"));
        swath.command("doctor", "--create").orFail();
        swath.start();
        Path scene = TestScenes.make(temp.resolve("scene.tif"), 768, 512, 7);
        swath.drop("handover", scene, "scene.tif");

        String id = swath.awaitEnd("scene.tif", "DELIVERED", LATE);

        TestScenes.check("copy", scene, swath.product(id, "handover"));
        assertThat(swath.runs(id)).hasSize(13).allSatisfy(run -> assertThat(run).containsEntry("state", "SUCCEEDED"));
        List<SlurmTestCluster.Task> tasks = SlurmTestCluster.sacct(swath.tokens(id));
        assertThat(tasks)
                .hasSize(13)
                .allSatisfy(task -> assertThat(task.state()).isEqualTo("COMPLETED"));
        assertThat(swath.log()).contains("Swath sends smaller ones").doesNotContain("WARN  Incidents");
    }
}
