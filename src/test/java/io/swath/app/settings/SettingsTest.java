package io.swath.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.slurm.LoginNode;
import io.swath.model.SettingsException;
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

    private static Settings with(String key, String value) {
        return with(Map.of(), Map.of(key, value));
    }

    @Test
    void the_command_line_overrides_the_environment_and_the_environment_overrides_the_file() throws IOException {
        Path own = Files.writeString(
                folder.resolve("own.properties"), "storage.root=/a\nstate.dir=/a\narrival.settle=1s\n");
        Settings settings = Settings.load(
                HOME, Optional.of(own), Map.of("STORAGE_ROOT", "/b", "STATE_DIR", "/b"), Map.of("storage.root", "/c"));
        assertThat(settings.storage().root()).isEqualTo(Path.of("/c"));
        assertThat(settings.state().directory()).isEqualTo(Path.of("/b"));
        assertThat(settings.arrival().settle()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.arrival().patience()).as("the default").isEqualTo(Duration.ofDays(1));
    }

    @Test
    void a_variable_dev_in_the_environment_does_not_set_dev() {
        assertThat(with(Map.of("DEV", "/home/somebody"), Map.of()).development().reloadsRoutes())
                .isFalse();
        assertThat(with("dev", "true").development().reloadsRoutes()).isTrue();
    }

    @Test
    void a_setting_that_the_shipped_file_lacks_has_its_default() throws IOException {
        Files.createDirectories(folder.resolve("config"));
        Files.writeString(folder.resolve("config/application.properties"), "storage.root=/a\n");
        Settings settings = Settings.load(folder, Optional.empty(), Map.of(), Map.of());
        assertThat(settings.storage().root()).isEqualTo(Path.of("/a"));
        assertThat(settings.storage().leastFreeBytes()).isEqualTo(1L << 30);
        assertThat(settings.development().reloadsRoutes()).isFalse();
    }

    @Test
    void an_unknown_setting_is_named_with_its_source_and_a_remedy() throws IOException {
        assertThatThrownBy(() -> with("storage.rot", "/a"))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("--set sets storage.rot, which is no setting")
                .hasMessageContaining("correct its name or remove it");
        Files.createDirectories(folder.resolve("config"));
        Path file = Files.writeString(folder.resolve("config/application.properties"), "storage.rot=/a\n");
        assertThatThrownBy(() -> Settings.load(folder, Optional.empty(), Map.of(), Map.of()))
                .hasMessageStartingWith(file + " sets storage.rot, which is no setting");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "ten s", "-1s", "1h 30m", "30m1h", "PT", "PT-5S", "1.5s"})
    void a_duration_that_cannot_be_read_is_named_with_the_remedy(String text) {
        Settings settings = with("arrival.settle", text);
        assertThatThrownBy(settings::arrival)
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("arrival.settle")
                .hasMessageContaining("whole number and");
    }

    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "0s, PT0S",
        "10s, PT10S",
        "1h30m, PT1H30M",
        "2d, PT48H",
        "1d2h3m4s5ms, PT26H3M4.005S",
        "PT2M, PT2M",
        "P1D, PT24H"
    })
    void a_duration_has_one_or_more_units_or_is_iso(String text, Duration expected) {
        assertThat(with("arrival.settle", text).arrival().settle()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "arrival.settle, ten s",
        "arrival.patience, 1",
        "retry.pause, 5x",
        "submission.queue-limit, abc",
        "retry.mishaps, 0",
        "retry.gpu-growth, 0.5",
        "nightly.share, 2",
        "nightly.cron, every night",
        "nightly.zone, Mars",
        "nightly.until, dawn",
        "storage.root, ''",
        "cluster, moon",
        "slurm.ssh, login:22",
        "console.bind, foo",
        "console.bind, a b",
        "console.bind, 0.0.0.0:9876",
        "dev, yes"
    })
    void every_wrong_setting_is_listed_before_anything_starts(String key, String value) {
        assertThat(with(Map.of(), Map.of()).problems()).isEmpty();
        assertThat(with(key, value).problems()).singleElement().asString().startsWith(key + " is ");
    }

    @Test
    void all_wrong_settings_of_a_group_are_listed_at_once() {
        assertThat(with(Map.of(), Map.of("arrival.settle", "x", "arrival.patience", "y", "cluster", "moon"))
                        .problems())
                .hasSize(3);
    }

    @Test
    void a_wrong_setting_stops_only_the_group_that_it_belongs_to() {
        Settings settings = with("nightly.share", "2");
        assertThat(settings.arrival().settle()).isEqualTo(Duration.ofSeconds(10));
        assertThatThrownBy(settings::nightly).hasMessage("nightly.share is '2': give a number above 0, up to 1");
    }

    @Test
    void a_settings_file_that_does_not_exist_is_named() {
        Path none = folder.resolve("none.properties");
        assertThatThrownBy(() -> Settings.load(HOME, Optional.of(none), Map.of(), Map.of()))
                .hasMessage("there is no file " + none + " with settings");
    }

    @Test
    void a_password_may_come_from_a_file_and_is_in_no_listing() throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "secret\n");
        Settings settings =
                with(Map.of("DATABASE_PASSWORD", "other"), Map.of("database.password-file", file.toString()));
        assertThat(settings.database().password().value()).isEqualTo("secret");
        assertThat(settings.database().toString()).doesNotContain("secret");
        assertThat(settings.texts()).doesNotContainKey("database.password").doesNotContainValue("other");
    }

    @Test
    void a_password_file_of_a_part_that_is_not_used_need_not_exist() {
        Path none = folder.resolve("none");
        Settings settings = with("database.password-file", none.toString());
        assertThat(settings.database().shared()).isFalse();
        assertThatThrownBy(() -> settings.database().password().value())
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(none.toString());
    }

    @Test
    void a_password_file_that_does_not_exist_is_named() {
        Path none = folder.resolve("none");
        assertThat(with("broker.password-file", none.toString()).problems())
                .containsExactly("broker.password-file names " + none + ", and there is no such file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:9876", "127.0.0.1.example.org:9876"})
    void the_console_needs_a_password_when_other_machines_can_reach_it(String bind) {
        Settings settings = with("console.bind", bind);
        assertThatThrownBy(settings::console).hasMessageContaining("console.password");
        Settings secured =
                with(Map.of("CONSOLE_USER", "operator", "CONSOLE_PASSWORD", "secret"), Map.of("console.bind", bind));
        assertThat(secured.console().bind()).hasToString("Optional[" + bind + "]");
    }

    @Test
    void a_list_of_paths_is_separated_by_commas() {
        assertThat(with("station.roots", " /a, /b/../c ,").station().roots())
                .containsExactly(Path.of("/a"), Path.of("/c"));
        assertThat(with("station.roots", "").station().roots()).isEmpty();
    }

    @Test
    void a_login_node_has_a_user_and_optionally_a_port() {
        assertThat(with("slurm.ssh", "a@b.c:2222").slurm().loginNode()).contains(new LoginNode("a", "b.c", 2222));
        assertThat(with("slurm.ssh", "a@b.c").slurm().loginNode()).contains(new LoginNode("a", "b.c", 22));
        Settings wrong = with("slurm.ssh", "b.c");
        assertThatThrownBy(wrong::slurm).hasMessageContaining("user@host");
    }

    @Test
    void a_password_on_the_command_line_is_refused_with_the_ways_to_give_it() {
        assertThatThrownBy(() -> Settings.requireNoSecrets(Map.of("broker.password", "hunter2")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("BROKER_PASSWORD")
                .hasMessageContaining("broker.password-file")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() ->
                        Settings.requireNoSecrets(Map.of("broker.url", "failover:(tcp://b:1)?jms.password=hunter2")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("BROKER_URL")
                .hasMessageContaining("--config")
                .hasMessageNotContaining("hunter2");
        Settings.requireNoSecrets(
                Map.of("broker.url", "failover:(tcp://b:1)", "broker.password-file", "/etc/swath/broker-password"));
    }
}
