package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.swath.app.settings.Settings;
import io.swath.model.SettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Tag("resources")
class StartUpTest {
    private static final Path HOME = Path.of("").toAbsolutePath();

    @TempDir
    private Path folder;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private int port;

    @BeforeEach
    void listen() throws IOException {
        logged.start();
        root.addAppender(logged);
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(logged);
    }

    private Settings settings(Map<String, String> more) {
        Map<String, String> all = new java.util.HashMap<>(Map.of(
                "storage.root", folder.resolve("storage").toString(),
                "state.dir", folder.resolve("state").toString(),
                "console.bind", "127.0.0.1:" + port));
        all.putAll(more);
        return Settings.load(HOME, Optional.empty(), Map.of(), all);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void other_users_may_not_enter_the_state_folder_even_if_it_existed_before() throws Exception {
        Path state = Files.createDirectory(folder.resolve("state"));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Pipeline pipeline = new Pipeline(settings(Map.of()))) {
            assertThat(pipeline.ledger()).isNotNull();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");
    }

    @Test
    void an_address_that_another_program_uses_is_named_with_its_setting() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Pipeline pipeline =
                        new Pipeline(settings(Map.of("console.bind", "127.0.0.1:" + taken.getLocalPort())))) {
            pipeline.storage().create();
            assertThatThrownBy(pipeline::start)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("console.bind is 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void starts_and_stops_without_a_warning_and_is_healthy() throws Exception {
        try (Pipeline pipeline = new Pipeline(settings(Map.of()))) {
            pipeline.storage().create();
            pipeline.start();
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(get("/observe/health").statusCode()).isEqualTo(200));
            assertThat(get("/observe/metrics").body())
                    .contains("swath_scenes{state=\"DELIVERED\"} 0.0")
                    .contains("swath_inbox_waiting 0.0");
        }
        assertThat(logged.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage))
                .isEmpty();
    }

    @Test
    void a_missing_inbox_is_reported_and_not_created_and_is_found_when_it_appears() throws Exception {
        try (Pipeline pipeline = new Pipeline(settings(Map.of()))) {
            pipeline.start();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                HttpResponse<String> health = get("/observe/health");
                assertThat(health.statusCode()).isEqualTo(503);
                assertThat(health.body()).contains("inbox").contains("is it mounted?");
            });
            assertThat(folder.resolve("storage")).doesNotExist();
            pipeline.storage().create();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(get("/observe/health").body()).contains("\"status\":\"UP\""));
        }
    }

    @Test
    void a_login_node_that_does_not_answer_is_an_incident_and_does_not_end_the_program() throws Exception {
        Path known = Files.createFile(folder.resolve("known_hosts"));
        Path key = Files.writeString(folder.resolve("key"), "no key");
        Settings settings = settings(Map.of(
                "cluster",
                "slurm",
                "slurm.ssh",
                "nobody@127.0.0.1:9",
                "slurm.ssh.key",
                key.toString(),
                "slurm.ssh.known-hosts",
                known.toString()));
        try (Pipeline pipeline = new Pipeline(settings)) {
            pipeline.storage().create();
            pipeline.start();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(get("/observe/health").body())
                            .contains("\"part\":\"cluster\"")
                            .contains("nobody@127.0.0.1:9"));
        }
        List<String> errors = logged.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
        assertThat(errors).isEmpty();
    }

    @Test
    void only_one_program_works_with_a_state_folder() throws Exception {
        try (Pipeline first = new Pipeline(settings(Map.of()));
                Pipeline second = new Pipeline(settings(Map.of("console.bind", "")))) {
            first.storage().create();
            first.start();
            assertThat(second.leadership().isHeldElsewhere()).isTrue();
            assertThat(org.assertj.core.api.Assertions.catchThrowable(second::start))
                    .hasMessageContaining("another Swath works with state.dir");
        }
    }

    @Test
    void a_missing_ledger_beside_a_full_storage_is_reported_and_accepted_only_on_request() throws Exception {
        Settings settings = settings(Map.of());
        try (Pipeline pipeline = new Pipeline(settings)) {
            pipeline.storage().create();
            pipeline.checkLedger(false);
            Files.createDirectory(pipeline.storage().scene("a-1"));
            pipeline.checkLedger(false);
        }
        Files.move(folder.resolve("state"), folder.resolve("lost"));
        try (Pipeline pipeline = new Pipeline(settings)) {
            assertThatThrownBy(() -> pipeline.checkLedger(false))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining(folder.resolve("state/ledger.db").toString())
                    .hasMessageContaining("1 scenes")
                    .hasMessageContaining("--new-ledger");
            pipeline.checkLedger(true);
            pipeline.checkLedger(false);
        }
    }
}
