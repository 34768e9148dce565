package io.swath.e2e;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scenes from the inbox to the product on a real Slurm over SSH, with a real broker. The results are compared with
 * Slurm's own accounting.
 *
 * <p>One Swath processes most of the scenes at the same time. They are dropped before the first test, and the tests
 * that only check how a scene ended come last. The order of the tests only saves time.
 */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SlurmEndToEndIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration LATE = Duration.ofMinutes(4);
    private static final String RUN = "e2e" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);

    @TempDir
    static Path temp;

    private final List<SwathProcess> all = new ArrayList<>();
    private DownstreamConsumer downstream;
    private SwathProcess swath;
    private String schema = RUN;
    private Path pixels;
    private Path wide;
    private Path ground;

    @BeforeAll
    void start() throws Exception {
        SlurmTestCluster.up();
        downstream = DownstreamConsumer.at(SlurmTestCluster.brokerUrl(), "swath", SlurmTestCluster.brokerPassword())
                .once(); // a Swath that is killed may send a message again
        pixels = TestScenes.make(temp.resolve("pixels.tif"), 4300, 3000, 5);
        wide = TestScenes.blank(temp.resolve("wide.tif"), 1024, 1024);
        Path two = TestScenes.blank(temp.resolve("two.tif"), 512, 256);
        swath = create("one", Map.of());
        swath.start();
        swath.drop("ndvi", pixels, "ndvi.tif");
        swath.drop("texture", pixels, "texture.tif");
        swath.await(
                "both are submitted",
                SOON,
                () -> swath.query("select * from batch where state <> 'INTENT' and step in" + " ('ndvi', 'texture')")
                                .size()
                        == 2);
        ground = TestScenes.ground(temp.resolve("ground.tif"), 1500, 1100);
        swath.drop("classify", ground, "ground.tif");
        swath.drop("texture-pair", pixels, "pair.tif");
        for (String recipe : new String[] {"slow", "hog", "exit3", "flaky", "bound"}) {
            swath.drop(recipe, two, recipe + ".tif");
        }
    }

    private SwathProcess create(String name, Map<String, String> more) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(RUN + name));
        Path storage = SlurmTestCluster.storage(RUN + name);
        Map<String, String> settings = SlurmTestCluster.settings(storage);
        settings.putAll(more);
        SwathProcess created = new SwathProcess(folder, storage, settings);
        all.add(created);
        created.command("doctor", "--create").orFail();
        return created;
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.add(() -> SlurmTestCluster.dropSchema(schema));
            if (downstream != null) {
                cleanup.add(downstream);
            }
            for (SwathProcess one : all) {
                cleanup.add(one);
                cleanup.add(() -> endJobs(one));
            }
        }
    }

    /** Cancels the jobs that a failed test has left in the queue. */
    private static void endJobs(SwathProcess of) {
        of.stop();
        List<String> open = of.query("select token from batch where state <> 'DONE'").stream()
                .map(row -> row.get("token"))
                .toList();
        if (!open.isEmpty()) {
            SlurmTestCluster.scancel(open);
            of.await(
                    "the queue is empty",
                    SOON,
                    () -> SlurmTestCluster.squeue(open).isEmpty());
        }
    }

    @Test
    @Order(1)
    void adopts_its_submitted_jobs_if_killed_after_submission() throws Exception {
        schema = SlurmTestCluster.schema(RUN);
        SwathProcess own = create("two", SlurmTestCluster.database(schema));
        own.start();
        own.drop("gate", TestScenes.blank(temp.resolve("killed.tif"), 1024, 256), "killed.tif");
        String id = own.id("killed.tif");
        own.await("its jobs are in the queue", SOON, () -> {
            List<String> tokens = own.tokens(id);
            return tokens.size() == 2 && SlurmTestCluster.squeue(tokens).size() == 5;
        });
        own.kill();
        List<String> tokens = own.tokens(id);
        // Reset the ledger, as if Swath had been killed before it recorded sbatch's answer.
        own.change("update batch set state = 'INTENT', cluster_id = '', submitted_at = 0");
        own.change("update run set state = 'INTENT', job_id = '', word = ''");
        own.start();
        Files.createFile(own.work(id).resolve("gate"));
        own.awaitEnd("killed.tif", "DELIVERED", LATE);
        assertThat(own.tokens(id)).isEqualTo(tokens);
        assertEachRunIsOneTask(own, id, 5);
        SceneAssertions.messages(own, downstream, id, "accepted", "delivered");
    }

    @Test
    @Order(2)
    void cancel_leaves_nothing_in_the_queue() throws IOException {
        swath.drop("gate", TestScenes.blank(temp.resolve("cancel.tif"), 1024, 1280), "cancel.tif");
        String id = swath.id("cancel.tif");
        swath.await("tiles run and wait", SOON, () -> {
            List<String> tokens = swath.tokens(id);
            List<String> queue = tokens.isEmpty() ? List.of() : SlurmTestCluster.squeue(tokens);
            return queue.stream().anyMatch(task -> task.contains(" RUNNING "))
                    && queue.stream().anyMatch(task -> task.contains(" PENDING "));
        });
        assertThat(swath.command("cancel", id).orFail()).contains(id + " is cancelled");
        swath.awaitEnd("cancel.tif", "CANCELLED", SOON);
        swath.await(
                "nothing is queued",
                SOON,
                () -> SlurmTestCluster.squeue(swath.tokens(id)).isEmpty());
        SceneAssertions.cancelled(swath, id);
        SceneAssertions.messages(swath, downstream, id, "accepted", "cancelled");
        assertThat(SlurmTestCluster.sacct(swath.tokens(id)))
                .isNotEmpty()
                .allSatisfy(task -> assertThat(task.state()).startsWith("CANCELLED"));
    }

    @Test
    @Order(3)
    void held_scene_waits_until_it_is_released() throws IOException {
        swath.drop("gate", wide, "held.tif");
        String id = swath.id("held.tif");
        swath.await("tiles run and wait", SOON, () -> {
            List<String> queue = tiles(id);
            return queue.stream().anyMatch(task -> task.contains(" RUNNING "))
                    && queue.stream().anyMatch(task -> task.contains(" PENDING "));
        });
        assertThat(swath.command("hold", id).orFail()).contains(id + " is held");
        assertThat(swath.command("status", id).orFail()).contains("held");
        Files.createFile(swath.work(id).resolve("gate"));
        swath.await(
                "the running tiles have ended, and all others are held",
                SOON,
                () -> tiles(id).stream().allMatch(task -> task.endsWith(" PENDING JobHeldUser")));
        assertThat(tiles(id)).isNotEmpty();
        assertThat(swath.command("release", id).orFail()).contains(id + " is released");
        swath.awaitEnd("held.tif", "DELIVERED", SOON);
        assertEachRunIsOneTask(swath, id, 17);
    }

    /** The scene's tiles in the queue, without the assembly. */
    private List<String> tiles(String id) {
        List<String> tokens = swath.tokens(id);
        return tokens.isEmpty() ? List.of() : SlurmTestCluster.squeue(tokens.subList(0, 1));
    }

    @Test
    @Order(4)
    void ndvi_on_cpus_is_correct_in_every_pixel() {
        String id = swath.awaitEnd("ndvi.tif", "DELIVERED", LATE);
        TestScenes.check("ndvi", pixels, swath.product(id, "ndvi"));
        assertThat(Folders.names(swath.delivered(id, "ndvi")))
                .containsExactlyInAnyOrder(id + "_ndvi.tif", "preview.png", "item.json", "runs.csv");
        assertEachRunIsOneTask(swath, id, 5);
        SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
        assertThat(downstream.accounting(swath.source(), id)).allSatisfy(record -> {
            assertThat(record.path("cluster").asText()).isEqualTo("slurm");
            assertThat(record.path("state").asText()).isEqualTo("SUCCEEDED");
            assertThat(record.path("partition").asText()).isEqualTo("cpu");
            assertThat(record.path("allocatedShards").asInt()).isZero();
        });
    }

    @Test
    @Order(5)
    void texture_on_shards_of_gpus_is_correct_in_every_pixel_while_cpus_work() {
        String id = swath.awaitEnd("texture.tif", "DELIVERED", LATE);
        TestScenes.check("texture", pixels, swath.product(id, "texture"));
        assertEachRunIsOneTask(swath, id, 5);
        SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
        swath.awaitEnd("ndvi.tif", "DELIVERED", LATE);
        assertPartitionsWorkedAtTheSameTime();
        List<SlurmTestCluster.Task> tiles =
                SlurmTestCluster.sacct(swath.tokens(id).subList(0, 1));
        assertThat(tiles).hasSize(4).allSatisfy(task -> {
            assertThat(task.tres()).contains("gres/shard=1");
            assertThat(task.partition()).isEqualTo("gpu");
        });
        List<JsonNode> records = downstream.accounting(swath.source(), id).stream()
                .filter(record -> record.path("step").asText().equals("texture"))
                .toList();
        assertThat(records).hasSize(4).allSatisfy(record -> {
            assertThat(record.path("allocatedShards").asInt()).isEqualTo(1);
            assertThat(record.path("partition").asText()).isEqualTo("gpu");
            assertThat(record.path("state").asText()).isEqualTo("SUCCEEDED");
        });
    }

    @Test
    @Order(6)
    void retries_after_an_exit_code_and_then_fails_the_scene() {
        String id = swath.awaitEnd("exit3.tif", "FAILED", LATE);
        SceneAssertions.exit3(swath, id);
        SceneAssertions.messages(swath, downstream, id, "accepted", "failed");
        assertThat(downstream.accounting(swath.source(), id).stream()
                        .filter(record -> record.path("tile").asText().equals("0")))
                .hasSize(3)
                .allSatisfy(record -> {
                    assertThat(record.path("cause").asText()).isEqualTo("EXIT");
                    assertThat(record.path("exitCode").asInt()).isEqualTo(3);
                });
        assertThat(SlurmTestCluster.sacct(swath.tokens(id)).stream()
                        .filter(task -> task.exit().equals("3:0")))
                .hasSize(3);
    }

    @Test
    @Order(7)
    void retries_a_tile_that_fails_once_and_keeps_its_history() {
        String id = swath.awaitEnd("flaky.tif", "DELIVERED", LATE);
        List<Map<String, String>> tiles = swath.runs(id).stream()
                .filter(run -> !run.get("tile").equals("-1"))
                .toList();
        assertThat(tiles)
                .extracting(run -> run.get("tile") + " " + run.get("attempt") + " " + run.get("state"))
                .containsExactly("0 1 FAILED", "0 2 SUCCEEDED", "1 1 FAILED", "1 2 SUCCEEDED");
        SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
        assertThat(swath.delivered(id, "flaky").resolve("runs.csv"))
                .content()
                .contains("FAILED,FAILED,EXIT", "SUCCEEDED,COMPLETED");
    }

    @Test
    @Order(8)
    void requests_more_memory_until_it_is_enough() {
        String id = swath.awaitEnd("hog.tif", "DELIVERED", LATE);
        SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
        List<JsonNode> history = downstream.accounting(swath.source(), id).stream()
                .filter(record -> record.path("tile").asText().equals("1"))
                .sorted(Comparator.comparing(record -> record.path("attempt").asInt()))
                .toList();
        int last = history.size() - 1;
        assertThat(history.get(0).path("requestedMemoryMiB").asInt()).isEqualTo(100);
        assertThat(history.get(last).path("requestedMemoryMiB").asInt()).isGreaterThan(300);
        assertThat(history.subList(0, last)).isNotEmpty();
        for (int at = 0; at < last; at++) {
            assertThat(history.get(at).path("cause").asText()).isEqualTo("OUT_OF_MEMORY");
            // Twice the last request, or more if the accounting measured a higher use before the kill.
            assertThat(history.get(at + 1).path("requestedMemoryMiB").asInt())
                    .isGreaterThanOrEqualTo(
                            2 * history.get(at).path("requestedMemoryMiB").asInt());
        }
        assertThat(history.get(last).path("cause").isNull()).isTrue();
    }

    @Test
    @Order(9)
    void distinguishes_a_time_limit_from_other_failures() {
        String id = swath.awaitEnd("slow.tif", "FAILED", LATE);
        SceneAssertions.messages(swath, downstream, id, "accepted", "failed");
        assertThat(downstream.accounting(swath.source(), id).stream()
                        .filter(record -> record.path("step").asText().equals("slow")))
                .hasSize(2)
                .allSatisfy(record -> {
                    assertThat(record.path("cause").asText()).isEqualTo("TIMEOUT");
                    assertThat(record.path("clusterState").asText()).isEqualTo("TIMEOUT");
                });
    }

    @Test
    @Order(10)
    void each_task_of_a_step_is_bound_as_the_tasks_sacct_and_scontrol_say() {
        String id = swath.awaitEnd("bound.tif", "DELIVERED", LATE);
        JsonNode record = downstream.accounting(swath.source(), id).stream()
                .filter(run -> run.path("step").asText().equals("bound"))
                .findFirst()
                .orElseThrow();
        Matcher said = Pattern.compile(
                        "task 0 of 2 on (gpu\\d) cpus (\\S+) gpu 0; task 1 of 2 on (gpu\\d) cpus (\\S+) gpu 0; (.*)")
                .matcher(record.path("note").asText());
        assertThat(said.matches()).as(record.path("note").asText()).isTrue();
        assertThat(said.group(1)).isNotEqualTo(said.group(3));
        assertThat(said.group(5))
                .as("scontrol show job -d: the CPUs and the GPU of each node")
                .containsPattern("CPU_IDs=\\d-\\d Mem=100 GRES=gpu:1\\(IDX:0\\)");
        assertThat(SlurmTestCluster.sacct(swath.tokens(id).subList(0, 1)))
                .singleElement()
                .satisfies(task -> assertThat(task.tres()).contains("cpu=4", "gres/gpu=2", "mem=200M", "node=2"));
        assertThat(swath.query("select placement from batch where step = 'bound'"))
                .extracting(row -> row.get("placement"))
                .containsExactly("tasks=2 nodes=2 bind.cpu=cores bind.gpu=closest");
    }

    @Test
    @Order(11)
    void two_gpus_of_two_nodes_make_one_tile() {
        String id = swath.awaitEnd("pair.tif", "DELIVERED", LATE);
        TestScenes.check("texture", pixels, swath.product(id, "texture-pair"));
        List<String> arrays =
                swath.query("select token from batch where step = 'texture' and scene_id = '" + id + "'").stream()
                        .map(row -> row.get("token").toString())
                        .toList();
        assertThat(SlurmTestCluster.sacct(arrays))
                .hasSize(4)
                .allSatisfy(task -> assertThat(task.tres()).contains("gres/gpu=2", "node=2"));
    }

    @Test
    @Order(12)
    void classes_are_fitted_by_four_tasks_on_two_nodes_and_right_in_every_pixel() {
        String id = swath.awaitEnd("ground.tif", "DELIVERED", LATE);
        TestScenes.check("classify", ground, swath.product(id, "classify"));
        assertThat(downstream.accounting(swath.source(), id).stream()
                        .filter(run -> run.path("step").asText().equals("prepare")))
                .singleElement()
                .satisfies(run -> assertThat(run.path("note").asText()).endsWith("by 4 tasks"));
        assertThat(SlurmTestCluster.sacct(swath.tokens(id).subList(0, 1)))
                .singleElement()
                .satisfies(task -> assertThat(task.tres()).contains("cpu=4", "node=2"));
    }

    private void assertPartitionsWorkedAtTheSameTime() {
        String first = "select min(started_at) as at from run where step = ?";
        String last = "select max(ended_at) as at from run where step in (?, 'assemble') and scene_id = ?";
        for (List<String> pair : List.of(List.of("ndvi", "texture"), List.of("texture", "ndvi"))) {
            String started = swath.query(first, pair.get(0)).get(0).get("at");
            String ended = swath.query(last, pair.get(1), swath.id(pair.get(1) + ".tif"))
                    .get(0)
                    .get("at");
            assertThat(Long.parseLong(started)).as(pair.toString()).isLessThanOrEqualTo(Long.parseLong(ended));
        }
    }

    /** Asserts that Slurm's accounting and the ledger have the same runs with the same states. */
    private static void assertEachRunIsOneTask(SwathProcess of, String id, int count) {
        Map<String, String> accounted = SlurmTestCluster.sacct(of.tokens(id)).stream()
                .collect(toMap(SlurmTestCluster.Task::id, task -> task.name() + " " + task.state()));
        assertThat(accounted).hasSize(count);
        assertThat(of.runs(id).stream()
                        .collect(toMap(run -> run.get("job_id"), run -> run.get("token") + " " + run.get("word"))))
                .isEqualTo(accounted);
    }
}
