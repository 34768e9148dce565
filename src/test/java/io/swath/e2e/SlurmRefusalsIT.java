package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

/** A real Slurm that says no: limits of a QOS, options that it does not know, and a limited rate of requests. */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class SlurmRefusalsIT {
    private static final Duration LATE = Duration.ofMinutes(4);
    private static final String RUN = "no" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);
    private static final String ENFORCE = "AccountingStorageEnforce=limits,qos";
    private static final String RATE = "SlurmctldParameters=rl_enable,rl_bucket_size=4,rl_refill_rate=1";

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
                        + " qos+=few,strict && echo " + ENFORCE + " >>/etc/slurm/slurm.conf");
        SlurmTestCluster.restartController();
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.add(SlurmTestCluster::restartController); // the last first
            cleanup.add(() -> SlurmTestCluster.on(
                    "mgmt", "sed -i '/^" + ENFORCE + "$/d' /etc/slurm/slurm.conf; sacctmgr -i delete qos few,strict"));
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

    @Test
    void keeps_to_the_rate_of_requests_that_slurmctld_accepts_and_says_so_once() throws Exception {
        String release = SlurmTestCluster.ssh("sinfo", "-V"); // slurm-wlm 24.11.5
        assumeTrue(release.strip().replaceAll(".* ", "").compareTo("23.02") >= 0, "slurmctld can limit the rate");
        try (Cleanup cleanup = new Cleanup()) {
            SwathProcess slow = create("rate", Map.of());
            cleanup.add(slow);
            slow.command("doctor", "--create").orFail(); // its trial jobs would wait long for the rate
            cleanup.add(() -> SlurmTestCluster.on(
                    "mgmt", "sed -i '/^" + RATE + "$/d' /etc/slurm/slurm.conf; scontrol reconfigure"));
            SlurmTestCluster.on("mgmt", "echo " + RATE + " >>/etc/slurm/slurm.conf && scontrol reconfigure");
            SlurmTestCluster.await(
                    "slurmctld makes a client wait",
                    Duration.ofSeconds(30),
                    SlurmRefusalsIT::slurmctldMakesAClientWait);
            slow.start();
            Path scene = TestScenes.make(temp.resolve("scene.tif"), 768, 512, 7);
            slow.drop("handover", scene, "scene.tif");

            String id = slow.awaitEnd("scene.tif", "DELIVERED", LATE);

            TestScenes.check("copy", scene, slow.product(id, "handover"));
            assertThat(SlurmTestCluster.sacct(slow.tokens(id)))
                    .hasSize(13)
                    .allSatisfy(task -> assertThat(task.state()).isEqualTo("COMPLETED"));
            assertThat(slow.log())
                    .containsOnlyOnce("slurmctld accepts 1 RPCs in 1 s for each user, and 4 at once")
                    .doesNotContain("WARN  Incidents");
        }
    }

    /** A client says so at its verbose level only. */
    private static boolean slurmctldMakesAClientWait() {
        return SlurmTestCluster.ssh("for i in 1 2 3 4 5 6; do scontrol -v show partition; done 2>&1")
                .contains("RPC rate limited");
    }
}
