package io.swath.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final Path HOME = Path.of("").toAbsolutePath();

    @TempDir
    private Path folder;

    private static Settings with(Map<String, String> environment, Map<String, String> overrides) {
        return Settings.load(HOME, Optional.empty(), environment, overrides);
    }

    @Test
    void the_command_line_wins_over_the_environment_and_that_over_the_file() throws IOException {
        Path own = Files.writeString(
                folder.resolve("own.properties"), "storage.root=/a\nstate.dir=/a\narrival.settle=1s\n");
        Settings settings = Settings.load(
                HOME, Optional.of(own), Map.of("STORAGE_ROOT", "/b", "STATE_DIR", "/b"), Map.of("storage.root", "/c"));
        assertThat(settings.text("storage.root")).isEqualTo("/c");
        assertThat(settings.text("state.dir")).isEqualTo("/b");
        assertThat(settings.duration("arrival.settle")).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void an_unknown_setting_is_named_with_where_it_came_from() {
        assertThatThrownBy(() -> with(Map.of(), Map.of("storage.rot", "/a")))
                .hasMessageContaining("--set")
                .hasMessageContaining("storage.rot");
    }

    @ParameterizedTest
    @CsvSource({"arrival.settle, 10", "arrival.settle, ten s", "arrival.settle, -1s"})
    void a_duration_that_cannot_be_read_is_named_with_the_remedy(String key, String value) {
        Settings settings = with(Map.of(), Map.of(key, value));
        assertThatThrownBy(() -> settings.duration(key))
                .hasMessageContaining(key)
                .hasMessageContaining("whole number and");
    }

    @ParameterizedTest
    @CsvSource({
        "arrival.settle, ten s",
        "retry.pause, 5x",
        "submission.queue-limit, abc",
        "retry.mishaps, 0",
        "retry.gpu-growth, 0.5",
        "nightly.share, 2",
        "cluster, moon",
        "slurm.ssh, login:22",
        "console.bind, foo",
        "console.bind, 0.0.0.0:9876"
    })
    void all_that_is_wrong_is_known_before_anything_begins(String key, String value) {
        assertThat(with(Map.of(), Map.of()).problems()).isEmpty();
        assertThat(with(Map.of(), Map.of(key, value)).problems())
                .singleElement()
                .asString()
                .startsWith(key + " is ");
    }

    @Test
    void a_settings_file_that_is_not_there_is_named() {
        Path none = folder.resolve("none.properties");
        assertThatThrownBy(() -> Settings.load(HOME, Optional.of(none), Map.of(), Map.of()))
                .hasMessage("there is no file " + none + " with settings");
    }

    @Test
    void a_password_may_come_from_a_file_and_is_in_no_listing() throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "secret\n");
        Settings settings =
                with(Map.of("DATABASE_PASSWORD", "other"), Map.of("database.password-file", file.toString()));
        assertThat(settings.secret("database.password")).isEqualTo("secret");
        assertThat(settings.all()).doesNotContainKey("database.password").doesNotContainValue("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:9876", "127.0.0.1.example.org:9876"})
    void the_console_wants_a_password_when_others_can_reach_it(String bind) {
        Settings settings = with(Map.of(), Map.of("console.bind", bind));
        assertThatThrownBy(settings::console).hasMessageContaining("console.password");
    }

    @Test
    void a_login_node_has_a_user_and_perhaps_a_port() {
        assertThat(with(Map.of(), Map.of("slurm.ssh", "a@b.c:2222")).login())
                .contains(new Settings.Login("a", "b.c", 2222));
        Settings wrong = with(Map.of(), Map.of("slurm.ssh", "b.c"));
        assertThatThrownBy(wrong::login).hasMessageContaining("user@host");
    }
}
