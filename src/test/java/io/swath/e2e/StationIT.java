package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.testing.BrokerKeys;
import io.swath.testing.MessageSchemas;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scenes that a ground station announces over TLS to the real program's own broker. The program is killed meanwhile.
 */
class StationIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String PASSWORD = "the station's password";

    @TempDir
    static Path temp;

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private static String message(String path, String id, String more) {
        return "{\"path\": \"" + path + "\", \"recipe\": \"ndvi\", \"id\": \"" + id + "\"" + more + "}";
    }

    @Test
    void delivers_each_announced_scene_once_and_rejects_each_wrong_announcement() throws Exception {
        BrokerKeys keys = BrokerKeys.make(temp, "dns:localhost,ip:127.0.0.1");
        int port = freePort();
        Map<String, String> settings = new TreeMap<>(Map.of(
                "cluster",
                "local",
                "broker.listen",
                "ssl://127.0.0.1:" + port,
                "broker.listen.user",
                "station",
                "broker.listen.password-file",
                Files.writeString(temp.resolve("password"), PASSWORD + "\n").toString(),
                "broker.listen.key-store",
                keys.keyStore().toString(),
                "broker.listen.key-store-password-file",
                Files.writeString(temp.resolve("key-store-password"), BrokerKeys.PASSWORD)
                        .toString(),
                "station.patience",
                "25s",
                "arrival.settle",
                "1s"));
        String url = "failover:(ssl://localhost:" + port + ")";
        Path folder = Files.createDirectory(temp.resolve("swath"));
        try (SwathProcess swath = new SwathProcess(folder, folder.resolve("storage"), settings)) {
            swath.command("doctor", "--create").orFail();
            Path incoming = Files.createDirectory(swath.storage().resolve("incoming"));
            assertThat(swath.command("send", "incoming/a.tif", "--recipe", "ndvi")
                            .err())
                    .as("the broker is not running yet")
                    .contains("nothing was sent");
            swath.start();
            try (Station station = new Station(url, "station", PASSWORD, keys.keyStore(), BrokerKeys.PASSWORD)
                    .receivingDeadLetters()) {
                // Announced twice with the same id: one scene.
                Path twice = TestScenes.make(incoming.resolve("twice.tif"), 600, 400, 1);
                station.announce(message("incoming/twice.tif", "twice", ", \"priority\": \"urgent\""));
                station.announce(message("incoming/twice.tif", "twice", ", \"priority\": \"urgent\""));
                // Announced by the command, with a checksum.
                Path sent = TestScenes.make(incoming.resolve("sent.tif"), 300, 300, 2);
                Subprocess.Result send = swath.command(
                        "send",
                        sent.toString(),
                        "--recipe",
                        "ndvi",
                        "--id",
                        "sent",
                        "--checksum",
                        "sha256:" + sha256(sent));
                assertThat(send.orFail()).contains("sent.tif");
                // Announced with a time before which it must not be accepted.
                TestScenes.make(incoming.resolve("later.tif"), 300, 300, 3);
                Instant notBefore = Instant.now().plusSeconds(30);
                station.announce(message("incoming/later.tif", "later", ", \"notBefore\": \"" + notBefore + "\""));
                // Announced with a STAC Item as the body.
                TestScenes.make(incoming.resolve("bands.tif"), 300, 300, 4);
                station.announce(item("incoming/bands.tif"));
                // Wrong announcements. Each makes a scene of its own, so none names a file that is awaited by its name.
                station.announce("no JSON at all", "wrong-json");
                station.announce("{\"path\": \"incoming/bands.tif\", \"recipe\": \"nvdi\"}", "wrong-recipe");
                station.announce(message("../../etc/passwd", "out", ""), "wrong-path");
                station.announce(
                        message("incoming/bands.tif", "sum", ", \"checksum\": \"sha256:" + "0".repeat(64) + "\""),
                        "wrong-sum");
                Files.writeString(incoming.resolve("garbage.tif"), "no picture ".repeat(100));
                station.announce(message("incoming/garbage.tif", "garbage", ""));
                station.announce(message("incoming/never.tif", "never", ""), "never");
                // Announced before its file exists; the program is killed meanwhile.
                station.announce(message("incoming/late.tif", "late", ""));
                swath.await(
                        "Swath waits for the late scene",
                        SOON,
                        () -> swath.query("select * from announcement where station_id = 'late' and waits_for <> ''")
                                        .size()
                                == 1);
                assertThat(swath.command("status").orFail()).contains("late.tif", "incoming/late.tif", "later.tif");
                swath.kill();
                swath.start();
                Path late = TestScenes.make(incoming.resolve(".late.part"), 300, 300, 5);
                Files.move(late, incoming.resolve("late.tif"));

                for (String name : List.of("twice.tif", "sent.tif", "late.tif", "later.tif")) {
                    String id = swath.awaitEnd(name, "DELIVERED", SOON);
                    TestScenes.check("ndvi", incoming.resolve(name), swath.product(id, "ndvi"));
                }
                assertThat(twice).as("the station's file stays").exists();
                swath.awaitEnd("item-7", "DELIVERED", SOON);
                swath.awaitEnd("garbage.tif", "REJECTED", SOON);
                assertThat(Long.parseLong(swath.scene("later.tif").orElseThrow().get("accepted_at")))
                        .isGreaterThanOrEqualTo(notBefore.toEpochMilli());
                check(station.awaitDead("wrong-json", SOON), "message-is-json", "");
                check(station.awaitDead("wrong-recipe", SOON), "recipe-exists", "recipe");
                check(station.awaitDead("wrong-path", SOON), "path-is-plain", "path");
                check(station.awaitDead("wrong-sum", SOON), "checksum-is-right", "checksum");
                check(station.awaitDead("never", SOON), "scene-comes-in-time", "path");
                assertThat(station.dead()).hasSize(5);
                station.send(
                        "swath.control",
                        "{\"scene\": \"" + swath.id("twice.tif") + "\", \"verb\": \"cancel\", \"id\": \"w1\"}",
                        null);
                swath.await(
                        "the control request is carried out",
                        SOON,
                        () -> swath.query("select * from control where done_at is not null")
                                        .size()
                                == 1);
            }
            assertThat(swath.query("select * from scene where state = 'DELIVERED'"))
                    .hasSize(5);
            assertThat(swath.query("select * from scene where state = 'REJECTED'"))
                    .hasSize(6);
            assertThat(swath.query("select * from announcement where state = 'WAITING'"))
                    .isEmpty();
            swath.await(
                    "every message is sent",
                    SOON,
                    () -> swath.query("select * from outbox where sent_at is null")
                            .isEmpty());
            swath.stop();
            checkEvents(DownstreamConsumer.stored(swath.state().resolve("broker")));
        }
    }

    private static void check(Message letter, String rule, String field) throws Exception {
        assertThat(letter.getStringProperty("swathReason")).startsWith(rule + ": ");
        assertThat(letter.getStringProperty("swathField")).isEqualTo(field);
        assertThat(letter.getStringProperty("swathRemedy")).isNotBlank();
        assertThat(letter.getStringProperty("swathMessageId")).startsWith("ID:");
        assertThat(((TextMessage) letter).getText()).isNotBlank();
    }

    /** Asserts that all messages match their schemas, and that each announcement has one event of each state. */
    private static void checkEvents(List<JsonNode> messages) {
        Map<String, Integer> events = new TreeMap<>();
        for (JsonNode message : messages) {
            boolean accounting = message.path("type").asText().equals("io.swath.accounting.run");
            assertThat(MessageSchemas.wrong(accounting ? "accounting" : "event", message))
                    .as(message.toString())
                    .isEmpty();
            if (!accounting) {
                events.merge(
                        message.at("/data/announcement").asText("-") + " "
                                + message.at("/data/state").asText(),
                        1,
                        Integer::sum);
            }
        }
        for (String id : List.of("twice", "sent", "late", "later", "item 7")) {
            assertThat(events).containsEntry(id + " ACCEPTED", 1).containsEntry(id + " DELIVERED", 1);
        }
        for (String id : List.of("out", "sum", "never", "garbage")) {
            assertThat(events).containsEntry(id + " REJECTED", 1);
        }
    }

    private static String item(String href) throws Exception {
        return JSON.readTree("""
                {"type": "Feature", "stac_version": "1.1.0", "id": "item-7", "geometry": null, "links": [],
                 "properties": {"datetime": "2026-11-24T10:00:00Z", "swath:recipe": "ndvi", "swath:id": "item 7"},
                 "assets": {"bands": {"href": "%s", "type": "image/tiff; application=geotiff", "roles": ["data"],
                   "bands": [{"name": "blue"}, {"name": "green"}, {"name": "red"}, {"name": "nir"}]}}}
                """.formatted(href)).toString();
    }
}
