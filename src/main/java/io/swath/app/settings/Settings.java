package io.swath.app.settings;

import io.swath.arrival.ArrivalSettings;
import io.swath.arrival.night.NightlySettings;
import io.swath.arrival.station.StationSettings;
import io.swath.broker.BrokerSettings;
import io.swath.broker.ListenerSettings;
import io.swath.cluster.slurm.SlurmSettings;
import io.swath.console.ConsoleSettings;
import io.swath.delivery.EventSettings;
import io.swath.ledger.DatabaseSettings;
import io.swath.model.Secret;
import io.swath.model.SettingsException;
import io.swath.planning.TerrainSettings;
import io.swath.retention.RetentionSettings;
import io.swath.storage.StorageGroups;
import io.swath.storage.StorageSettings;
import io.swath.submission.SubmissionSettings;
import io.swath.submission.TileSettings;
import io.swath.tracking.RetrySettings;
import io.swath.tracking.TrackingSettings;
import io.swath.waiting.WaitingSettings;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All settings. Their texts are read once, at the start. Each source overrides those before it: the defaults in the
 * records, {@code config/application.properties}, the file that {@code --config} names, the environment, {@code --set}.
 *
 * <p>A group is parsed when it is asked for the first time: a wrong setting stops only what uses it, with a
 * {@link SettingsException}. Thread-safe.
 */
public final class Settings {
    private final Path home;
    private final Map<String, String> texts;
    private final SettingsReader reader;
    private final Map<Class<? extends Record>, Record> groups = new ConcurrentHashMap<>();

    private Settings(Path home, Map<String, String> texts) {
        this.home = home;
        this.texts = texts;
        this.reader = new SettingsReader(texts);
    }

    /**
     * @param home where Swath is installed: it holds {@code config/} and {@code routes/}
     * @param file the settings file that {@code --config} names; empty: only {@code config/application.properties}
     * @throws SettingsException when a file cannot be read, or a source sets a key that is no setting
     */
    public static Settings load(
            Path home, Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
        Map<String, String> texts = new TreeMap<>(SettingGroups.defaults());
        override(texts, home.resolve("config").resolve("application.properties"));
        file.ifPresent(own -> override(texts, own));
        texts.replaceAll(
                (key, text) -> environment.getOrDefault(variable(key), text).strip());
        overrides.forEach((key, text) -> override(texts, key, text, "--set"));
        return new Settings(home, texts);
    }

    /**
     * Refuses passwords among the settings of the command line, which every user of the machine can read.
     *
     * @throws SettingsException with where to give the password
     */
    public static void requireNoSecrets(Map<String, String> overrides) {
        overrides.forEach((key, text) -> {
            if (SettingGroups.secretKeys().contains(key)) {
                throw new SettingsException("--set " + key + " would show the password to every user of this machine:"
                        + " give it in the environment (" + variable(key) + "), or write it into a file that only"
                        + " Swath's user can read, and give --set " + key + SettingGroups.FILE_SUFFIX + "=FILE");
            }
            if (!Secret.hide(text).equals(text)) {
                throw new SettingsException("--set " + key + " has a password in it, which every user of this machine"
                        + " could read: give the whole setting in the environment (" + variable(key)
                        + "), or in a file that only Swath's user can read, with --config FILE");
            }
        });
    }

    /**
     * The environment variable of a setting; empty for {@code dev}, because other programs may use DEV for anything.
     */
    private static String variable(String key) {
        return key.equals(DevelopmentSettings.KEY)
                ? ""
                : key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /**
     * Overwrites the passwords in this process's environment, after they were read: other programs of the same user could
     * read them there. Java's own copy of the environment, and so the environment of child processes, keeps them.
     */
    public static void clearSecretEnvironment() {
        List<String> keys = new ArrayList<>(SettingGroups.secretKeys());
        keys.addAll(List.of("broker.url", "database.url")); // an address may hold a password
        SecretEnvironment.overwrite(keys.stream().map(Settings::variable).toList());
    }

    private static void override(Map<String, String> texts, Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new SettingsException("there is no file " + file + " with settings");
        } catch (IOException e) {
            throw new SettingsException("cannot read the settings in " + file + ": " + e);
        }
        for (String key : properties.stringPropertyNames()) {
            override(texts, key, properties.getProperty(key), file.toString());
        }
    }

    private static void override(Map<String, String> texts, String key, String text, String source) {
        if (texts.replace(key, text.strip()) == null) {
            throw new SettingsException(source + " sets " + key
                    + ", which is no setting of this version: correct its name or remove it;"
                    + " config/application.properties lists all settings");
        }
    }

    public Path home() {
        return home;
    }

    public StorageSettings storage() {
        return group(StorageSettings.class);
    }

    public StorageGroups storageGroups() {
        return group(StorageGroups.class);
    }

    public ClusterSettings cluster() {
        return group(ClusterSettings.class);
    }

    public SlurmSettings slurm() {
        return group(SlurmSettings.class);
    }

    public SubmissionSettings submission() {
        return group(SubmissionSettings.class);
    }

    public TileSettings tiles() {
        return group(TileSettings.class);
    }

    public RetrySettings retry() {
        return group(RetrySettings.class);
    }

    public WaitingSettings waiting() {
        return group(WaitingSettings.class);
    }

    public TrackingSettings tracking() {
        return group(TrackingSettings.class);
    }

    public ArrivalSettings arrival() {
        return group(ArrivalSettings.class);
    }

    public TerrainSettings terrain() {
        return group(TerrainSettings.class);
    }

    public NightlySettings nightly() {
        return group(NightlySettings.class);
    }

    public RetentionSettings retention() {
        return group(RetentionSettings.class);
    }

    public StateSettings state() {
        return group(StateSettings.class);
    }

    public DatabaseSettings database() {
        return group(DatabaseSettings.class);
    }

    public BrokerSettings broker() {
        return group(BrokerSettings.class);
    }

    public ListenerSettings listener() {
        return group(ListenerSettings.class);
    }

    public StationSettings station() {
        return group(StationSettings.class);
    }

    public EventSettings events() {
        return group(EventSettings.class);
    }

    public ConsoleSettings console() {
        return group(ConsoleSettings.class);
    }

    public DevelopmentSettings development() {
        return group(DevelopmentSettings.class);
    }

    private <T extends Record> T group(Class<T> type) {
        return type.cast(groups.computeIfAbsent(type, reader::read));
    }

    /** Everything that is wrong with the settings. Each sentence names the setting and what to write. */
    public List<String> problems() {
        return SettingGroups.all()
                .flatMap(group -> reader.problems(group).stream())
                .toList();
    }

    /** All settings as text, by key, without the passwords: for the placeholders in routes. */
    public Map<String, String> texts() {
        Map<String, String> shown = new TreeMap<>(texts);
        shown.keySet().removeAll(SettingGroups.secretKeys());
        return shown;
    }
}
