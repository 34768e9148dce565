package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Scenes from the inbox to the product on this machine, with the real program, real processes and a real broker. */
@TestInstance(Lifecycle.PER_CLASS)
class LocalEndToEndIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(90);

    @TempDir
    static Path temp;

    private DownstreamConsumer downstream;
    private SwathProcess swath;

    @BeforeAll
    void start() throws Exception {
        downstream = DownstreamConsumer.withBroker().once(); // a Swath that is killed may send a message again
        swath = create("shared");
        swath.start();
    }

    @AfterAll
    void stop() throws Exception {
        try {
            swath.close();
        } finally {
            downstream.close();
        }
    }

    private SwathProcess create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        SwathProcess created = new SwathProcess(
                folder, folder.resolve("storage"), Map.of("cluster", "local", "broker.url", downstream.url()));
        created.command("doctor", "--create").orFail();
        return created;
    }

    @Test
    void demo_leaves_products_and_every_message_and_can_be_repeated() throws IOException {
        Path demo = temp.resolve("demo");
        String said = swath.commandWithDefaults("demo", "--dir", demo.toString(), "--size", "1024")
                .orFail();
        assertThat(said).contains("item.json", "runs.csv", "preview.png");
        checkDemo(demo);
        swath.commandWithDefaults("demo", "--dir", demo.toString(), "--size", "1024")
                .orFail();
        checkDemo(demo);
    }

    private static void checkDemo(Path demo) throws IOException {
        List<String> scenes = Folders.names(demo.resolve("delivered"));
        assertThat(scenes).hasSize(1);
        String id = scenes.get(0);
        Path products = demo.resolve("delivered").resolve(id).resolve("ndvi");
        assertThat(Folders.names(products))
                .containsExactlyInAnyOrder(id + "_ndvi.tif", "preview.png", "item.json", "runs.csv");
        TestScenes.check(
                "ndvi", demo.resolve("scenes").resolve(id).resolve(id + ".tif"), products.resolve(id + "_ndvi.tif"));
        List<String> types = new ArrayList<>();
        for (String line : Files.readAllLines(demo.resolve("events.jsonl"))) {
            types.add(JSON.readTree(line).path("type").asText());
        }
        assertThat(types)
                .containsOnlyOnce("io.swath.scene.accepted", "io.swath.scene.delivered")
                .filteredOn("io.swath.accounting.run"::equals)
                .hasSameSizeAs(runLines(products));
        assertThat(types)
                .containsOnly("io.swath.scene.accepted", "io.swath.scene.delivered", "io.swath.accounting.run");
    }

    private static List<String> runLines(Path products) throws IOException {
        List<String> lines = Files.readAllLines(products.resolve("runs.csv"));
        return lines.subList(1, lines.size());
    }

    @Test
    void demo_does_not_touch_a_folder_that_no_demo_has_made() throws IOException {
        Path mine = Files.createDirectory(temp.resolve("mine"));
        Path file = Files.writeString(mine.resolve("thesis.txt"), "years of work");
        Subprocess.Result result = swath.commandWithDefaults("demo", "--dir", mine.toString(), "--size", "256");
        assertThat(result.exit()).isNotZero();
        assertThat(result.err()).contains("no demo has made");
        assertThat(file).hasContent("years of work");
        assertThat(Folders.names(mine)).containsExactly("thesis.txt");
    }

    @Test
    void accepts_a_scene_without_marker_when_its_file_no_longer_changes() throws IOException {
        Path scene = TestScenes.make(temp.resolve("still.tif"), 700, 500, 2);
        swath.dropWithoutMarker("ndvi", scene, "still.tif");
        String id = swath.awaitEnd("still.tif", "DELIVERED", SOON);
        TestScenes.check("ndvi", scene, swath.product(id, "ndvi"));
        assertMessages(swath, id, "accepted", "delivered");
    }

    @Test
    void texture_in_tiles_equals_texture_of_the_whole_scene() throws IOException {
        Path scene = TestScenes.make(temp.resolve("rough.tif"), 4300, 2100, 3);
        swath.drop("texture", scene, "rough.tif");
        String id = swath.awaitEnd("rough.tif", "DELIVERED", Duration.ofMinutes(3));
        assertThat(swath.scene("rough.tif").orElseThrow().get("tile_count")).isNotEqualTo("1");
        TestScenes.check("texture", scene, swath.product(id, "texture"));
        assertMessages(swath, id, "accepted", "delivered");
    }

    @Test
    void classes_are_fitted_by_several_tasks_and_texture_follows_the_index() throws IOException {
        Path ground = TestScenes.ground(temp.resolve("ground.tif"), 1300, 1100);
        Path rough = TestScenes.make(temp.resolve("index.tif"), 2300, 700, 6);
        swath.drop("classify", ground, "ground.tif");
        swath.drop("ndvi-texture", rough, "index.tif");
        String classes = swath.awaitEnd("ground.tif", "DELIVERED", SOON);
        String index = swath.awaitEnd("index.tif", "DELIVERED", SOON);
        TestScenes.check("classify", ground, swath.product(classes, "classify"));
        TestScenes.check("ndvi-texture", rough, swath.product(index, "ndvi-texture"));
        assertThat(swath.query("select placement from batch where scene_id = ? order by number limit 1", classes))
                .extracting(row -> row.get("placement"))
                .containsExactly("tasks=4 nodes=2 bind.cpu=cores");
        assertMessages(swath, classes, "accepted", "delivered");
    }

    @Test
    void an_assembly_of_two_tasks_joins_tiles_that_are_too_small_to_be_copied() throws IOException {
        Path scene = TestScenes.make(temp.resolve("spread.tif"), 4300, 300, 7);
        swath.drop("spread", scene, "spread.tif");
        String id = swath.awaitEnd("spread.tif", "DELIVERED", Duration.ofMinutes(3));
        TestScenes.check("ndvi", scene, swath.product(id, "spread"));
        assertMessages(swath, id, "accepted", "delivered");
        assertThat(swath.query("select placement from batch where step = 'assemble' and scene_id = ?", id))
                .extracting(batch -> batch.get("placement"))
                .containsExactly("tasks=2 nodes=2 bind.cpu=cores");
    }

    @Test
    void rejects_a_file_that_is_not_a_scene_with_the_reason() throws IOException {
        Path garbage = Files.writeString(temp.resolve("garbage.tif"), "this is no picture ".repeat(500));
        swath.drop("ndvi", garbage, "garbage.tif");
        String id = swath.awaitEnd("garbage.tif", "REJECTED", SOON);
        Path place = swath.storage().resolve("rejected/garbage.tif");
        JsonNode reason = JSON.readTree(place.resolve("reason.json").toFile());
        for (String field : new String[] {"rule", "what", "remedy"}) {
            assertThat(reason.path(field).asText()).as(field).isNotBlank();
        }
        assertThat(Folders.names(place)).hasSize(2).contains("reason.json");
        assertThat(swath.inbox("ndvi").resolve("garbage.tif")).doesNotExist();
        swath.await(
                "the event", SOON, () -> downstream.events(swath.source(), id).contains("rejected"));
        assertThat(downstream
                        .event(swath.source(), id, "rejected")
                        .path("data")
                        .path("reason")
                        .asText())
                .contains(reason.path("rule").asText());
    }

    @Test
    void accepts_a_scene_of_several_files_as_a_folder_or_by_its_item() throws IOException {
        Path scene = TestScenes.make(temp.resolve("split.tif"), 700, 500, 5);
        Path folder = TestScenes.split(scene, swath.inbox("ndvi").resolve("split.part"));
        Files.move(folder, folder.resolveSibling("split"));
        Files.createFile(swath.inbox("ndvi").resolve("split.done"));
        String id = swath.awaitEnd("split", "DELIVERED", SOON);
        TestScenes.check("ndvi", scene, swath.product(id, "ndvi"));
        assertMessages(swath, id, "accepted", "delivered");
        JsonNode product = JSON.readTree(
                swath.product(id, "ndvi").resolveSibling("item.json").toFile());
        assertThat(product.at("/properties/datetime").asText()).isEqualTo("2022-10-05T11:54:11Z");
        assertThat(product.at("/links/0/rel").asText()).isEqualTo("derived_from");

        Path other = TestScenes.make(temp.resolve("handed.tif"), 600, 600, 6);
        Path item = TestScenes.split(other, temp.resolve("handed")).resolve("item.json");
        assertThat(swath.command("plan", item.toString(), "--recipe", "ndvi").orFail())
                .contains("600 x 600", "red = band 1 of B3.tif", "nir = band 1 of B4.tif", "nodata 0");
        String handed = swath.command("submit", item.toString(), "--recipe", "ndvi", "--wait")
                .orFail()
                .strip();
        TestScenes.check("ndvi", other, swath.product(handed, "ndvi"));

        String abroad = Files.readString(item).replace("./B3.tif", "https://example.org/never-sent.tif");
        Path abroadItem = Files.writeString(item.resolveSibling("abroad.json"), abroad);
        Subprocess.Result answer = swath.command("submit", abroadItem.toString(), "--recipe", "ndvi", "--wait");
        assertThat(answer.exit()).isNotZero();
        assertThat(answer.err()).contains("never-sent.tif");
    }

    @Test
    void tile_that_always_fails_is_retried_and_then_fails_its_scene() throws IOException {
        Path scene = TestScenes.blank(temp.resolve("exit3.tif"), 512, 256);
        swath.drop("exit3", scene, "exit3.tif");
        String id = swath.awaitEnd("exit3.tif", "FAILED", SOON);
        SceneAssertions.exit3(swath, id);
        assertMessages(swath, id, "accepted", "failed");
        assertThat(swath.product(id, "exit3")).doesNotExist();
        assertThat(swath.command("status", id).orFail()).contains("FAILED", "EXIT", "tile 0 never works");
    }

    @Test
    void cancel_ends_every_process() throws Exception {
        try (SwathProcess own = create("cancel")) {
            own.start();
            own.drop("gate", TestScenes.blank(temp.resolve("cancel.tif"), 1024, 512), "cancel.tif");
            String id = own.id("cancel.tif");
            own.await(
                    "a tile runs",
                    SOON,
                    () -> own.runs(id).stream().anyMatch(run -> run.get("state").equals("RUNNING")));
            assertThat(own.children()).isNotEmpty();
            assertThat(own.command("cancel", id).orFail()).contains(id + " is cancelled");
            own.awaitEnd("cancel.tif", "CANCELLED", SOON);
            own.await("no process is left", SOON, () -> own.children().isEmpty());
            SceneAssertions.cancelled(own, id);
            assertMessages(own, id, "accepted", "cancelled");
            assertThat(own.command("cancel", id).exit()).isNotZero();
        }
    }

    @Test
    void continues_after_a_kill_and_delivers_once() throws Exception {
        try (SwathProcess own = create("killed")) {
            own.start();
            Path scene = TestScenes.blank(temp.resolve("killed.tif"), 1024, 256);
            own.drop("gate", scene, "killed.tif");
            String id = own.id("killed.tif");
            own.await(
                    "a tile runs",
                    SOON,
                    () -> own.runs(id).stream().anyMatch(run -> run.get("state").equals("RUNNING")));
            List<ProcessHandle> left = own.children();
            own.kill();
            own.start();
            Files.createFile(own.work(id).resolve("gate"));
            own.awaitEnd("killed.tif", "DELIVERED", SOON);
            assertMessages(own, id, "accepted", "delivered");
            assertThat(own.runs(id).stream()
                            .filter(run -> run.get("state").equals("SUCCEEDED"))
                            .map(run -> run.get("tile")))
                    .containsExactlyInAnyOrder("-1", "0", "1", "2", "3");
            own.await(
                    "no process of the killed Swath is left",
                    SOON,
                    () -> left.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void commands_print_their_results_and_end_with_the_right_status() throws IOException {
        Path scene = TestScenes.make(temp.resolve("asked.tif"), 600, 600, 4);
        Subprocess.Result plan = swath.command("plan", scene.toString(), "--recipe", "ndvi");
        assertThat(plan.orFail()).contains("600 x 600", "red", "nir", "#SBATCH --array=0-0", "#!/bin/bash");
        assertThat(swath.scene("asked.tif")).as("a plan sends nothing").isEmpty();

        Subprocess.Result submit =
                swath.command("submit", scene.toString(), "--recipe", "ndvi", "--priority", "urgent", "--wait");
        String id = submit.orFail().strip();
        TestScenes.check("ndvi", scene, swath.product(id, "ndvi"));
        assertThat(scene).exists();
        assertThat(swath.command("status").orFail()).contains(id, "DELIVERED", "1/1");
        assertThat(swath.command("status", id).orFail()).contains("asked.tif", "urgent", "DELIVERED", "ASSEMBLING");
        assertThat(swath.command("report").orFail()).contains("ndvi", "assemble", "SUCCEEDED");
        assertThat(swath.command("doctor").orFail()).contains("All is well");

        assertThat(swath.command("status", "nobody").exit()).isNotZero();
        assertThat(swath.command("cancel", "nobody").exit()).isNotZero();
        assertThat(swath.command("cancel", id).exit()).as("it is delivered").isNotZero();
        assertThat(swath.command("plan", scene.toString(), "--recipe", "nothing")
                        .exit())
                .isNotZero();
        assertThat(swath.command("submit", temp.resolve("no.tif").toString(), "--recipe", "ndvi")
                        .exit())
                .isNotZero();
        assertThat(swath.command("run").err() + "").contains("another Swath works with state.dir");
        assertThat(swath.commandWithDefaults(
                                "doctor",
                                "--set",
                                "storage.root=" + temp.resolve("nowhere"),
                                "--set",
                                "state.dir=" + temp.resolve("fresh"))
                        .exit())
                .as("a missing storage")
                .isNotZero();
    }

    /** Asserts that each event and the accounting record of every run came once. */
    private void assertMessages(SwathProcess from, String id, String... events) {
        SceneAssertions.messages(from, downstream, id, events);
    }
}
