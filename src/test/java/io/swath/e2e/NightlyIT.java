package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The nightly reprocessing with a schedule of seconds, with the real program on this machine. */
@TestInstance(Lifecycle.PER_CLASS)
class NightlyIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Duration EVERY = Duration.ofSeconds(15);

    @TempDir
    static Path temp;

    private DownstreamConsumer downstream;

    @BeforeAll
    void start() throws Exception {
        downstream = DownstreamConsumer.withBroker();
    }

    @AfterAll
    void stop() throws Exception {
        downstream.close();
    }

    private SwathProcess create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        SwathProcess created = new SwathProcess(
                folder, folder.resolve("storage"), Map.of("cluster", "local", "broker.url", downstream.url()));
        created.command("doctor", "--create").orFail();
        return created;
    }

    private static JsonNode item(Path folder) throws IOException {
        return JSON.readTree(folder.resolve("item.json").toFile());
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private static String get(SwathProcess swath, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + swath.setting("console.bind") + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static void awaitVersion(SwathProcess swath, String id, int version) {
        swath.await(
                "version " + version,
                SOON,
                () -> swath.query("select * from scene where id = ? and state = 'DELIVERED'", id).stream()
                        .anyMatch(scene -> scene.get("version").equals(String.valueOf(version))));
    }

    /** Checks continuously whether a product exists, and counts how often it was missing. */
    private static final class Watcher {
        private final AtomicInteger looks = new AtomicInteger();
        private final AtomicInteger missing = new AtomicInteger();
        private final Thread thread;

        Watcher(Path file) {
            thread = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    looks.incrementAndGet();
                    if (!Files.exists(file)) {
                        missing.incrementAndGet();
                    }
                    java.util.concurrent.locks.LockSupport.parkNanos(
                            50_000); // it shares two cores with what it watches
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        void stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    @Test
    void reprocesses_a_changed_recipe_at_night_and_catches_up_a_missed_night_once() throws Exception {
        try (SwathProcess swath = create("nights")) {
            swath.set("nightly.cron", "0/" + EVERY.toSeconds() + " * * * * ?").set("nightly.keep", "12s");
            swath.set("console.bind", "127.0.0.1:" + freePort());
            swath.start();
            Path scene = TestScenes.make(temp.resolve("field.tif"), 600, 500, 7);
            swath.drop("ndvi", scene, "field.tif");
            String id = swath.awaitEnd("field.tif", "DELIVERED", SOON);
            Path place = swath.delivered(id, "ndvi");
            Path aside = place.resolveSibling("ndvi.v1");
            assertThat(item(place).at("/properties/version").asText()).isEqualTo("1");
            String hash = swath.scene("field.tif").orElseThrow().get("recipe_hash");

            Watcher watcher = new Watcher(place.resolve(id + "_ndvi.tif"));
            swath.touchRecipe("ndvi", "the first night");
            awaitVersion(swath, id, 2);
            watcher.stop();
            assertThat(watcher.looks.get()).isGreaterThan(1_000);
            assertThat(watcher.missing).as("looks that found no product").hasValue(0);
            assertThat(aside).exists();
            assertThat(item(aside).at("/properties/deprecated").asBoolean()).isTrue();
            assertThat(item(place).at("/properties/version").asText()).isEqualTo("2");
            assertThat(item(place).toString())
                    .contains("predecessor-version", "../ndvi.v1/item.json", "version/v1.2.0")
                    .doesNotContain(hash);
            TestScenes.check("ndvi", scene, swath.product(id, "ndvi"));
            SceneAssertions.messages(swath, downstream, id, "accepted", "delivered", "accepted", "delivered");
            swath.await(
                    "the event of the night",
                    SOON,
                    () -> downstream.all(swath.source()).stream()
                            .anyMatch(message -> message.path("type").asText().equals("io.swath.night.ended")
                                    && message.at("/data/delivered").asInt() == 1
                                    && message.at("/data/steps/0/runs").asInt() > 0));
            assertThat(Files.readAllLines(place.resolve("runs.csv")))
                    .as("its own two runs")
                    .hasSize(3);
            swath.await("the old version is removed", SOON, () -> !Files.exists(aside));
            assertThat(item(place).toString()).doesNotContain("predecessor-version");
            assertThat(swath.product(id, "ndvi")).exists();

            assertThat(get(swath, "/observe/health")).contains("\"UP\"");
            assertThat(get(swath, "/observe/metrics"))
                    .containsPattern("swath_night_firings_total [1-9]")
                    .contains("swath_night_scenes 0.0");
            swath.stop();
            swath.touchRecipe("ndvi", "the second night");
            Instant down = Instant.now();
            Instant missed = down.plus(EVERY.multipliedBy(2)).plusSeconds(1);
            swath.await("two nights pass", SOON, () -> Instant.now().isAfter(missed));
            swath.start();
            Instant up = Instant.now();
            awaitVersion(swath, id, 3);
            List<Map<String, String>> firings =
                    swath.query("select * from schedule_run where worked_at > 0 order by fire_time");
            assertThat(firings.stream()
                            .map(firing -> Instant.ofEpochMilli(Long.parseLong(firing.get("fire_time"))))
                            .filter(due -> due.isAfter(down) && due.isBefore(missed)))
                    .as("of the two or three missed firings")
                    .hasSizeLessThanOrEqualTo(1);
            assertThat(firings.stream()
                            .filter(firing -> Long.parseLong(firing.get("fire_time")) > down.toEpochMilli())
                            .map(firing -> Integer.parseInt(firing.get("chosen"))))
                    .as("only one firing chose the scene")
                    .startsWith(1)
                    .satisfies(chosen -> assertThat(
                                    chosen.stream().mapToInt(Integer::intValue).sum())
                            .isEqualTo(1));
            assertThat(Long.parseLong(firings.stream()
                            .filter(firing -> firing.get("chosen").equals("1"))
                            .reduce((one, later) -> later)
                            .orElseThrow()
                            .get("fire_time")))
                    .as("caught up when Swath started")
                    .isLessThanOrEqualTo(up.toEpochMilli());
        }
    }

    @Test
    void nightly_command_lists_what_it_would_reprocess_and_reprocesses_it_once() throws Exception {
        try (SwathProcess swath = create("hand")) {
            swath.start();
            Path scene = TestScenes.make(temp.resolve("hand.tif"), 300, 300, 8);
            swath.drop("ndvi", scene, "hand.tif");
            String id = swath.awaitEnd("hand.tif", "DELIVERED", SOON);
            SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
            assertThat(swath.command("nightly", "--dry-run").orFail())
                    .contains("There is no schedule", "No scenes are selected for reprocessing.");

            swath.touchRecipe("ndvi", "by hand");
            assertThat(swath.command("nightly", "--dry-run").orFail())
                    .contains(id, "its recipe has changed since", "CPU hours", "all 1")
                    .doesNotContain("Steps without a run");
            assertThat(swath.scene("hand.tif").orElseThrow())
                    .containsEntry("state", "DELIVERED")
                    .containsEntry("version", "1");
            assertThat(swath.command("nightly").orFail()).contains(id).doesNotContain("Steps without a run");
            awaitVersion(swath, id, 2);
            assertThat(swath.command("status", id).orFail())
                    .contains("priority night, version 2, DELIVERED", "version 1, replaced at", "ndvi.v1");
            assertThat(swath.command("nightly").orFail()).contains("No scenes are selected for reprocessing.");
            assertThat(swath.command("doctor").orFail()).contains("nights", "nightly.cron is empty");
        }
    }

    @Test
    void wrong_nightly_settings_are_reported_at_the_start() throws Exception {
        try (SwathProcess swath = create("wrong")) {
            for (Map.Entry<String, String> wrong : Map.of(
                            "nightly.cron", "0 1 * * *",
                            "nightly.zone", "Atlantis",
                            "nightly.until", "dawn",
                            "nightly.select", "stale olde",
                            "nightly.keep", "a while",
                            "nightly.share", "2",
                            "nightly.limit", "0")
                    .entrySet()) {
                Subprocess.Result run = swath.command("run", "--set", wrong.getKey() + "=" + wrong.getValue());
                assertThat(run.exit()).isNotZero();
                assertThat(run.err()).contains("swath: " + wrong.getKey());
            }
            swath.set("nightly.select", "recipe=nothing; list=" + temp.resolve("no-list"));
            Subprocess.Result doctor = swath.command("doctor");
            assertThat(doctor.exit()).isNotZero();
            assertThat(doctor.out()).contains("recipe=nothing", "no-list, which cannot be read");
            assertThat(swath.command("nightly").exit()).isNotZero();
        }
    }
}
