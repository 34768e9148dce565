package io.swath.app.settings;

import io.swath.broker.BrokerListener;
import io.swath.model.SettingsException;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All settings, read once at the start: from {@code config/application.properties}, which knows every name and default,
 * overridden by the environment, overridden by {@code --set}. Immutable.
 */
public final class Settings {
    private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");
    private static final Pattern LOGIN =
            Pattern.compile("([A-Za-z0-9._-]+)@([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])(?::(\\d{1,5}))?");

    /** A login node. */
    public record Login(String user, String host, int port) {}

    private final Path home;
    private final Map<String, String> values;

    private Settings(Path home, Map<String, String> values) {
        this.home = home;
        this.values = values;
    }

    /**
     * @param home where Swath is installed: it holds {@code config/} and {@code routes/}
     * @param file the settings file; absent: {@code config/application.properties}
     */
    public static Settings load(
            Path home, Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
        Path defaults = home.resolve("config").resolve("application.properties");
        Map<String, String> values = read(defaults);
        file.ifPresent(own -> read(own).forEach((key, value) -> put(values, key, value, own.toString())));
        for (String key : values.keySet()) {
            String variable = key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
            Optional.ofNullable(environment.get(variable)).ifPresent(value -> values.put(key, value));
        }
        overrides.forEach((key, value) -> put(values, key, value, "--set"));
        return new Settings(home, values);
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new SettingsException("there is no file " + file + " with settings");
        } catch (IOException e) {
            throw new SettingsException("cannot read the settings in " + file + ": " + e);
        }
        Map<String, String> values = new TreeMap<>();
        properties.forEach(
                (key, value) -> values.put(key.toString(), value.toString().strip()));
        return values;
    }

    private static void put(Map<String, String> values, String key, String value, String from) {
        if (!values.containsKey(key)) {
            throw new SettingsException(
                    from + " sets " + key + ", which is no setting; config/application.properties" + " lists them all");
        }
        values.put(key, value.strip());
    }

    public Path home() {
        return home;
    }

    public String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new SettingsException("config/application.properties lacks " + key);
        }
        return value;
    }

    /** A password: from its own setting, or from the file that {@code KEY-file} names. */
    public String secret(String key) {
        String file = text(key + "-file");
        if (file.isEmpty()) {
            return text(key);
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (NoSuchFileException e) {
            throw new SettingsException(key + "-file names " + file + ", and there is no such file");
        } catch (IOException e) {
            throw new SettingsException(key + "-file " + file + " cannot be read: " + e);
        }
    }

    /** The database as it may be shown: there may be a password behind the question mark. */
    public String database() {
        String url = text("database.url");
        return url.isEmpty() ? "SQLite" : url.replaceFirst("\\?.*", "");
    }

    public Path path(String key) {
        if (text(key).isEmpty()) {
            throw new SettingsException(key + " is empty: give a path");
        }
        return Path.of(text(key)).toAbsolutePath().normalize();
    }

    /** Absolute paths, with commas between. */
    public List<Path> paths(String key) {
        return Arrays.stream(text(key).split(","))
                .map(String::strip)
                .filter(path -> !path.isEmpty())
                .map(path -> Path.of(path).toAbsolutePath().normalize())
                .toList();
    }

    public Duration duration(String key) {
        Matcher matcher = DURATION.matcher(text(key));
        if (!matcher.matches()) {
            throw new SettingsException(key + " is '" + text(key) + "': give a whole number and ms, s, m, h or d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    public int count(String key) {
        if (!text(key).matches("[1-9]\\d{0,8}")) {
            throw new SettingsException(key + " is '" + text(key) + "': give a whole number above 0");
        }
        return Integer.parseInt(text(key));
    }

    /** A factor of 1 or more. */
    public double factor(String key) {
        try {
            double factor = Double.parseDouble(text(key));
            if (factor >= 1 && factor <= 100) {
                return factor;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new SettingsException(key + " is '" + text(key) + "': give a number from 1 to 100");
    }

    /** A part of a whole. */
    public double part(String key) {
        try {
            double part = Double.parseDouble(text(key));
            if (part > 0 && part <= 1) {
                return part;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new SettingsException(key + " is '" + text(key) + "': give a number above 0, up to 1");
    }

    /** Whether jobs go to Slurm; else they run on this machine. */
    public boolean slurm() {
        return switch (text("cluster")) {
            case "slurm" -> true;
            case "local" -> false;
            default -> throw new SettingsException("cluster is '" + text("cluster") + "': give local or slurm");
        };
    }

    /** The login node; empty: Slurm's commands of this machine. */
    public Optional<Login> login() {
        String text = text("slurm.ssh");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher matcher = LOGIN.matcher(text);
        if (!matcher.matches()) {
            throw new SettingsException("slurm.ssh is '" + text + "': give user@host or user@host:port");
        }
        int port = matcher.group(3) == null ? 22 : Integer.parseInt(matcher.group(3));
        return Optional.of(new Login(matcher.group(1), matcher.group(2), port));
    }

    /** Where the console listens; empty: nowhere. */
    public Optional<URI> console() {
        String text = text("console.bind");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        URI uri = URI.create("http://" + text);
        if (uri.getHost() == null || uri.getPort() < 0) {
            throw new SettingsException("console.bind is '" + text + "': give host:port");
        }
        boolean loopback = BrokerListener.LOOPBACK.matcher(uri.getHost()).matches();
        if (!loopback
                && (text("console.user").isEmpty() || secret("console.password").isEmpty())) {
            throw new SettingsException("console.bind is " + text
                    + ", which others can reach: give console.user and console.password, or bind it to 127.0.0.1");
        }
        return Optional.of(uri);
    }

    /** What is wrong with those that are more than text, each as a sentence. */
    public List<String> problems() {
        List<Runnable> readings = new ArrayList<>(List.of(this::slurm, this::login, this::console));
        for (String key : List.of(
                "arrival.settle",
                "nightly.keep",
                "retry.pause",
                "slurm.timeout",
                "station.patience",
                "tracking.lost-after")) {
            readings.add(() -> duration(key));
        }
        for (String key : List.of(
                "nightly.limit", "nightly.retries", "retry.mishaps", "storage.least-free", "submission.queue-limit")) {
            readings.add(() -> count(key));
        }
        for (String key : List.of("retry.memory-growth", "retry.time-growth", "retry.gpu-growth")) {
            readings.add(() -> factor(key));
        }
        readings.add(() -> part("nightly.share"));
        List<String> problems = new ArrayList<>();
        for (Runnable reading : readings) {
            try {
                reading.run();
            } catch (SettingsException e) {
                problems.add(e.getMessage());
            }
        }
        return problems;
    }

    /** All settings by name; passwords are not among them. */
    public Map<String, String> all() {
        Map<String, String> shown = new TreeMap<>(values);
        shown.keySet().removeIf(key -> key.endsWith("password"));
        return shown;
    }
}
