package io.swath.cli;

import io.swath.app.settings.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class SettingsOptions {
    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Override a setting of config/application.properties. The option may be repeated.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "A settings file. Its settings override config/application.properties.")
    private Path file;

    /**
     * Loads the settings.
     *
     * @param own settings that override all others, also those of {@code --set}
     */
    Settings settings(Map<String, String> own) {
        Settings.requireNoSecrets(overrides);
        Map<String, String> all = new LinkedHashMap<>(overrides);
        all.putAll(own);
        Settings settings = Settings.load(home(), Optional.ofNullable(file), System.getenv(), all);
        Settings.clearSecretEnvironment();
        return settings;
    }

    Settings settings() {
        return settings(Map.of());
    }

    /** The folder where Swath is installed, as the launcher passes it; without a launcher, the working directory. */
    static Path home() {
        return Path.of(System.getProperty("swath.home", ".")).toAbsolutePath().normalize();
    }
}
